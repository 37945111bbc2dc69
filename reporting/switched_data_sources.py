"""Finds and describes figures that now come from another source than in the previous report."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from hunan_trade import clock, periods
from hunan_trade.indicators.computed_values import Derivation, FigureKey, Value
from hunan_trade.indicators.models import Observation, SourceDecision
from hunan_trade.indicators.queries_observations import panel_data_by_indicator
from hunan_trade.indicators.values_by_city import PanelData
from hunan_trade.periods import Month
from hunan_trade.regions.models import PROVINCE
from reporting.document_parts import Run
from reporting.figure_ledger import FigureLedger
from reporting.figure_printer import FigurePrinter
from reporting.phrases import join, join_list
from reporting.shared_report_data import Content


def source_decisions_as_dicts(found: Collection[PanelData]) -> list[dict[str, Any]]:
    """Return as dicts the decisions on which data source is published for each of the given indicators."""
    return [
        {"decision": decision.pk, "title": decision.title, "source": decision.get_source_display()}
        for panel in found
        if (decision := panel.decision)
    ]


def is_source_switched(code: str, printed: Observation, panel: PanelData) -> bool:
    """Return whether a value printed in the previous report is now published from another data source.

    `code` is the figure code of the observation; it may be that of a correction, which belongs to no panel.
    """
    return panel.decision is not None and panel.decision.source != printed.source and code == _figure_key(printed).text


def panels_with_switched_source(
    printed: Mapping[str, Observation], published: Mapping[str, PanelData]
) -> Iterator[tuple[PanelData, PanelData]]:
    """Yield (values last printed, values published now) for each indicator whose data source was changed.

    `printed` holds the previous report's observations by figure code.
    """
    for now in published.values():
        rows = {code: row for code, row in printed.items() if row.indicator == now.indicator.code}
        if any(is_source_switched(code, row, now) for code, row in rows.items()):
            cells = {
                (row.region_id, Month.of(row.month)): _value_of_observation(row, now)
                for code, row in rows.items()
                if code == _figure_key(row).text
            }
            yield replace(now, cells=cells), now


def _figure_key(row: Observation) -> FigureKey:
    return FigureKey(row.indicator, Month.of(row.month), row.region_id)


def _value_of_observation(row: Observation, panel: PanelData) -> Value:
    key = _figure_key(row)
    label = f"{panel.names[row.region_id]}{panel.indicator.title}{key.month.label}当月"
    return Value(key, label, row.value, panel.indicator.unit, Derivation.OBSERVED, observation=row.pk)


def new_source_switches_for_earlier_years(previous: Content) -> Iterator[tuple[PanelData, PanelData]]:
    """Yield (old values, new values) of each indicator whose source for an earlier year changed since `previous`."""
    as_of, this_year = datetime.fromisoformat(previous["as_of"]), Month.parse(previous["period"]).year
    decided = SourceDecision.objects.filter(
        decided_at__gt=as_of, year__lt=this_year, indicator__in=previous["indicators"]
    ).order_by("year", "indicator")
    for indicator, year in decided.values_list("indicator", "year").distinct():
        december = Month(year, 12)
        before, now = (panel_data_by_indicator([indicator], december, instant)[indicator] for instant in (as_of, None))
        if _sources(before) != _sources(now):
            yield before, now


def _sources(panel: PanelData) -> tuple[str, ...]:
    return (panel.decision.source,) if panel.decision else panel.indicator.sources


def source_switch_as_dict(before: PanelData, now: PanelData, ledger: FigureLedger) -> dict[str, Any]:
    """Return the change of an indicator's data source as a dict, with the year-to-date totals before and after it.

    Of a source that has no figures, the province's alone.
    The figures have codes of their own: this issue's panels may take other sources for the same months.
    """
    decision = now.decision
    assert decision is not None
    places = now.names if now.cities_with_all_months else {PROVINCE: now.names[PROVINCE]}
    sums = [(place, before.cumulative(region), now.cumulative(region)) for region, place in places.items()]
    return {
        "title": now.indicator.title,
        "month": str(now.month),
        "source": decision.get_source_display(),
        "decided_on": decision.decided_at.astimezone(clock.SHANGHAI).date().isoformat(),
        "reason": decision.reason,
        "changes": [
            {
                "place": place,
                "old": ledger.add(add_step_to_keys(old, "printed")),
                "new": ledger.add(add_step_to_keys(new, "published")),
            }
            for place, old, new in sums
            if old.amount != new.amount
        ],
        "comparable": now.cumulative(PROVINCE, last_year=True).known,
    }


def add_step_to_keys(value: Value, step: str) -> Value:
    """Return a copy of a value in which `step` is added to its key and the keys of all its inputs."""
    return replace(
        value,
        key=value.key.with_steps(step),
        inputs=tuple(add_step_to_keys(part, step) for part in value.inputs),
    )


def source_switch_runs(each: Mapping[str, Any], printer: FigurePrinter) -> tuple[Run, ...]:
    """Return the words and figures of the paragraph on an indicator that is now published from another source."""
    month, source = Month.parse(each["month"]), each["source"]
    changes = [_total_change_runs(change, source, printer) for change in each["changes"]]
    return join(
        f"经{periods.format_chinese_date(date.fromisoformat(each['decided_on']))}决定，{month.year}年{each['title']}改按{source}公布，",
        f"{month.range_in_digits}累计",
        join_list(changes, "，") if changes else "各数不变",
        "" if each["comparable"] else f"；{source}没有上年同期数，不作同比",
        f"。原因：{each['reason'].rstrip('。')}。",
    )


def _total_change_runs(change: Mapping[str, str], source: str, printer: FigurePrinter) -> tuple[Run, ...]:
    place, old, new = change["place"], change["old"], change["new"]
    unit = printer.unit(old).name_in_tables
    before, after = (f"（{note}）" if (note := printer.note(code)) else "" for code in (old, new))
    if not printer.has_amount(new):
        return join(f"{place}原", printer.in_wan_with_decimals(old), f"{unit}{before}，{source}没有数")
    first = join("由", printer.in_wan_with_decimals(old), unit, "" if before == after else before, "更正为")
    return join(place, first if printer.has_amount(old) else "为", printer.in_wan_with_decimals(new), unit, after)
