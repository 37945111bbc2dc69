"""Traces a printed figure back to the returns, people and workbook cells from which it comes.

A city sees all of its own figures, of another city's only what is printed: value, version and day of acceptance. What
it may not see does not exist for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries

from hunan_trade import clock, periods, quantities
from hunan_trade.accounts.models import User
from hunan_trade.indicators.computed_values import PERCENT, POINTS, Derivation
from hunan_trade.indicators.registry import Source
from hunan_trade.intake import datasets
from hunan_trade.intake.models import Round
from hunan_trade.periods import Month, format_chinese_date
from hunan_trade.regions.models import Region
from hunan_trade.ui.component_data import TrailStep
from reporting.figure_ledger import UNITS_BY_CODE
from reporting.models import Report

Entry = Mapping[str, Any]
ROWS_SHOWN = 5
_FORMULAS = {
    Derivation.SUM: "各项相加",
    Derivation.DIFFERENCE: "前项减后项",
    Derivation.GROWTH: "前项减后项，除以后项，乘以 100",
    Derivation.RATIO: "前项除以后项，乘以 100",
    Derivation.QUOTIENT: "前项除以后项",
    Derivation.RANK: "首项在各项中由大到小的位次，同数同位",
    Derivation.COUNT: "各项的个数",
}
_FIXED_ORIGINS = {Derivation.PLAN: "工作要点所定", Derivation.CALENDAR: "由月份推得"}


class NoSuchFigure(LookupError):
    """Raised when a user traces a figure that is not in the report or that the user may not see."""


@dataclass(frozen=True)
class FigureInput:
    """A value from which a printed figure was computed, with its figure code, label and exact amount."""

    code: str
    label: str
    text: str
    note: str


@dataclass(frozen=True)
class CellRow:
    cell: str
    name: str
    text: str


@dataclass(frozen=True)
class ProvenanceChain:
    """The steps from a printed figure to its sources, as shown on the report page.

    `hidden` counts the inputs that belong to other cities and are not shown.
    """

    code: str
    title: str
    steps: tuple[TrailStep, ...]
    inputs: tuple[FigureInput, ...] = ()
    hidden: int = 0
    rows: tuple[CellRow, ...] = ()
    rows_total: int = 0
    rows_unit: str = ""


def trace_figure(report: Report, code: str, user: User) -> ProvenanceChain:
    """Return how a report's figure came about, step by step; sources hidden from the user are only counted."""
    figures: Mapping[str, Entry] = report.content["figures"]
    entry = figures.get(code)
    if entry is None or not (_may_see_inputs(entry, user) or entry["texts"]):
        raise NoSuchFigure(code)
    shown = TrailStep("显示", strong=_join_texts(entry["texts"]) or "未直接印出", lines=_unrounded_line(entry))
    if entry["how"] == Derivation.REGISTER:
        return ProvenanceChain(code, entry["label"], (shown, _project_register_step(entry, report, user)))
    if not _may_see_inputs(entry, user):
        return ProvenanceChain(code, entry["label"], (shown, _acceptance_step(entry, figures)))
    if entry["how"] in (Derivation.OBSERVED, Derivation.CELL):
        return _observed_chain(code, entry, shown)
    if entry["how"] == Derivation.STATE:
        return ProvenanceChain(code, entry["label"], (shown, _counted_returns_step(entry, report, user)))
    if entry["how"] in _FIXED_ORIGINS:
        return ProvenanceChain(
            code, entry["label"], (shown, TrailStep("依据", text=_FIXED_ORIGINS[entry["how"]], lines=(entry["label"],)))
        )
    visible = [
        (part, figures[part])
        for part in entry["inputs"]
        if _may_see_inputs(figures[part], user) or figures[part]["texts"]
    ]
    inputs = tuple(
        FigureInput(part, found["label"], exact_amount_text(found), found["note"]) for part, found in visible
    )
    formula = TrailStep("算法", text=_FORMULAS[entry["how"]], muted=entry["note"])
    return ProvenanceChain(code, entry["label"], (shown, formula), inputs, hidden=len(entry["inputs"]) - len(inputs))


def _join_texts(texts: Sequence[str]) -> str:
    """Join the different texts printed for one figure with 和, such as 4.49 和 44,871."""
    return " 和 ".join(filter(None, ("、".join(texts[:-1]), *texts[-1:])))


def _unrounded_line(entry: Entry) -> tuple[str, ...]:
    return (f"原数 {exact_amount_text(entry)}",) if entry["amount"] else ()


def _may_see_inputs(entry: Entry, user: User) -> bool:
    """Return whether the user may see the inputs from which a figure was computed.

    A figure over several cities shows its formula to all.
    """
    return user.is_province or entry["region"] in (None, "", user.region_id)


def exact_amount_text(entry: Entry) -> str:
    """Format a figure with its unit and more decimals than printed, such as 47,610.25 万美元."""
    if entry["amount"] is None:
        return quantities.NO_DATA
    unit, amount = UNITS_BY_CODE[entry["unit"]], Decimal(entry["amount"])
    if unit.in_wan:
        return f"{quantities.format_with_commas(quantities.in_wan(amount), 2)} {unit.name_in_tables}"
    return f"{quantities.format_with_commas(amount, 4 if unit in (PERCENT, POINTS) else 0)} {unit.name}"


def _parse_time(text: str) -> datetime:
    """Convert an ISO time in a report's stored content to a datetime in Shanghai time."""
    return datetime.fromisoformat(text).astimezone(clock.SHANGHAI)


