"""Finds and describes figures corrected and cities added since the previous report."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from hunan_trade.indicators import computed_values, registry
from hunan_trade.indicators.computed_values import Derivation, FigureKey, Value
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.queries_observations import panel_data_by_indicator
from hunan_trade.indicators.values_by_city import PanelData
from hunan_trade.periods import Month
from hunan_trade.regions.models import PROVINCE, Region
from reporting.document_parts import Block, Paragraph, Run
from reporting.figure_ledger import FigureLedger
from reporting.figure_printer import FigurePrinter
from reporting.phrases import growth_phrase, join, join_list
from reporting.shared_report_data import Content
from reporting.switched_data_sources import (
    add_step_to_keys,
    is_source_switched,
    new_source_switches_for_earlier_years,
    panels_with_switched_source,
    source_switch_as_dict,
    source_switch_runs,
)

_Series = tuple[str, str, date, str]  # indicator, region, month, source
_STEPS_OF_OTHER_SOURCES = ("/printed", "/published", "/supplemented")


def gather_corrections(previous: Content | None, indicators: Sequence[str], ledger: FigureLedger) -> dict[str, Any]:
    """Return as a dict the figures corrected, sources switched and cities added since the previous report.

    The lists are empty for the first report.
    Corrections give the old and new figure and the reason, by city and month.
    """
    if previous is None:
        return {"corrected": [], "switched": [], "supplemented": [], "anew": None}
    month = Month.parse(previous["period"])
    printed = _printed_observations(previous)
    published = panel_data_by_indicator({row.indicator for row in printed.values()}, month)
    switches = (*new_source_switches_for_earlier_years(previous), *panels_with_switched_source(printed, published))
    corrected = _corrected_figures(printed, published, ledger)
    current_panels = panel_data_by_indicator(indicators, month)
    supplemented = []
    for city in previous["facts"]["excluded"]:
        reported = {
            code: panel for code, panel in current_panels.items() if panel.complete_through(city["region"]) == month
        }
        if reported:
            figures = [
                {
                    "title": panel.indicator.title,
                    "month": ledger.add(_with_separate_code(panel, panel.month_value(city["region"]))),
                    "ytd": ledger.add(_with_separate_code(panel, panel.cumulative(city["region"]))),
                }
                for panel in reported.values()
            ]
            supplemented.append({"short": city["short"], "figures": figures})
    anew = _recompute_totals(current_panels[indicators[0]], ledger) if corrected or supplemented else None
    return {
        "month": str(month),
        "corrected": corrected,
        "switched": [source_switch_as_dict(before, now, ledger) for before, now in switches],
        "supplemented": supplemented,
        "anew": anew,
    }


def _with_separate_code(panel: PanelData, value: Value) -> Value:
    """Return `value`, under a figure code of its own if the new report may use its code for another source.

    Where the source may be decided on, this issue's own panel may take another one for the same months.
    """
    return add_step_to_keys(value, "supplemented") if panel.indicator.switchable else value


def _corrected_figures(
    printed: Mapping[str, Observation], published: Mapping[str, PanelData], ledger: FigureLedger
) -> list[dict[str, Any]]:
    """Return old and new value of each figure corrected since the previous report, by city, month and reason."""
    versions = _versions_by_series(printed.values())
    names = dict(Region.objects.cities().values_list("code", "short_name"))
    groups: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for code, old in sorted(printed.items(), key=lambda pair: (pair[1].month, pair[1].region_id, pair[1].indicator)):
        later = [row for row in versions[_series_key(old)] if row.version > old.version]
        if not later or later[-1].value == old.value or is_source_switched(code, old, published[old.indicator]):
            continue
        pair = {
            "title": registry.get(old.indicator).title,
            "old": ledger.add(_value_of_version(old, names)),
            "new": ledger.add(_value_of_version(later[-1], names)),
        }
        reasons = "；".join(dict.fromkeys(row.reason.rstrip("。") for row in later))
        groups.setdefault((old.region_id, str(Month.of(old.month)), reasons), []).append(pair)
    return [
        {"short": names[region], "month": month, "reason": reason, "figures": pairs}
        for (region, month, reason), pairs in groups.items()
    ]


def _printed_observations(previous: Content) -> dict[str, Observation]:
    """Return a dict from figure code to the observation (stored indicator value) that the previous report printed.

    That is the code of a panel's value if there is one. Left out are the versions that the report corrected, and the
    figures of other sources than its panels took.
    """
    corrected = {pair["old"] for each in previous["facts"]["corrections"]["corrected"] for pair in each["figures"]}
    codes = {
        entry["observation"]: code
        for code, entry in sorted(previous["figures"].items(), key=lambda pair: -len(pair[0]))
        if entry["observation"] is not None and code not in corrected and not code.endswith(_STEPS_OF_OTHER_SOURCES)
    }
    rows = Observation.objects.in_bulk(codes)
    return {code: rows[pk] for pk, code in codes.items()}


def _versions_by_series(rows: Collection[Observation]) -> dict[_Series, list[Observation]]:
    """Return a dict from (indicator, region, month, source) to all versions of that value, the oldest first."""
    found: dict[_Series, list[Observation]] = {}
    for row in Observation.objects.filter(
        indicator__in={row.indicator for row in rows}, month__in={row.month for row in rows}
    ).order_by("version"):
        found.setdefault(_series_key(row), []).append(row)
    return found


def _series_key(row: Observation) -> _Series:
    return row.indicator, row.region_id, row.month, row.source


def _value_of_version(row: Observation, names: Mapping[str, str]) -> Value:
    indicator, month = registry.get(row.indicator), Month.of(row.month)
    return Value(
        FigureKey(row.indicator, month, row.region_id, (row.source, f"v{row.version}")),
        f"{names[row.region_id]}{indicator.title}{month.label}当月（第{row.version}版）",
        row.value,
        indicator.unit,
        Derivation.OBSERVED,
        observation=row.pk,
    )


def _recompute_totals(panel: Any, ledger: FigureLedger) -> dict[str, str]:
    """Add to the new report the previous one's provincial total and growth after corrections; return their codes.

    Under codes of their own: this issue's panel may leave other cities out of the same months.
    """
    now, base = panel.cumulative(PROVINCE), panel.cumulative(PROVINCE, last_year=True)
    total = computed_values.total(
        now.key.with_steps("anew"), f"{now.label}（更正补充后）", now.inputs, now.unit, note=now.note
    )
    before = computed_values.total(
        base.key.with_steps("anew"), f"{base.label}（更正补充后）", base.inputs, base.unit, note=base.note
    )
    rate = computed_values.growth(total.key.with_steps("yoy"), f"{total.label}同比", total, before)
    return {"title": panel.indicator.title, "ytd": ledger.add(total), "yoy": ledger.add(rate)}


def compose_paragraphs(facts: Mapping[str, Any], printer: FigurePrinter) -> tuple[Block, ...]:
    """Return the report's paragraphs on corrections to earlier reports, or () if there are none."""
    blocks: list[Block] = [Paragraph(_correction_runs(each, printer)) for each in facts["corrected"]]
    blocks += [
        Paragraph(source_switch_runs(each, printer)) for each in facts.get("switched", ())
    ]  # absent in older content
    blocks += [
        Paragraph(_added_city_runs(each, Month.parse(facts["month"]), printer)) for each in facts["supplemented"]
    ]
    if facts["anew"]:
        month, anew = Month.parse(facts["month"]), facts["anew"]
        note = printer.note(anew["ytd"])
        blocks.append(
            Paragraph(
                join(
                    f"更正和补充后，{month.year}年{month.range_in_digits}全省{anew['title']}为",
                    (printer.in_yi(anew["ytd"]), "亿美元"),
                    growth_phrase(printer, anew["yoy"]),
                    f"（{note}）" if note else "",
                    "，以此为准。",
                )
            )
        )
    return tuple(blocks)


