"""Declares the tables of the page with the funnel of stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from projects.choices import Stage
from projects.funnel.stage_funnel import Funnel, StageFigures, days_without_unit, percentage_without_sign

StageLink = Callable[[Stage, bool], str]  # whether only projects that stand in it → address of the list with them


@dataclass(frozen=True)
class FunnelRow:
    """Table row for one group of projects, such as a city's: its name, the URL of its projects, its stage figures."""

    name: str
    url: str
    funnel: Funnel


def _percent(share: Decimal | None) -> str:
    return "" if share is None else f"{percentage_without_sign(share)}%"


def stages_table(link: StageLink) -> PageTable:
    """Return the table of the stages' figures, in which the counts of projects link to lists of these projects."""
    return PageTable(
        "各阶段项目数和用时",
        (
            Column("stage", "阶段", value=lambda row: row.stage.label),
            Column("reached", "到达", column_kinds.COUNT, link=lambda row: link(row.stage, False)),
            Column("conversion", "占上一阶段", column_kinds.TYPED_NUMBER, value=lambda row: _percent(row.conversion)),
            Column("passed", "已进下一阶段", column_kinds.COUNT),
            Column(
                "median_days",
                "用时中位数（天）",
                column_kinds.TYPED_NUMBER,
                value=lambda row: days_without_unit(row.median_days) or "",
            ),
            Column("standing", "仍在本阶段", column_kinds.COUNT, link=lambda row: link(row.stage, True)),
            Column("longest_days", "其中最长（天）", column_kinds.COUNT),
        ),
    )


def groups_table(title: str) -> PageTable:
    """Return a table with a row for each group of projects: each stage's count, and its share of the stage before."""
    return PageTable(
        f"按{title}",
        (
            Column("name", title, link=lambda row: row.url),
            *(_stage_column(stage) for stage in Stage),
        ),
    )


def _stage_column(stage: Stage) -> Column:
    def figures(row: FunnelRow) -> StageFigures:
        return row.funnel.figures(stage)

    def text(row: Any) -> str:
        found = figures(row)
        return f"{found.reached:,}" + (f"（{_percent(found.conversion)}）" if found.conversion is not None else "")

    return Column(stage.value, str(stage.label), column_kinds.TYPED_NUMBER, value=text)


def group_name(group: Funnel, names: Mapping[str, str]) -> str:
    """Return the Chinese name of a group of projects, or 未填 for the group without a code."""
    return names.get(group.code, group.code) if group.code else "未填"


def funnel_rows(groups: tuple[Funnel, ...], names: Mapping[str, str], url: Callable[[str], str]) -> list[FunnelRow]:
    """Return a table row for each group of projects, with the group's name and the URL of its projects."""
    return [FunnelRow(group_name(each, names), url(each.code) if each.code else "", each) for each in groups]