def _acceptance_step(entry: Entry, figures: Mapping[str, Entry]) -> TrailStep:
    """Return the step of a figure's provenance that says when the newest return behind the figure was accepted.

    Every city may see this step.
    """
    if entry["how"] == Derivation.OBSERVED and entry.get("version"):
        return TrailStep(
            "核定", text=f"第{entry['version']}版，{format_chinese_date(_parse_time(entry['known_at']))}核定"
        )
    below, days = [entry], []
    while below:
        part = below.pop()
        below += [figures[code] for code in part["inputs"]]
        if part.get("known_at"):
            days.append(_parse_time(part["known_at"]))
    return TrailStep("核定", text=f"由核定数得出，最近核定 {format_chinese_date(max(days))}" if days else "无核定数")


def _observed_chain(code: str, entry: Entry, shown: TrailStep) -> ProvenanceChain:
    title = entry["label"]
    if entry["amount"] is None or "round" not in entry:
        return ProvenanceChain(code, title, (shown, TrailStep("观察值", text=entry["note"] or "无核定数")))
    version = f"，第{entry['version']}版" if entry.get("version") else ""
    source = Source(entry["source"]).label if entry.get("source") else Source.RETURN.label
    value = TrailStep(
        "观察值",
        text=title,
        lines=(
            f"{exact_amount_text(entry)}{version}，{periods.format_chinese_datetime(_parse_time(entry['known_at']), with_year=True)} 核定",
        ),
        muted=f"来源：{source}",
    )
    if entry["round"] is None:
        return ProvenanceChain(code, title, (shown, value))
    round_ = Round.objects.select_related(
        "monthly_return__region", "filled_by", "signed_by", "decided_by", "workbook"
    ).get(pk=entry["round"])
    sheet, _, cells = entry["cells"].partition("!")
    rows, total = _largest_cells(round_, sheet, cells)
    steps = (shown, value, *_monthly_return_steps(round_, sheet, cells))
    return ProvenanceChain(
        code, title, steps, rows=rows, rows_total=total, rows_unit=UNITS_BY_CODE[entry["unit"]].name_in_tables
    )


def _monthly_return_steps(round_: Round, sheet: str, cells: str) -> tuple[TrailStep, ...]:
    monthly_return = round_.monthly_return
    place = (monthly_return.region_id, monthly_return.period)
    people = (
        ("填报", round_.filled_by, round_.handed_up_at),
        ("签发", round_.signed_by, round_.sent_at),
        ("核定", round_.decided_by, round_.decided_at),
    )
    people_lines = tuple(
        f"{word} {who.name}　{periods.format_chinese_datetime(at, with_year=True)}"
        for word, who, at in people
        if who and at
    )
    return (
        TrailStep(
            "月报",
            link=str(monthly_return),
            url=reverse("intake:return", args=place),
            text=f"，第{round_.number}轮核定，回执 {round_.receipt}",
        ),
        TrailStep("经手", text=people_lines[0], lines=people_lines[1:]),
        TrailStep(
            "文件和单元格",
            link=f"{monthly_return.region.name}-{monthly_return.period}-{round_.number}.xlsx",
            url=reverse("intake:round-workbook", args=(*place, round_.number)),
            lines=(f"“{sheet}”{cells}{'之和' if ':' in cells else ''}",),
            mono=f"SHA-256 {round_.workbook_id}",
        ),
    )


def _largest_cells(round_: Round, sheet: str, cells: str) -> tuple[tuple[CellRow, ...], int]:
    """Return the five largest cells of a range of a submitted workbook, such as F4:F90, and the range's cell count.

    `cells` is F4 or F4:F90.
    """
    name = next(dataset for dataset in datasets.declared() if dataset.sheet == sheet).letter("name")
    page = load_workbook(BytesIO(round_.workbook.read()), data_only=True)[sheet]
    left, top, right, bottom = range_boundaries(cells)
    found = [(Decimal(str(cell.value or 0)), cell) for row in page.iter_rows(top, bottom, left, right) for cell in row]
    largest = sorted(found, key=lambda pair: -pair[0])[:ROWS_SHOWN]
    rows = (
        CellRow(cell.coordinate, str(page[f"{name}{cell.row}"].value or ""), quantities.format_with_commas(amount, 2))
        for amount, cell in largest
    )
    return tuple(rows), len(found)


def _project_register_step(entry: Entry, report: Report, user: User) -> TrailStep:
    """Return the provenance step with the time for which projects were counted and, if permitted, a link to them."""
    moment = _parse_time(report.content["as_of"])
    when = f"按 {periods.format_chinese_datetime(moment, with_year=True)} 的项目库计"
    if not _may_see_inputs(entry, user):
        return TrailStep("依据", text=when)
    asked = {"city": entry["region"]} | ({"as_of": moment.date()} if moment.date() < clock.today() else {})
    return TrailStep(
        "依据", link="该市州的项目", url=f"{reverse('projects:home')}?{urlencode(asked)}", text=f"，{when}"
    )


def _counted_returns_step(entry: Entry, report: Report, user: User) -> TrailStep:
    """Return the provenance step with the time at which returns were counted; the province also sees which.

    Only the province is told which returns were counted.
    """
    when = f"按 {periods.format_chinese_datetime(_parse_time(report.content['as_of']), with_year=True)} 的月报状态计数"
    if not user.is_province:
        return TrailStep("依据", text=when)
    names = dict(Region.objects.cities().values_list("code", "name"))
    counted = [tuple(text.split("/")) for text in entry["returns"]]
    return TrailStep(
        "依据", text=when, lines=tuple(f"{names[region]}{Month.parse(month).label}月报" for region, month in counted)
    )
