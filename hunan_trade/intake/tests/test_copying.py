"""What is typed comes back as it was typed, whatever COPY makes of it."""

from __future__ import annotations

import pytest

from enterprises.tests import factories
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.copying import json_objects, upsert
from hunan_trade.intake.models import Row
from hunan_trade.periods import Month

pytestmark = pytest.mark.django_db
HOSTILE = ["\\N", "a\\tb\tc", '"引"\\', "换\n行\r", "\\.", ""]


def test_backslashes_tabs_and_line_ends_survive_and_only_what_differs_is_written():
    reporter = cast.reporter()
    return_ = factories.opened("430100", Month(2013, 1))

    def stored(texts: list[str]) -> int:
        return upsert(
            Row,
            ["return_ref", "dataset", "key"],
            {"key": [f"k{at}\\" for at in range(len(texts))], "texts": json_objects({"reason": texts})},
            fixed={"return_ref": return_.pk, "dataset": "d", "edited_by": reporter.pk, "edited_at": clock.now()},
            unless_same=["texts"],
            counted="version",
        )

    assert stored(HOSTILE) == len(HOSTILE)
    assert stored([*HOSTILE[:-1], "改"]) == 1
    rows = Row.objects.order_by("key").values_list("key", "texts", "version")
    assert list(rows) == [
        *((f"k{at}\\", {"reason": text}, 1) for at, text in enumerate(HOSTILE[:-1])),
        ("k5\\", {"reason": "改"}, 2),
    ]
