"""Builds annex tables that have a row for the province and a row for each city, without database access.

The rows are the province, then the 湘南 cities, then all 14 cities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hunan_trade.periods import Month
from hunan_trade.quantities import NO_DATA
from reporting.document_parts import Annex, Chart, Run, Table
from reporting.figure_printer import FigurePrinter

ROUNDING_NOTE = "表内各数由精确值分别四舍五入，分项之和与合计可能不等。"
_SOURCES = {
    "return": "市州月报（快报数）",
    "customs": "长沙海关",
    "plan": "工作要点",
    "estimate": "厅内测算",
    "register": "项目库",
}


@dataclass(frozen=True)
class CityTableColumn:
    """A column of a report's table by city: its heading, and the keys of its figures in the report's content."""

    head: str
    series: str
    city: str
    province: str = ""  # as for a city, unless said
    together: str = ""  # 湘南三市; none, unless said


@dataclass(frozen=True)
class CityTable:
    title: str
    unit: str
    columns: tuple[CityTableColumn, ...]
    charts: tuple[tuple[str, int], ...] = ()

    def build_annex(
        self,
        content: Mapping[str, Any],
        printer: FigurePrinter,
        notes: Sequence[str],
        extra: Callable[[str], Run] | None = None,
        series: Mapping[str, Any] | None = None,
    ) -> Annex:
        """Return a report annex with this table: rows for the province, the three 湘南 cities together, and each city.

        `extra` returns the province's cell of a column that cities leave empty.
        Such a column is the completion of the yearly goal. `series` are the figure codes by series and place, those of
        the content's indicators unless given.
        """
        facts, month = content["facts"], Month.parse(content["period"])
        series = series or facts["series"]
        title = f"{month.year}年{month.range_label}{self.title}"

        def cell(place: str, column: CityTableColumn, codes: Mapping[str, Any], key: str) -> Run:
            if not column.series:
                return extra(column.city) if extra and place == "province" else NO_DATA
            return printer.format_for_table(codes[key]) if key in codes else NO_DATA

        rows: list[tuple[Run, ...]] = []
        for name, place in (("全省合计", "province"), ("其中：湘南三市", "xiangnan")):
            keys = [(c, (c.province or c.city) if place == "province" else c.together) for c in self.columns]
            codes = {c.series: series[c.series][place] for c in self.columns if c.series}
            rows.append(("", name, *(cell(place, c, codes.get(c.series, {}), key) for c, key in keys)))
        for number, city in enumerate(facts["cities"], start=1):
            found = {c.series: series[c.series]["cities"][city["code"]] for c in self.columns if c.series}
            through = found[self.columns[0].series]["through"]
            mark = (
                ""
                if through == content["period"]
                else f"（{Month.parse(through).range_in_digits if through else '无核定数'}）"
            )
            rows.append(
                (
                    str(number),
                    city["short"] + mark,
                    *(cell("city", c, found.get(c.series, {}), c.city) for c in self.columns),
                )
            )
        return Annex(
            title,
            (
                Table(
                    caption=title,
                    unit=self.unit,
                    header=(
                        "序号",
                        "市州",
                        *(column.head.format(month=month.month, span=month.range_in_digits) for column in self.columns),
                    ),
                    rows=tuple(rows),
                    notes=add_note_numbers((*notes, *_excluded_cities_notes(facts), ROUNDING_NOTE)),
                    summary_rows=(0, 1),
                    charts=tuple(Chart(name, column + 2) for name, column in self.charts),
                ),
            ),
        )


def add_note_numbers(notes: Sequence[str]) -> tuple[str, ...]:
    """Return a table's notes with their numbers before them: 注：1.… for the first, 2.… for the second."""
    return tuple(f"{'注：' if n == 1 else ''}{n}.{note}" for n, note in enumerate(notes, start=1))


def source_note(sources: Sequence[str]) -> str:
    return "数据来源：" + "、".join(_SOURCES.get(source, source) for source in sources or ("return",)) + "。"


def chosen_source_notes(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a Chinese table note for each data source chosen by decision, naming the indicators published from it."""
    titles: dict[str, list[str]] = {}
    for each in facts.get("publishing", ()):  # absent in older content
        titles.setdefault(each["source"], []).append(each["title"])
    return tuple(
        f"{'、'.join(names)}按{source}公布，同一来源没有上年同期数的不列同比。" for source, names in titles.items()
    )


def _excluded_cities_notes(facts: Mapping[str, Any]) -> tuple[str, ...]:
    if not facts["excluded"]:
        return ()
    names = "、".join(city["short"] for city in facts["excluded"])
    return (
        f"全省及湘南三市当月、累计数均不含{names}，上年同期同口径扣除；{names}当月无核定数，累计为括注月份数，不参加排名。",
    )
