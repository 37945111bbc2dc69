"""Pure functions that compose the text of the monthly bulletin from its content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hunan_trade import periods
from hunan_trade.periods import Month
from hunan_trade.quantities import rounded
from reporting import corrections_since_previous_report, monthly_bulletin_data
from reporting.document_parts import Block, Document, Head, Heading, Imprint, Paragraph, Run, Signature
from reporting.figure_printer import FigurePrinter
from reporting.kinds import BULLETIN, Content, ReportKind
from reporting.major_project_text import compose_project_section
from reporting.monthly_bulletin_annexes import build_annexes
from reporting.phrases import (
    Part,
    amount_with_unit,
    build_numbered_instructions,
    build_numbered_sections,
    change_phrase,
    chinese_digit,
    growth_phrase,
    growth_verdict,
    join,
    join_complete_clauses,
    join_list,
    points_change_phrase,
    schedule_gap_phrase,
)

ISSUER = "湖南省商务厅"
OFFICE = "湖南省商务厅办公室"
ADDRESSEES = "各市州商务(招商、经济合作)局"


def compose(content: Content) -> Document:
    facts, printer, month = content["facts"], FigurePrinter(content["figures"]), Month.parse(content["period"])
    series = facts["series"]
    corrections = corrections_since_previous_report.compose_paragraphs(facts["corrections"], printer)
    blocks = (
        Paragraph(_opening_paragraph(content, printer, month)),
        *build_numbered_sections(
            ("总体情况", _overall_section(facts, printer, month)),
            ("各市州情况", _city_section(facts, printer)),
            ("重点企业", _enterprise_section(facts, printer)),
            ("重大转移项目", compose_project_section(facts, printer, month)),
            ("月报报送情况", _monthly_returns_section(facts, printer, month)),
            ("存在的主要问题", _problem_section(facts, printer)),
            ("下一步工作要求", _next_steps_section(content, printer, month)),
            ("对以前各期的更正和补充", corrections),
        ),
    )
    return Document(
        head=Head(
            issuer=ISSUER,
            title=f"关于{month.year}年{month.range_label}全省承接产业转移和加工贸易情况的通报",
            addressees=ADDRESSEES,
            issue="",
        ),
        blocks=blocks,
        annexes=build_annexes(content, printer) if _has_trade_total(series, printer) else (),
        signature=Signature(ISSUER),
        imprint=Imprint(OFFICE),
        mark="演示数据" if content["demo"] else "",
    )


def _has_trade_total(series: Mapping[str, Any], printer: FigurePrinter) -> bool:
    return printer.has_amount(series["processing"]["province"]["ytd"])


def _opening_paragraph(content: Content, printer: FigurePrinter, month: Month) -> tuple[Run, ...]:
    facts = content["facts"]
    series, goals = facts["series"], facts["goals"]
    hinge = "现将有关情况通报如下："
    if not _has_trade_total(series, printer):
        return join(f"{month.range_label}，{_missing_cities_sentence(content)}各市州均无核定数。", hinge)
    verdicts = [
        f"{name}{word}"
        for name, key in (("加工贸易", "processing"), ("承接产业转移", "projects"))
        if (word := growth_verdict(printer.amount(series[key]["province"]["yoy"])))
    ]
    opening = f"{month.range_label}，全省" + "，".join(verdicts) if verdicts else f"{month.range_label}"
    ending = "。" if verdicts else "，"
    return join(opening, _schedule_phrase(goals, printer), ending, _missing_cities_sentence(content), hinge)


def _schedule_phrase(goals: Mapping[str, Any], printer: FigurePrinter) -> str:
    """Return a phrase on whether processing trade and undertaken projects are on schedule for the yearly goals."""
    gaps = [printer.amount(goal["gap"]) for key in ("processing", "projects") if (goal := goals[key])]
    printed = [rounded(gap, 1) for gap in gaps if gap is not None]
    if len(printed) < 2:
        return ""
    if all(gap < 0 for gap in printed):
        return "，两项指标均低于序时进度"
    if all(gap >= 0 for gap in printed):
        return "，两项指标均达到序时进度"
    ahead, behind = ("加工贸易", "承接产业转移") if printed[0] >= 0 else ("承接产业转移", "加工贸易")
    return f"，{ahead}达到序时进度，{behind}低于序时进度"


def _missing_cities_sentence(content: Content) -> str:
    """Return a Chinese sentence on the cities left out of the provincial figures, or "" if there are none."""
    missing = content["facts"]["excluded"]
    if not missing:
        return ""
    states: dict[str, list[str]] = {}
    for city in missing:
        states.setdefault(city["state"], []).append(city["short"])
    day = datetime.fromisoformat(content["as_of"])
    states_text = "，".join(
        f"{'、'.join(names)}{state}" for state, names in sorted(states.items(), key=lambda pair: pair[0] != "未报送")
    )
    names = "、".join(city["short"] for city in missing)
    return f"截至{periods.format_chinese_date(day, with_year=False)}，{states_text}；本期全省数不含{names}，上年同期同口径扣除，年度目标和序时进度不作扣除。"


def _overall_section(facts: Mapping[str, Any], printer: FigurePrinter, month: Month) -> Sequence[Block]:
    series, goals = facts["series"], facts["goals"]
    if not _has_trade_total(series, printer):
        return ()
    trade = {key: series[key]["province"] for key in ("processing", "processing_export", "processing_import")}
    whole, share = trade["processing"], facts["share"]
    first = join(
        f"{month.range_label}，全省加工贸易进出口实现",
        _total_with_growth(whole, printer),
        _completion_phrase(goals["processing"], facts, printer),
        "。其中出口",
        _total_with_growth(trade["processing_export"], printer),
        "；进口",
        _total_with_growth(trade["processing_import"], printer),
        "。",
        _month_sentence(whole, printer, month),
        _processing_trade_share_sentence(share, printer),
        "加工贸易进出口超过1亿美元的企业",
        (printer.as_count(facts["above"]["100m"]), "家，其中超过15亿美元的"),
        (printer.as_count(facts["above"]["1500m"]), "家。"),
    )
    projects, fortune = series["projects"]["province"], series["fortune"]["province"]
    undertaken = join_complete_clauses(
        join(
            "新承接产业转移项目",
            _total_with_growth(projects, printer),
            _completion_phrase(goals["projects"], facts, printer),
        ),
        join(
            "引进世界500强企业",
            amount_with_unit(fortune["ytd"], printer),
            _goal_and_stretch_phrase(goals["fortune"], printer),
        ),
    )
    second = join(
        ("全省", *undertaken, "。") if undertaken else (),
        f"{month.month}月当月新承接项目",
        (printer.as_count(projects["month"]), "个"),
        growth_phrase(printer, projects["month_yoy"]),
        "。",
    )
    domestic, foreign, jobs = (series[key]["province"] for key in ("domestic", "foreign", "jobs"))
    both = printer.has_amount(domestic["ytd"]) and printer.has_amount(foreign["ytd"])
    third = join(
        "实际到位省外境内资金",
        _total_with_growth(domestic, printer),
        "；实际使用外资",
        _total_with_growth(foreign, printer),
        "。两项币种和口径不同，不作加总。" if both else "。",
        "承接项目新增就业",
        _total_with_growth(jobs, printer),
        "。",
    )
    return [Paragraph(first), Paragraph(second), Paragraph(third)]


def _total_with_growth(codes: Mapping[str, str], printer: FigurePrinter) -> tuple[Run, ...]:
    return join(amount_with_unit(codes["ytd"], printer), growth_phrase(printer, codes["yoy"]))


def _completion_phrase(
    goal: Mapping[str, str] | None, facts: Mapping[str, Any], printer: FigurePrinter
) -> tuple[Run, ...]:
    if goal is None or not printer.has_amount(goal["completion"]):
        return ()
    left_out = "、".join(city["short"] for city in facts["excluded"])
    return join(
        "，完成年度目标任务的",
        printer.as_percent(goal["completion"]),
        f"（完成数不含{left_out}）" if left_out else "",
        "，",
        schedule_gap_phrase(printer, goal["gap"]),
    )


def _month_sentence(codes: Mapping[str, str], printer: FigurePrinter, month: Month) -> tuple[Run, ...]:
    if month.month == 1:  # the months to date are this one
        rate = growth_phrase(printer, codes["month_mom"], "环比", "上月", lead="")
        return join(rate, "。") if rate else ()
    return join(
        f"{month.month}月当月",
        (printer.in_yi(codes["month"]), "亿美元"),
        growth_phrase(printer, codes["month_yoy"]),
        growth_phrase(printer, codes["month_mom"], "环比", "上月"),
        "。",
    )


def _processing_trade_share_sentence(share: Mapping[str, str], printer: FigurePrinter) -> tuple[Run, ...]:
    if not printer.has_amount(share["now"]):
        return ()
    change = points_change_phrase(printer, share["change"])
    return join("加工贸易占全省进出口总额的", printer.as_percent(share["now"]), ("，", *change) if change else (), "。")


def _goal_and_stretch_phrase(goal: Mapping[str, str] | None, printer: FigurePrinter) -> tuple[Run, ...]:
    """Return a phrase that names a yearly goal and its stretch goal, such as 年度目标2家，力争3家.

    Returns () without a goal.
    """
    if goal is None:
        return ()
    stretch: Part = ("，力争", printer.as_count(goal["stretch"]), "家") if "stretch" in goal else ()
    return join("（年度目标", printer.as_count(goal["goal"]), "家", stretch, "）")


def _city_section(facts: Mapping[str, Any], printer: FigurePrinter) -> Sequence[Block]:
    if not _has_trade_total(facts["series"], printer):
        return ()
    return [
        Heading("（一）加工贸易", 2),
        Paragraph(_ranking_paragraph("进出口总量", "processing", facts, printer)),
        Paragraph(_xiangnan_paragraph("processing", facts, printer)),
        Heading("（二）承接产业转移", 2),
        Paragraph(_ranking_paragraph("新承接项目数", "projects", facts, printer)),
        Paragraph(_ranking_paragraph("实际到位省外境内资金", "domestic", facts, printer)),
        Paragraph(_xiangnan_paragraph("projects", facts, printer)),
    ]


def _ranking_paragraph(what: str, key: str, facts: Mapping[str, Any], printer: FigurePrinter) -> tuple[Run, ...]:
    series, leading = facts["series"][key]["cities"], facts["leading"][key]
    short = {city["code"]: city["short"] for city in facts["cities"]}

    def named_cities(regions: Sequence[str], measure: str) -> list[Part]:
        return [
            join(
                short[region],
                "（",
                change_phrase(printer, series[region]["yoy"])
                if measure == "change"
                else amount_with_unit(series[region][measure], printer),
                "）",
            )
            for region in regions
        ]

    first, fastest, fallen = leading["first"], leading["fastest"], leading["fallen"]
    parts: list[Part] = [
        join(
            f"{what}居前{chinese_digit(len(first))}位的是",
            join_list(named_cities(first, "ytd")),
            "，合计占全省的",
            printer.as_percent(leading["first_share"]),
            "。",
        )
    ]
    if fastest:
        parts.append(
            join(f"增幅居前{chinese_digit(len(fastest))}位的是", join_list(named_cities(fastest, "yoy")), "。")
        )
    if printer.amount(leading["slower"]):
        parts.append(join("增幅低于全省平均水平的有", printer.as_count(leading["slower"]), "个市州。"))
    if fallen:
        parts.append(join("负增长的有", join_list(named_cities(fallen, "change")), "。"))
    if leading["zero"]:
        parts.append(join(f"{what}为零的有", "、".join(short[region] for region in leading["zero"]), "。"))
    return join(*parts)


def _xiangnan_paragraph(key: str, facts: Mapping[str, Any], printer: FigurePrinter) -> tuple[Run, ...]:
    together = facts["series"][key]["xiangnan"]
    if not printer.has_amount(together["ytd"]):
        return join("湘南三市本月均无核定数。")
    note = printer.note(together["ytd"])
    return join(
        f"湘南三市（{note}）合计" if note else "湘南三市合计",
        _total_with_growth(together, printer),
        "，占全省的",
        printer.as_percent(together["share"]),
        "。",
    )


def _enterprise_section(facts: Mapping[str, Any], printer: FigurePrinter) -> Sequence[Block]:
    if not facts["firms"]:
        return ()
    firms = [
        join(f"{firm['name']}（", (printer.in_yi(firm["ytd"]), "亿美元"), growth_phrase(printer, firm["yoy"]), "）")
        for firm in facts["firms"]
    ]
    return [Paragraph(join(f"加工贸易进出口居前{chinese_digit(len(firms))}位的企业是", join_list(firms), "。"))]


def _monthly_returns_section(facts: Mapping[str, Any], printer: FigurePrinter, month: Month) -> Sequence[Block]:
    returns = facts["returns"]

    def named_group(name: str, word: str) -> tuple[Run, ...]:
        names = "、".join(returns[name]["names"])
        return join(f"，{word}", printer.as_count(returns[name]["count"]), "个", f"（{names}）" if names else "")

    parts: list[Part] = [
        join(f"{month.month}月月报应报", printer.as_count(returns["expected"]["count"]), "个市州"),
        join("，按时报送", printer.as_count(returns["on_time"]["count"]), "个"),
        named_group("late", "迟报") if returns["late"]["names"] else "",
        named_group("missing", "未报送") if returns["missing"]["names"] else "",
        "。",
    ]
    if returns["given_back"]["names"]:
        parts.append(join("退回修改的有", "、".join(returns["given_back"]["names"]), "。"))
    parts.append(join("已核定", printer.as_count(returns["accepted"]["count"]), "个。"))
    return [Paragraph(join(*parts))]


def _problem_section(facts: Mapping[str, Any], printer: FigurePrinter) -> Sequence[Block]:
    """Return the bulletin's section on problems, such as cities with falling trade and missing returns."""
    goals, short = facts["goals"], {city["code"]: city["short"] for city in facts["cities"]}
    parts: list[Part] = []
    for name, key in (("加工贸易进出口", "processing"), ("承接产业转移项目", "projects")):
        goal = goals[key]
        gap = printer.amount(goal["gap"]) if goal else None
        if goal and gap is not None and rounded(gap, 1) < 0:
            short_by: Part = (
                join("，距全年目标还差", amount_with_unit(goal["short"], printer)) if "short" in goal else ()
            )
            parts.append(join(f"{name}", schedule_gap_phrase(printer, goal["gap"]), short_by, "。"))
    fallen: dict[str, list[str]] = {}
    for name, key in (("加工贸易进出口", "processing"), ("新承接项目数", "projects")):
        fallen.setdefault("、".join(short[region] for region in facts["leading"][key]["fallen"]), []).append(name)
    parts += [f"{cities}{'、'.join(names)}同比下降，进度较慢。" for cities, names in fallen.items() if cities]
    if missing := facts["returns"]["missing"]["names"]:
        parts.append(join(f"{'、'.join(missing)}月报未按规定时限报送。"))
    return [Paragraph(join(*parts))] if parts else ()


