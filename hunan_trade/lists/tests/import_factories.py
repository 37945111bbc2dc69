"""Functions that create imports of parks in each state for tests, by calling the actions of imports."""

from __future__ import annotations

import csv
from io import StringIO

from hunan_trade.accounts.models import User
from hunan_trade.lists.imports import actions
from hunan_trade.lists.imports.models import Import
from parks.tables import PARKS

HEAD = ("园区", "市州", "类型", "级别", "依据", "说明", "备注栏")
NEW_PARK = ("导入试验园", "长沙市", "园区", "县级", "待核", "", "")


def csv_file(*rows: tuple[str, ...], head: tuple[str, ...] = HEAD) -> bytes:
    """Return a file as offices send it."""
    stream = StringIO()
    csv.writer(stream).writerows([head, *rows])
    return stream.getvalue().encode()


def received_import(by: User, *rows: tuple[str, ...]) -> Import:
    return actions.receive(PARKS, csv_file(*(rows or [NEW_PARK])), "园区.csv", by=by)


def checked_import(by: User, *rows: tuple[str, ...]) -> Import:
    found = received_import(by, *rows)
    problems = actions.check(PARKS, found, by=by, seen=1, fills={"as_of_2013": False})
    assert not problems, problems
    return found


def written_import(by: User, *rows: tuple[str, ...]) -> Import:
    found = checked_import(by, *rows)
    actions.confirm(PARKS, found, by=by, seen=found.version, choices={}, reason="来函")
    return found
