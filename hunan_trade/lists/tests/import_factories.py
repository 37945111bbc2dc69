"""Functions that create imports in each state for tests, by calling the portal's own actions."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from events.tables import EVENTS
from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.imports import actions
from hunan_trade.lists.imports.models import Import
from parks.tables import PARKS
from projects.fortune_500.tables import FORTUNE_GROUPS
from projects.tables import PROJECTS
from targets.tables_rosters_and_item_page import ROSTERS

HEAD = ("园区", "市州", "类型", "级别", "依据", "说明", "备注栏")
NEW_PARK = ("导入试验园", "长沙市", "园区", "县级", "待核", "", "")


def csv_file(*rows: tuple[str, ...], head: tuple[str, ...] = HEAD) -> bytes:
    """Return a file as offices send it."""
    stream = StringIO()
    csv.writer(stream).writerows([head, *rows])
    return stream.getvalue().encode()


@dataclass(frozen=True)
class ImportSample:
    """A file of one new record of a list, as its head and row.

    `fills` is what new records get beside, `writes` are other fields that the writing changes.
    """

    listing: Listing
    head: tuple[str, ...]
    row: tuple[str, ...]
    fills: dict[str, Any] = field(default_factory=dict)
    writes: frozenset[str] = frozenset()

    def named(self, name: str) -> tuple[str, ...]:
        """Return the row with another name, which stands in its first column."""
        return (name, *self.row[1:])


SAMPLES = {
    "parks": ImportSample(PARKS, HEAD, NEW_PARK, {"as_of_2013": False}),
    "events": ImportSample(EVENTS, ("活动", "年度", "类别"), ("导入试验会", "2013", "会议")),
    "projects": ImportSample(
        PROJECTS,
        ("项目", "市州", "意向日期"),
        ("机电产业基地", "长沙市", "2013-02-04"),
        writes=frozenset({"projects.CodeCounter.last"}),
    ),
    "fortune": ImportSample(FORTUNE_GROUPS, ("集团", "年度", "名次"), ("导入试验集团", "2013", "61")),
    "rosters": ImportSample(ROSTERS, ("名称", "名单"), ("导入试验区", "2013年示范区")),
}


def received_import(by: User, *rows: tuple[str, ...], of: str = "parks") -> Import:
    sample = SAMPLES[of]
    return actions.receive(sample.listing, csv_file(*(rows or [sample.row]), head=sample.head), "登记表.csv", by=by)


def checked_import(by: User, *rows: tuple[str, ...], of: str = "parks") -> Import:
    found, sample = received_import(by, *rows, of=of), SAMPLES[of]
    problems = actions.check(sample.listing, found, by=by, seen=1, fills=sample.fills)
    assert not problems, problems
    return found


def written_import(by: User, *rows: tuple[str, ...], of: str = "parks") -> Import:
    found = checked_import(by, *rows, of=of)
    actions.confirm(SAMPLES[of].listing, found, by=by, seen=found.version, choices={}, reason="来函")
    return found