def _next_steps_section(content: Content, printer: FigurePrinter, month: Month) -> Sequence[Block]:
    facts = content["facts"]
    goals, leading = facts["goals"], facts["leading"]
    short = {city["code"]: city["short"] for city in facts["cities"]}
    rates: list[Part] = [
        join(f"{name}月均要达到", amount_with_unit(goal["run_rate"], printer))
        for name, key in (("加工贸易进出口", "processing"), ("承接产业转移项目", "projects"))
        if (goal := goals[key]) and "run_rate" in goal
    ]
    left = next((goal["left"] for goal in goals.values() if goal and "left" in goal), None)
    pace = (
        join(
            "余下",
            printer.as_count(left),
            "个月，全省",
            join_list(rates, "，"),
            "。各市州要对照序时进度，把任务分到月、落到企业和项目。",
        )
        if left and rates
        else ()
    )
    behind = list(dict.fromkeys([*leading["processing"]["fallen"], *leading["projects"]["fallen"]]))
    firms = (
        join(
            f"{'、'.join(short[region] for region in behind)}要逐户走访下降的重点企业、逐个核对停滞的项目，查明原因，列出增量清单。"
        )
        if behind
        else ()
    )
    return build_numbered_instructions(
        ("紧盯全年目标", pace), ("加强分类指导", firms), ("提高报送质量", _returns_instruction(facts, month))
    )


def _returns_instruction(facts: Mapping[str, Any], month: Month) -> tuple[Run, ...]:
    missing = facts["returns"]["missing"]["names"]
    late = facts["returns"]["late"]["names"]
    if not missing and not late:
        return join("各市州要继续按时报送月报，数据经负责人签发后上报，异常变动同时说明原因。")
    parts: list[Part] = []
    if missing:
        parts.append(f"{'、'.join(missing)}要抓紧补报{month.month}月月报，补报数登下一期。")
    if late:
        parts.append(f"{'、'.join(late)}要查找迟报原因，下月按时报送。")
    return join(*parts, "月报数据经负责人签发后上报，异常变动同时说明原因。")


KIND = ReportKind(
    code=BULLETIN,
    title="月度通报",
    series="情况通报",
    months=1,
    gather=monthly_bulletin_data.gather_bulletin_content,
    compose=compose,
)
