"""Describes requests that change the Fortune 500 lists, for the tests of write endpoints."""

from __future__ import annotations

from typing import Any

from hunan_trade.tests.derived_register_requests import RegisterCase, register_endpoints
from hunan_trade.tests.write_endpoint_requests import Body, WriteRequest
from projects.fortune_500.tables import FORTUNE_GROUPS
from projects.models import FortuneGroup


def _record(request: WriteRequest) -> FortuneGroup:
    """Return the group that was edited once."""
    return FortuneGroup.objects.get(version=2)


def _new(request: WriteRequest) -> Body:
    return {"year": 2013, "name": "又一集团", "rank": 77, "other_names": "又一", "source": "JPN", "note": "新列"}


def _wrong(request: WriteRequest) -> dict[str, list[Any]]:
    return {"year": [1999, "x"], "rank": [0, 501, "x"], "source": ["430000", "x"]}


FORTUNE_WRITE_ENDPOINTS = list(
    register_endpoints(
        RegisterCase(
            FORTUNE_GROUPS,
            ("officer", "province_lead"),
            record=_record,
            edited="note",
            new=_new,
            new_json=lambda request: {},
            created=frozenset({"projects.FortuneGroup", "projects.FortuneGroupHistory", "lists.Act"}),
            change=("note", "再改的说明"),
            bulk=("note", "批量"),
            wrong=_wrong,
        )
    )
)
