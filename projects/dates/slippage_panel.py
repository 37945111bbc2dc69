"""Prepares the dates of a project for its page: promised, expected and actual dates, and their changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.safestring import SafeString

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from hunan_trade.periods import Month
from hunan_trade.ui.chart_data import Chart, Series
from projects.choices import Stage
from projects.dates import rules_slippage_and_alerts as rules_dates
from projects.dates.date_history import date_changes
from projects.dates.rules_slippage_and_alerts import EXPECTED_FIELDS, REACHED_FIELDS, DateChange
from projects.models import Project

SHOWN_MONTHS = 12  # of the chart, the last ones


@dataclass(frozen=True)
class SlippagePanel:
    """Dates of a project for its page: tables of stages and date changes, and a chart of one stage's delay."""

    stages: SafeString
    monthly: tuple[str, ...]
    chart: Chart | None
    changes: SafeString


def _delay_text(days: int | None) -> str:
    if days is None:
        return ""
    return f"晚 {days} 天" if days > 0 else f"早 {-days} 天" if days < 0 else "如期"


_STAGES = PageTable(
    "各阶段日期",
    (
        Column("stage", "阶段", column_kinds.CODE, source="stage.label"),
        Column("promised", "原定", column_kinds.DAY),
        Column("expected", "现在预计", column_kinds.DAY),
        Column("reached", "实际", column_kinds.DAY),
        Column("slip", "比原定", column_kinds.CODE, value=lambda dates: _delay_text(dates.slip)),
    ),
)
_CHANGES = PageTable(
    "预计日期改动",
    (
        Column("changed_on", "改期", column_kinds.DAY),
        Column("stage", "阶段", column_kinds.CODE, source="stage.label"),
        Column("before", "由", column_kinds.DAY),
        Column("after", "到", column_kinds.DAY),
        Column("reason", "原因"),
        Column("by_name", "改动人", column_kinds.CODE),
    ),
)


def slippage_panel(user: User, project: Project) -> SlippagePanel | None:
    """Return tables and a chart of a project's stage dates for its page, or None if no date was ever expected."""
    changes = date_changes(project.pk)
    if not changes:
        return None
    reached = _stage_dates(project, REACHED_FIELDS)
    moved = [change for change in changes if change.before is not None]
    return SlippagePanel(
        stages=_STAGES.html(rules_dates.stage_dates(changes, reached), user=user),
        monthly=tuple(row.sentence for row in rules_dates.monthly_delay_runs(changes)),
        chart=_chart(changes, reached, Month.of(clock.today())),
        changes=_CHANGES.html(moved[::-1], user=user),
    )


def _stage_dates(project: Project, fields: Mapping[Stage, str]) -> dict[Stage, date]:
    return {stage: day for stage, name in fields.items() if (day := getattr(project, name)) is not None}


def _chart(changes: Sequence[DateChange], reached: Mapping[Stage, date], last: Month) -> Chart | None:
    """Return a chart of a stage's delay in days at each month's end, or None if there are fewer than two months.

    Of several stages it is the first that is still to be reached, else the last. Returns None where none was put off, or
    in its first month.
    """
    slipped = {slip.change.stage: slip.promised for slip in rules_dates.slips(changes)}
    stage = next((each for each in EXPECTED_FIELDS if each in slipped and each not in reached), None)
    stage = stage or next((each for each in reversed([*EXPECTED_FIELDS]) if each in slipped), None)
    if stage is None:
        return None
    points = list(rules_dates.slip_by_month(changes, stage, reached.get(stage), last))[-SHOWN_MONTHS:]
    if len(points) < 2:
        return None
    said = [f"{month.month}月 {_delay_text(days)}" for month, days in points if days is not None]
    return Chart(
        key="slippage",
        kind="steps",
        finding=f"{stage.label}比原定 {slipped[stage]}：{'，'.join(said)}",
        unit="天",
        labels=tuple(f"{month.month}月" for month, _ in points),
        series=(Series("比原定晚", "now", tuple(None if days is None else Decimal(days) for _, days in points)),),
        places=0,
        height="low",
        caption=f"{stage.label}比原定 {slipped[stage]} 晚的天数",
    )
