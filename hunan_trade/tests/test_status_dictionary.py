"""Tests that the status dictionary of the REST API names every code that answers hold."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.finding_code_labels import finding_labels
from hunan_trade.tests import two_city_data

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_tables")]
URL = "/api/v1/status-dictionary/"
CODE = re.compile(r"[a-z][a-z0-9_]*([.-][a-z0-9_]+)*")
# Fields whose texts may look like codes and are none, each with the reason.
NO_CODES = {
    "figures.code": "of a printed figure, which has its label beside it",
    "columns.key": "of a sheet's column, which has its title beside it",
    "rows.key": "of a sheet's row, which has its name beside it",
    "findings.key": "likewise",
    "errors.field": "names a parameter or a field",
    "id": "a number",
    "column": "names a column of the sheet, listed with its title",
    "cell": "likewise",
    "rows.locked": "names columns of the sheet, likewise",
    "texts": "as typed",
    "sha256": "a hash",
    "content_sha256": "a hash",
    "type": "about:blank of problem documents",
    "instance": "number of the request",
    "name": "a name that somebody typed",
    "note": "as typed",
}


@pytest.fixture
def officer() -> Client:
    return Client(headers=cast.bearer_headers(cast.officer()))


def dictionary(client: Client) -> dict[str, set[str]]:
    """Return all codes of the dictionary by the last name of their field."""
    found: dict[str, set[str]] = defaultdict(set)
    for entry in client.get(URL).json()["results"]:
        found[entry["field"].rpartition(".")[2]] |= {code["code"] for code in entry["codes"]}
    return found


def texts(body: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of an answer with the name of its field and of the part that holds it."""
    if isinstance(body, dict):
        for key, part in body.items():
            yield from texts(part, f"{name.rpartition('.')[2]}.{key}")
    elif isinstance(body, list):
        for part in body:
            yield from texts(part, name)
    elif isinstance(body, str):
        yield name, body


def test_every_code_has_a_label_and_a_place(officer: Client) -> None:
    entries = {(entry["schema"], entry["field"]): entry for entry in officer.get(URL).json()["results"]}
    kind = entries["Park", "kind"]
    assert {"code": "bonded", "label": "综合保税区"} in kind["codes"] and "GET /api/v1/parks/" in kind["found_in"]
    assert {"status", "decision"} <= {field for _, field in entries}
    assert {code["code"] for code in entries["Problem", "code"]["codes"]} >= {
        "deleted",
        "throttled",
        "csrf",
        "if_match",
    }
    for place, entry in entries.items():
        assert entry["found_in"] and entry["codes"], place
        for code in entry["codes"]:
            assert re.search("[\u4e00-\u9fff%]|^[.]", code["label"]) and "{" not in code["label"], (place, code)


def test_no_answer_holds_a_code_that_is_not_declared() -> None:
    with two_city_data.clock_at_today():
        cities = two_city_data.create_two_cities("1234", "50000", "2000")
        client = Client(headers=cast.bearer_headers(cities.province.officer))
        declared, undeclared = dictionary(client), {}
        addresses = [address for address in cities.urls(tokens=True) if "schema" not in address and address != URL]
        answers = [client.get(address) for address in addresses if "docs" not in address]
        answers += [
            client.get("/api/v1/parks/?unknown=1"),
            client.put("/api/v1/parks/"),
            Client().get("/api/v1/parks/"),
        ]
        for answer in answers:
            b"".join(answer)  # of a file, too, which is closed at its end
            for place, text in texts(answer.json()) if "json" in answer.get("Content-Type", "") else ():
                name = place.rpartition(".")[2]
                if CODE.fullmatch(text) and not {place, name} & NO_CODES.keys() and text not in declared[name]:
                    undeclared[place, text] = answer.request["PATH_INFO"]
    assert len(answers) > 40
    assert undeclared == {}, undeclared


def test_every_code_of_a_finding_is_declared() -> None:
    labels = finding_labels()
    prefixes = "|".join({code.partition(".")[0] for code in labels} - {"book", "sheet"})
    folders = ("hunan_trade/tabular", "hunan_trade/intake", "enterprises", "projects")
    files = [path for folder in folders for path in (Path(settings.BASE_DIR) / folder).rglob("*.py")]
    sources = [path for path in files if "tests" not in path.parts]
    used = {code for path in sources for code in re.findall(rf'"((?:{prefixes})\.[a-z_]+)"', path.read_text("utf-8"))}
    assert {code for code in labels if code.partition(".")[0] not in ("book", "sheet")} == used
