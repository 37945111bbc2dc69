"""Gathers the content of the monthly bulletin from the database."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from enterprises import queries as enterprises
from enterprises.indicator_declarations import ABOVE_100M, ABOVE_1500M
from enterprises.indicator_declarations import EXPORT as PROCESSING_EXPORT
from enterprises.indicator_declarations import IMPORT as PROCESSING_IMPORT
from enterprises.indicator_declarations import TOTAL as PROCESSING
from hunan_trade.indicators import computed_values
from hunan_trade.indicators.computed_values import CITIES, Derivation, FigureKey, Value
from hunan_trade.indicators.queries_observations import panel_data_by_indicator
from hunan_trade.indicators.values_by_city import PanelData
from hunan_trade.periods import Month
from hunan_trade.regions.models import PROVINCE
from projects.city_summary.indicator_declarations import TRADE
from projects.models import IndicatorCode
from reporting import corrections_since_previous_report, major_project_figures, shared_report_data
from reporting.figure_ledger import FigureLedger
from reporting.shared_report_data import Content
from reporting.switched_data_sources import source_decisions_as_dicts
from targets import queries as targets
from targets.target_status import TargetStatus

SERIES = {
    "processing": PROCESSING.code,
    "processing_export": PROCESSING_EXPORT.code,
    "processing_import": PROCESSING_IMPORT.code,
    "projects": IndicatorCode.UNDERTAKEN.value,
    "fortune": IndicatorCode.FORTUNE_500.value,
    "domestic": IndicatorCode.DOMESTIC_PAID_IN.value,
    "foreign": IndicatorCode.FOREIGN_USED.value,
    "jobs": IndicatorCode.JOBS.value,
}
SUPPLEMENTED = [SERIES[name] for name in ("processing", "projects", "domestic", "foreign")]
LEADERS, FASTEST, ENTERPRISES_NAMED = 5, 3, 5


def gather_bulletin_content(month: Month, previous: Content | None) -> Content:
    ledger = FigureLedger()
    found = panel_data_by_indicator([*SERIES.values(), TRADE.code], month)
    processing, projects = found[SERIES["processing"]], found[SERIES["projects"]]
    statuses = {row.code: row for row in targets.target_statuses(month)}
    content = shared_report_data.start_content("monthly-bulletin", month, [*SERIES.values(), TRADE.code])
    shared_report_data.add_province_totals_with_origins(found[TRADE.code], ledger)
    content["facts"] = {
        "cities": shared_report_data.cities_as_dicts(processing.cities),
        "excluded": shared_report_data.excluded_cities(processing),
        "series": shared_report_data.add_indicators_with_origins(
            {name: found[code] for name, code in SERIES.items()}, ledger
        ),
        "goals": {
            "processing": _add_goal_figures("processing_trade", processing, statuses, ledger),
            "projects": _add_goal_figures("undertaken_projects", projects, statuses, ledger),
            "fortune": _add_goal_figures("fortune_500", found[SERIES["fortune"]], statuses, ledger),
        },
        "share": _add_trade_share(processing, found[TRADE.code], ledger),
        "above": _add_large_enterprise_counts(processing, ledger),
        "leading": {
            name: _leading_falling_and_zero_cities(found[SERIES[name]], ledger)
            for name in ("processing", "projects", "domestic")
        },
        "firms": _largest_enterprises(processing, ledger),
        "publishing": source_decisions_as_dicts(found.values()),
        "returns": shared_report_data.add_return_status_counts(processing.cities, month, ledger),
        "corrections": corrections_since_previous_report.gather_corrections(previous, SUPPLEMENTED, ledger),
        "path": ledger.add(computed_values.elapsed_percent_of_year(month)),
    }
    content["facts"]["major_projects"] = major_project_figures.add_project_figures(content, projects, ledger)
    content["rounds"] = shared_report_data.attach_origins(ledger)
    content["facts"]["sources"] = shared_report_data.sources_of_month_figures(ledger, month)
    content["figures"] = ledger.entries
    return content


def _add_goal_figures(
    code: str, panel: PanelData, statuses: dict[str, TargetStatus], ledger: FigureLedger
) -> dict[str, str] | None:
    return shared_report_data.add_goal_figures(statuses.get(code), panel.month, panel.cumulative(PROVINCE), ledger)


def _add_trade_share(part: PanelData, whole: PanelData, ledger: FigureLedger) -> dict[str, str]:
    """Add to the report the share of processing trade in all trade, this year and last; return the figure codes."""
    now, before = (
        computed_values.ratio(
            FigureKey("share", month, SERIES["processing"]),
            f"{month.year}年{month.range_in_digits}加工贸易占进出口总额",
            part.cumulative(PROVINCE, last_year),
            whole.cumulative(PROVINCE, last_year),
        )
        for month, last_year in ((part.month, False), (part.month.year_ago, True))
    )
    change = computed_values.difference(
        now.key.with_steps("change"), f"{now.label}比上年同期", now, before, computed_values.POINTS
    )
    return {"now": ledger.add(now), "before": ledger.add(before), "change": ledger.add(change)}


def _add_large_enterprise_counts(panel: PanelData, ledger: FigureLedger) -> dict[str, str]:
    """Add counts of enterprises that trade over 100 million and over 1.5 billion dollars; return figure codes.

    The thresholds are 100 million and 1.5 billion dollars.
    Only enterprises in the cities that the provincial figures include.
    """
    found = {}
    for name, indicator in (("100m", ABOVE_100M), ("1500m", ABOVE_1500M)):
        assert indicator.measure is not None
        found[name] = ledger.add(
            shared_report_data.count_enterprises_in_included_cities(indicator.measure(panel.month, None), panel)
        )
    return found


def _leading_falling_and_zero_cities(panel: PanelData, ledger: FigureLedger) -> dict[str, Any]:
    """Return an indicator's cities with the highest totals, the fastest growth, falling totals and zero totals."""
    regions = [city.code for city in panel.cities_with_all_months]
    totals = computed_values.sorted_by_amount((region, panel.cumulative(region)) for region in regions)
    rates = computed_values.sorted_by_amount((region, panel.year_on_year(region)) for region in regions)
    first = [value for _, value in totals[:LEADERS]]
    key = FigureKey(panel.indicator.code, panel.month)
    together = computed_values.total(
        key.with_steps("first"), f"{panel.indicator.title}居前{len(first)}位市州合计", first, panel.indicator.unit
    )
    average = panel.year_on_year(PROVINCE).amount
    below = [rate for _, rate in rates if average is not None and rate.amount is not None and rate.amount < average]
    slower = Value(
        key.with_steps("slower"),
        f"{panel.indicator.title}增幅低于全省的市州",
        Decimal(len(below)),
        CITIES,
        Derivation.COUNT,
        tuple(below),
    )
    return {
        "first": [region for region, _ in totals[:LEADERS]],
        "first_sum": ledger.add(together),
        "first_share": ledger.add(
            computed_values.ratio(
                together.key.with_steps("share"), f"{together.label}占全省", together, panel.cumulative(PROVINCE)
            )
        ),
        "fastest": [region for region, rate in rates[:FASTEST] if rate.amount is not None and rate.amount > 0],
        "fallen": [region for region, rate in reversed(rates) if rate.amount is not None and rate.amount < 0],
        "zero": [region for region, value in totals if value.amount == 0],
        "slower": ledger.add(slower),
    }


def _largest_enterprises(panel: PanelData, ledger: FigureLedger) -> list[dict[str, str]]:
    """Return the five largest enterprises in the cities that the totals include, with the codes of their figures."""
    counted = {city.code: city.short_name for city in panel.cities_with_all_months}
    largest = [
        leader
        for leader in enterprises.largest_enterprises(panel.month, 3 * ENTERPRISES_NAMED)
        if leader.enterprise.region_id in counted
    ][:ENTERPRISES_NAMED]
    return [
        {
            "name": leader.enterprise.name,
            "city": counted[leader.enterprise.region_id],
            "ytd": ledger.add(leader.total),
            "yoy": ledger.add(leader.year_on_year),
        }
        for leader in largest
    ]
