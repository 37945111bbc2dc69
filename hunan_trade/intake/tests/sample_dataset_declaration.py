"""Declares an additional sheet of the monthly return for tests, which begins with February 2013."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.test import override_settings

from hunan_trade import clock
from hunan_trade.intake import datasets
from hunan_trade.intake.datasets import Dataset, Past, StoredFigure
from hunan_trade.periods import Month
from hunan_trade.tabular.column_declaration import Column, Kind
from hunan_trade.tabular.column_parsers import choice_parser, number_parser, text_parser
from hunan_trade.tabular.date_column_parser import date_parser
from hunan_trade.tabular.table_types import ParsedTable, PrefilledRow

SHEET = "试点项目"
STAGES = ("意向", "签约", "落地")
ROWS: list[PrefilledRow] = []  # what the register of the test holds
LOCKED: list[tuple[str, datetime]] = []  # regions that were locked, and when
STORED: list[ParsedTable] = []  # what acceptances have stored


@dataclass(frozen=True)
class Projects:
    """The rows of `ROWS`, as a dataset loads them."""

    rows: Sequence[PrefilledRow]
    past: Past = field(default_factory=dict)

    def addable_row(self, key: str) -> PrefilledRow | None:
        return None

    def why_unlisted(self, key: str) -> str:
        return ""


def load(region: str, month: Month, as_of: datetime | None = None) -> Projects:
    return Projects(tuple(ROWS))


def lock(region: str) -> None:
    LOCKED.append((region, clock.now()))


def store(table: ParsedTable, **_: Any) -> Iterator[StoredFigure]:
    STORED.append(table)
    yield from ()


PROJECTS = Dataset(
    code="pilot_projects",
    sheet=SHEET,
    record_noun="项目",
    columns=(
        Column("code", "编号", Kind.KEY, text_parser(20)),
        Column("name", "项目", Kind.LOCKED, text_parser(120)),
        Column("stage", "阶段", Kind.ENTRY, choice_parser(STAGES), choices=STAGES, required=True),
        Column("stage_on", "日期", Kind.ENTRY, date_parser()),
        Column("paid_in", "到位资金", Kind.MONTH, number_parser(6), "万元", "{month}月当月", places=2),
        Column("paid_in_usd", "到位外资", Kind.MONTH, number_parser(6), "万美元", "{month}月当月", places=2),
        Column("words", "进展", Kind.ENTRY, text_parser(20), nil="本月没有进展"),
        Column("reason", "说明", Kind.REASON, text_parser(200)),
    ),
    load=load,
    size=lambda region, month: len(ROWS),
    store=store,
    lock=lock,
    version_tables=("enterprises_register_change",),
    first_month=Month(2013, 2),
)


@contextmanager
def declared(*rows: PrefilledRow) -> Iterator[Dataset]:
    """Declare the sheet after those that stand, with these rows."""
    with override_settings(DATASETS=[*settings.DATASETS, f"{__name__}.PROJECTS"]):
        datasets.declared.cache_clear()
        ROWS[:], STORED[:], LOCKED[:] = rows, (), ()
        try:
            yield PROJECTS
        finally:
            datasets.declared.cache_clear()
