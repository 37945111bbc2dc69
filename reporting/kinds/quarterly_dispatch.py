"""Pure functions that compose the text of the quarterly dispatch from its content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hunan_trade import periods
from hunan_trade.periods import Month
from hunan_trade.quantities import NO_DATA, rounded
from reporting import quarterly_dispatch_data
from reporting.city_tables import ROUNDING_NOTE, add_note_numbers, chosen_source_notes, source_note
from reporting.document_parts import Annex, Block, Document, Head, Imprint, Paragraph, Run, Signature, Table
from reporting.figure_printer import FigurePrinter
from reporting.kinds import Content, ReportKind
from reporting.kinds.monthly_bulletin import ISSUER, OFFICE
from reporting.major_project_text import build_project_annexes, compose_project_section
from reporting.phrases import (
    Part,
    build_numbered_instructions,
    build_numbered_sections,
    growth_phrase,
    join,
    join_complete_clauses,
    join_list,
    points_change_phrase,
    schedule_gap_phrase,
)

_LAGGING = ("bad", "warn")


def compose(content: Content) -> Document:
    facts, printer, month = content["facts"], FigurePrinter(content["figures"]), Month.parse(content["period"])
    quarter = month.quarter
    blocks = (
        Paragraph(_opening_paragraph(content, month)),
        *build_numbered_sections(
            ("目标完成情况", _target_section(facts, printer, month)),
            ("工作要点各条进展", _plan_item_section(facts, printer)),
            ("重大转移项目", compose_project_section(facts, printer, month)),
            ("月报报送情况", _monthly_returns_section(facts, printer)),
            ("需要会议研究的事项", _matters_to_decide_section(facts, printer)),
        ),
    )
    return Document(
        head=Head(
            issuer=ISSUER, title=f"{quarter.label}全省承接产业转移和加工贸易工作调度材料", addressees="", issue=""
        ),
        blocks=blocks,
        annexes=(
            Annex(
                f"{quarter.label}各市州分市情况表",
                tuple(
                    _city_table(number, city, content, printer) for number, city in enumerate(facts["cities"], start=1)
                ),
            ),
            *build_project_annexes(content, printer),
        ),
        signature=Signature(ISSUER),
        imprint=Imprint(OFFICE),
        mark="演示数据" if content["demo"] else "",
    )


def _opening_paragraph(content: Content, month: Month) -> tuple[Run, ...]:
    day = datetime.fromisoformat(content["as_of"])
    parts: list[Part] = [
        f"本材料供{month.quarter.label}调度会使用，数据为{month.range_label}累计核定数，截至{periods.format_chinese_date(day, with_year=False)}。"
    ]
    if missing := content["facts"]["excluded"]:
        missing_text = "，".join(f"{city['short']}{city['state']}" for city in missing)
        names = "、".join(city["short"] for city in missing)
        parts.append(f"其中{missing_text}；全省数不含{names}，上年同期同口径扣除，年度目标和序时进度不作扣除。")
    return join(*parts)


def _target_section(facts: Mapping[str, Any], printer: FigurePrinter, month: Month) -> Sequence[Block]:
    measured = [row for row in facts["targets"] if "actual" in row]
    dated = [row for row in facts["targets"] if "actual" not in row]
    if not facts["targets"]:
        return ()
    trade, projects = facts["series"]["processing"]["province"], facts["series"]["projects"]["province"]
    by_title = {row["title"]: row for row in measured}
    sentences: list[Part] = []
    if printer.has_amount(trade["ytd"]):
        clauses = join_complete_clauses(
            join("全省加工贸易进出口", (printer.in_yi(trade["ytd"]), "亿美元"), growth_phrase(printer, trade["yoy"])),
            join(
                "新承接产业转移项目",
                (printer.as_count(projects["ytd"]), "个"),
                growth_phrase(printer, projects["yoy"]),
            ),
        )
        sentences.append(join(f"{month.range_label}，", clauses, "。"))
    lagging = [title for title, row in by_title.items() if row["light"] in _LAGGING]
    if lagging:
        sentences.append(f"进度偏慢或滞后的目标：{'、'.join(lagging)}。")
    rows = [_target_row(row, printer) for row in measured]
    table = Table(
        caption="目标完成情况表",
        unit="单位：亿美元、个、家、%",
        header=("条", "目标", "年度目标", "累计", "上年同期", "比上年", "完成%", "与序时差", "余月月均", "判断"),
        rows=tuple(rows),
        notes=add_note_numbers(
            (
                source_note(facts["sources"]),
                *chosen_source_notes(facts),
                "比上年栏：总量和个数为增幅（%），占比为个百分点。",
                ROUNDING_NOTE,
            )
        ),
    )
    blocks: list[Block] = [Paragraph(join(*sentences))] if sentences else []
    blocks.append(table)
    if dated:
        rows = [(str(row["item"]), row["title"], row["goal_text"], row["actual_text"], row["verdict"]) for row in dated]
        blocks.append(Table("时点目标表", "", ("条", "目标", "时限", "达成", "判断"), tuple(rows)))
    if facts["rosters"]:
        rows = [
            (
                str(row["item"]),
                row["title"],
                printer.as_count(row["required"]),
                printer.as_count(row["listed"]),
                row["verdict"],
            )
            for row in facts["rosters"]
        ]
        blocks.append(Table("名单情况表", "", ("条", "名单", "应列", "已列", "情况"), tuple(rows)))
    return blocks


def _target_row(row: Mapping[str, Any], printer: FigurePrinter) -> tuple[Run, ...]:
    def cell(key: str) -> Run:
        return printer.format_for_text(row[key]) if key in row else NO_DATA

    goal: Run = printer.words_instead_of_number(row["goal"], row["goal_text"]) if "goal" in row else row["goal_text"]
    change: Run = printer.format_for_table(row["change"]) if "change" in row else NO_DATA
    gap: Run = printer.format_for_table(row["gap"]) if "gap" in row else NO_DATA
    completion: Run = printer.format_for_table(row["completion"]) if "completion" in row else NO_DATA
    actual, before, each = cell("actual"), cell("last_year"), cell("run_rate")
    return (str(row["item"]), row["title"], goal, actual, before, change, completion, gap, each, row["verdict"])


def _plan_item_section(facts: Mapping[str, Any], printer: FigurePrinter) -> Sequence[Block]:
    if not facts["items"]:
        return ()
    rows: list[tuple[Run, ...]] = []
    for item in facts["items"]:
        for state in item["states"] or [
            {"region": "", "label": "看目标" if item["number"] < 3 else NO_DATA, "text": ""}
        ]:
            where = state["region"] if len(item["states"]) > 1 else item["scope"]
            rows.append(
                (
                    str(item["number"]),
                    item["title"],
                    where,
                    item["lead"],
                    item["due"] or NO_DATA,
                    state["label"],
                    state["text"] or NO_DATA,
                )
            )
    return [
        Table("工作要点各条进展表", "", ("条", "内容", "范围", "牵头单位", "时限", "状态", "进展或原因"), tuple(rows))
    ]


def _monthly_returns_section(facts: Mapping[str, Any], printer: FigurePrinter) -> Sequence[Block]:
    sentences = []
    for returns in facts["returns"]:
        month = Month.parse(returns["month"])
        parts: list[Part] = [
            f"{month.month}月应报",
            printer.as_count(returns["expected"]["count"]),
            "个市州，按时",
            printer.as_count(returns["on_time"]["count"]),
            "个",
        ]
        for key, word in (("late", "迟报"), ("missing", "未报送")):
            if names := returns[key]["names"]:
                parts.append(join(f"，{word}", printer.as_count(returns[key]["count"]), f"个（{'、'.join(names)}）"))
        parts.append(join("，已核定", printer.as_count(returns["accepted"]["count"]), "个"))
        sentences.append(join(*parts))
    return [Paragraph(join(join_list(sentences, "；"), "。"))]


def _matters_to_decide_section(facts: Mapping[str, Any], printer: FigurePrinter) -> Sequence[Block]:
    """Return the section on matters that a meeting has to decide, such as lagging targets and missing returns."""
    slow = [
        join(row["title"], schedule_gap_phrase(printer, row["gap"]), _remaining_months_phrase(row, printer))
        for row in facts["targets"]
        if "gap" in row and (gap := printer.amount(row["gap"])) is not None and rounded(gap, 1) < 0
    ]
    slow += [
        join(row["title"], points_change_phrase(printer, row["change"]))
        for row in facts["targets"]
        if row["shape"] == "direction" and row["light"] in _LAGGING and "change" in row
    ]
    behind = [
        f"第{item['number']}条{item['title']}（{state['region']}）{state['text']}"
        for item in facts["items"]
        for state in item["states"]
        if state["state"] == "delayed"
    ]
    missing = facts["returns"][-1]["missing"]["names"]
    return build_numbered_instructions(
        ("补上目标差距", join(join_list(slow, "；"), "。") if slow else ()),
        ("督促滞后事项", join("；".join(behind), "。") if behind else ()),
        ("督促月报报送", join("、".join(missing), "尚未报送，要说明原因和补报时间。") if missing else ()),
    )


def _remaining_months_phrase(row: Mapping[str, Any], printer: FigurePrinter) -> Part:
    """Return a phrase on what each remaining month must bring to reach a yearly goal, or else on what is missing."""
    if "run_rate" in row:
        amount = (printer.format_for_text(row["run_rate"]), printer.unit_word(row["run_rate"]))
        return join("，余下", printer.as_count(row["left"]), "个月月均要达到", amount)
    return join("，还差", printer.as_count(row["short"]), printer.unit_word(row["short"])) if "short" in row else ""


def _city_table(number: int, city: Mapping[str, Any], content: Content, printer: FigurePrinter) -> Table:
    facts, month = content["facts"], Month.parse(content["period"])
    months = month.quarter.months
    rows: list[tuple[Run, ...]] = []
    for name, series in facts["series"].items():
        codes = series["cities"][city["code"]]
        singles = [printer.format_for_table(code) for code in facts["months"][name][city["code"]]]
        unit = printer.unit(codes["ytd"]).name_in_tables
        rest = [printer.format_for_table(codes[key]) for key in ("ytd", "yoy", "share", "rank", "growth_rank")]
        rows.append((series["title"], unit, *singles, *rest))
    through = facts["series"]["processing"]["cities"][city["code"]]["through"]
    note = (
        ()
        if through == content["period"]
        else (f"注：累计为{Month.parse(through).range_in_digits if through else '无核定数'}，不参加排名。",)
    )
    return Table(
        caption=f"{number}.{city['name']}",
        unit="",
        header=(
            "指标",
            "单位",
            *(f"{each.month}月" for each in months),
            f"{month.range_in_digits}累计",
            "同比%",
            "占全省%",
            "总量排名",
            "增幅排名",
        ),
        rows=tuple(rows),
        notes=note,
    )


KIND = ReportKind(
    code="quarterly-dispatch",
    title="季度调度",
    series="调度材料",
    months=3,
    gather=quarterly_dispatch_data.gather_dispatch_content,
    compose=compose,
)
