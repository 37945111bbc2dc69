"""Tests that the grid's HTML escapes typed texts and registered names."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser

import pytest

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.tests.return_requests_and_workbooks import return_url, save_grid_rows, signed_in_client
from hunan_trade.periods import Month

pytestmark = pytest.mark.django_db
HOSTILE = "\"><b id='x'>&amp;</b>"
JANUARY = Month(2013, 1)


class GridParser(HTMLParser):
    """An HTML parser that collects the tags of the rows, the input values by name, and the texts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.values: dict[str, list[str | None]] = {}
        self.labels: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        if tag == "input":
            self.values.setdefault(given["name"] or "", []).append(given["value"])
            self.labels.append(given["aria-label"] or "")
        if title := given.get("title"):
            self.labels.append(title)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_typed_and_registered_texts_are_escaped_in_the_grid() -> None:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        reporter = cast.reporter()
        firm = return_factories.enterprise(reporter, name=HOSTILE)
        january = return_factories.opened("430100", JANUARY)
        client = signed_in_client(reporter)
        typed = {"export": HOSTILE, "import": "7", "reason": HOSTILE}
        save_grid_rows(client, january, "processing_trade", {"key": f"{firm.customs_code}/进料加工", "texts": typed})
        page = client.get(return_url(january)).content.decode()
    grid = GridParser()
    grid.feed(page.split("<tbody>", 1)[1].split("</tbody>", 1)[0])
    assert grid.tags == {"tr", "th", "td", "input"}
    assert {"export": [HOSTILE], "import": ["7"], "reason": [HOSTILE]}.items() <= grid.values.items()
    assert HOSTILE in grid.words and f"{HOSTILE} 说明" in grid.labels
