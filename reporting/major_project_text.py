"""Pure functions that compose a report's paragraphs and annex table about major projects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hunan_trade import periods
from hunan_trade.periods import Month
from reporting.city_tables import CityTable, CityTableColumn, source_note
from reporting.document_parts import Annex, Block, Paragraph
from reporting.figure_printer import FigurePrinter
from reporting.phrases import Part, amount_with_unit, chinese_digit, join, join_list
from reporting.shared_report_data import Content

_STAGES = (
    ("in_intended", "意向"),
    ("in_signed", "签约"),
    ("in_landed", "落地"),
    ("in_produced", "投产"),
    ("in_operating", "营运"),
)


def _column(head: str, figure: str) -> CityTableColumn:
    return CityTableColumn(head, "register", figure, together=figure)


_TABLE = CityTable(
    "各市州重大转移项目情况表",
    "单位：个、万元、万美元",
    (
        _column("计入累计", "counted_to_date"),
        _column("在库合计", "active"),
        *(_column(stage, figure) for figure, stage in _STAGES),
        _column("本年投产", "produced_to_date"),
        _column("延期", "delayed"),
        _column("停滞", "stalled"),
        _column("到位内资累计", "paid_in_cny"),
        _column("到位外资累计", "paid_in_usd"),
    ),
    charts=(("在库合计", 1), ("本年投产", 7)),
)


def compose_project_section(facts: Mapping[str, Any], printer: FigurePrinter, month: Month) -> Sequence[Block]:
    """Return a report's paragraphs on major projects, or () if the provincial figures count no project."""
    if not _has_projects(facts, printer):
        return ()
    register, short = facts["major_projects"], {city["code"]: city["short"] for city in facts["cities"]}
    province = register["province"]

    def cities_with(figure: str, regions: Sequence[str]) -> tuple[Part, ...]:
        return tuple(
            join(short[region], "（", amount_with_unit(register["cities"][region][figure], printer), "）")
            for region in regions
        )

    def to_date(figure: str) -> Part:
        total = amount_with_unit(province[f"{figure}_to_date"], printer)
        if month.month == 1:  # the months to date are this one
            return total
        return join(total, f"，其中{month.month}月", amount_with_unit(province[f"{figure}_in_month"], printer))

    stages = [join(stage, amount_with_unit(province[figure], printer)) for figure, stage in _STAGES]
    first = join(
        f"{month.range_label}，项目库计入新承接项目",
        to_date("counted"),
        "；新投产项目",
        to_date("produced"),
        f"。截至{month.month}月底，在库项目",
        amount_with_unit(province["active"], printer),
        "，其中",
        join_list(stages),
        "。",
    )
    producing, stalled = register["producing"], register["stalled"]
    second = join(
        join(
            f"新投产项目居前{chinese_digit(len(producing))}位的是",
            join_list(cities_with("produced_to_date", producing)),
            "。",
        )
        if len(producing) > 1
        else (),
        "在库项目中延期",
        amount_with_unit(province["delayed"], printer),
        "、停滞",
        amount_with_unit(province["stalled"], printer),
        join("，停滞的在", join_list(cities_with("stalled", stalled))) if stalled else (),
        "。",
    )
    third = join(
        f"{month.range_label}，项目实际到位省外境内资金",
        amount_with_unit(province["paid_in_cny"], printer),
        "，实际到位外资",
        amount_with_unit(province["paid_in_usd"], printer),
        "。",
    )
    return [Paragraph(first), Paragraph(join(second, third))]


def build_project_annexes(content: Content, printer: FigurePrinter) -> tuple[Annex, ...]:
    """Return a tuple with the annex table of major projects by city, or () if the province counts no project."""
    facts, month = content["facts"], Month.parse(content["period"])
    if not _has_projects(facts, printer):
        return ()
    day = periods.format_chinese_date(datetime.fromisoformat(content["as_of"]), with_year=False)
    notes = [
        source_note(["register"]),
        f"环节截至{month.month}月底，以月报核定或省厅确认为准；延期、停滞截至{day}。",
        "计入累计按年度计数规则计，与月报所报项目数的差异另行核对。",
        "在库不含终止和完成的项目；到位的内资和外资币种不同，不作加总。",
    ]
    return (_TABLE.build_annex(content, printer, notes, series={"register": facts["major_projects"]}),)


def _has_projects(facts: Mapping[str, Any], printer: FigurePrinter) -> bool:
    if not (register := facts.get("major_projects")):  # absent in older content
        return False
    return any(printer.amount(register["province"][figure]) for figure in ("active", "counted_to_date"))
