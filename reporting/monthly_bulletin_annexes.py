"""Pure functions that build the annex tables of the monthly bulletin."""

from __future__ import annotations

from hunan_trade.periods import Month
from hunan_trade.quantities import NO_DATA
from reporting.city_tables import CityTable, CityTableColumn, chosen_source_notes, source_note
from reporting.document_parts import Annex
from reporting.figure_printer import FigurePrinter
from reporting.major_project_text import build_project_annexes
from reporting.shared_report_data import Content

_TRADE_TABLE = CityTable(
    "各市州加工贸易进出口情况表",
    "单位：万美元、%、百分点",
    (
        CityTableColumn("{month}月当月", "processing", "month"),
        CityTableColumn("当月同比", "processing", "month_yoy"),
        CityTableColumn("{span}累计", "processing", "ytd", together="ytd"),
        CityTableColumn("累计同比", "processing", "yoy", together="yoy"),
        CityTableColumn("占全省", "processing", "share", together="share"),
        CityTableColumn("完成年度目标", "", "completion"),
        CityTableColumn("与序时进度差", "", "gap"),
        CityTableColumn("总量排名", "processing", "rank", province="-"),
        CityTableColumn("增幅排名", "processing", "growth_rank", province="-"),
    ),
    charts=(("累计", 2), ("累计同比", 3)),
)
_UNDERTAKING_TABLE = CityTable(
    "各市州承接产业转移主要指标情况表",
    "单位：个、万元、万美元、人、%",
    (
        CityTableColumn("承接项目{month}月", "projects", "month"),
        CityTableColumn("承接项目累计", "projects", "ytd", together="ytd"),
        CityTableColumn("累计同比", "projects", "yoy", together="yoy"),
        CityTableColumn("省外境内到位资金累计", "domestic", "ytd", together="ytd"),
        CityTableColumn("累计同比", "domestic", "yoy", together="yoy"),
        CityTableColumn("实际使用外资累计", "foreign", "ytd", together="ytd"),
        CityTableColumn("累计同比", "foreign", "yoy", together="yoy"),
        CityTableColumn("新增就业累计", "jobs", "ytd", together="ytd"),
        CityTableColumn("项目数排名", "projects", "rank", province="-"),
    ),
    charts=(("承接项目累计", 1),),
)


def build_annexes(content: Content, printer: FigurePrinter) -> tuple[Annex, ...]:
    return (
        _trade_annex(content, printer),
        _undertaking_annex(content, printer),
        *build_project_annexes(content, printer),
    )


def _trade_annex(content: Content, printer: FigurePrinter) -> Annex:
    facts = content["facts"]
    goal, path = facts["goals"]["processing"], printer.format_for_table(facts["path"]).text
    month = Month.parse(content["period"])
    notes = [
        source_note(facts["sources"]),
        "加工贸易进出口指来料加工和进料加工货物进出口，按美元计。",
        f"序时进度按{month.month}/12即{path}%计；年度目标未分解到市州，市州完成率不计。",
    ]
    return _TRADE_TABLE.build_annex(
        content, printer, notes, lambda key: printer.format_for_table(goal[key]) if goal else NO_DATA
    )


def _undertaking_annex(content: Content, printer: FigurePrinter) -> Annex:
    notes = [
        source_note(content["facts"]["sources"]),
        *chosen_source_notes(content["facts"]),
        "承接项目按当月新签约计，增资不另计项目；省外境内资金按万元、外资按万美元分别统计，不作加总。",
    ]
    return _UNDERTAKING_TABLE.build_annex(content, printer, notes)