def _correction_runs(each: Mapping[str, Any], printer: FigurePrinter) -> tuple[Run, ...]:
    month = Month.parse(each["month"])
    changes = [_old_and_new_runs(pair, printer) for pair in each["figures"]]
    return join(f"{each['short']}{month.label}", join_list(changes, "，"), f"。原因：{each['reason'].rstrip('。')}。")


def _old_and_new_runs(pair: Mapping[str, str], printer: FigurePrinter) -> tuple[Run, ...]:
    """Return a phrase on a corrected figure's old and new amount, such as 进出口由3.10万美元更正为3.20万美元."""
    title, old, new = pair["title"], pair["old"], pair["new"]
    if not printer.has_amount(new):
        return join(f"{title}原", _two_decimal_amount_with_unit(old, printer), "，已撤回，现在没有数")
    if not printer.has_amount(old):
        return join(f"{title}撤回后重新核定为", _two_decimal_amount_with_unit(new, printer))
    return join(
        f"{title}由", _two_decimal_amount_with_unit(old, printer), "更正为", _two_decimal_amount_with_unit(new, printer)
    )


def _added_city_runs(each: Mapping[str, Any], month: Month, printer: FigurePrinter) -> tuple[Run, ...]:
    figures = [
        join(
            f["title"],
            printer.format_for_text(f["month"]),
            printer.unit_word(f["month"]),
            f"、{month.range_in_digits}累计",
            printer.format_for_text(f["ytd"]),
            printer.unit_word(f["ytd"]),
        )
        for f in each["figures"]
    ]
    return join(f"上期未列入的{each['short']}{month.month}月数已核定：", join_list(figures, "；"), "。")


def _two_decimal_amount_with_unit(code: str, printer: FigurePrinter) -> tuple[Run, ...]:
    return (printer.in_wan_with_decimals(code), printer.unit(code).name_in_tables)
