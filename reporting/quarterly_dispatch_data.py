"""Gathers the content of the quarterly dispatch from the database."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

from enterprises.indicator_declarations import TOTAL as PROCESSING
from hunan_trade.indicators import computed_values
from hunan_trade.indicators.computed_values import CITIES, FigureKey, Value
from hunan_trade.indicators.queries_observations import panel_data_by_indicator
from hunan_trade.indicators.values_by_city import PanelData
from hunan_trade.periods import Month
from projects.city_summary.indicator_declarations import TRADE
from projects.models import IndicatorCode
from reporting import major_project_figures, shared_report_data
from reporting.figure_ledger import FigureLedger
from reporting.shared_report_data import Content
from reporting.switched_data_sources import source_decisions_as_dicts
from targets import queries as targets
from targets import rules_target_status
from targets.models import Target
from targets.plan_tree_dataclasses import PlanTree, RosterNode
from targets.target_status import TargetStatus

_BLANKS = re.compile(r"(?<=[一-鿿）]) (?=\d)|(?<=\d) (?=[一-鿿])")
SERIES = {
    "processing": PROCESSING.code,
    "trade": TRADE.code,
    "projects": IndicatorCode.UNDERTAKEN.value,
    "domestic": IndicatorCode.DOMESTIC_PAID_IN.value,
    "foreign": IndicatorCode.FOREIGN_USED.value,
    "jobs": IndicatorCode.JOBS.value,
}


def gather_dispatch_content(month: Month, previous: Content | None) -> Content:
    """Gather and return the content of the dispatch report for the quarter that ends with `month`.

    The figures run from January to the end of the quarter.
    """
    ledger = FigureLedger()
    found = panel_data_by_indicator(SERIES.values(), month)
    cities = found[PROCESSING.code].cities
    tree = targets.current_plan_tree(month.year)
    content = shared_report_data.start_content("quarterly-dispatch", month, list(SERIES.values()))
    content["facts"] = {
        "cities": shared_report_data.cities_as_dicts(cities),
        "excluded": shared_report_data.excluded_cities(found[PROCESSING.code]),
        "series": shared_report_data.add_indicators_with_origins(
            {name: found[code] for name, code in SERIES.items()}, ledger
        ),
        "months": _add_monthly_figures(found, month, ledger),
        "targets": [
            _add_target_figures(_recount_in_included_cities(row, found[PROCESSING.code]), month, ledger)
            for row in targets.target_statuses(month)
            if row.shape != Target.Shape.ROSTER
        ],
        "rosters": _add_roster_counts(tree, month.year, ledger),
        "items": _plan_items_as_dicts(tree),
        "publishing": source_decisions_as_dicts(found.values()),
        "returns": [shared_report_data.add_return_status_counts(cities, each, ledger) for each in month.quarter.months],
    }
    content["facts"]["major_projects"] = major_project_figures.add_project_figures(
        content, found[SERIES["projects"]], ledger
    )
    content["rounds"] = shared_report_data.attach_origins(ledger)
    content["facts"]["sources"] = shared_report_data.sources_of_month_figures(ledger, month)
    content["figures"] = ledger.entries
    return content


def _add_monthly_figures(found: dict[str, Any], month: Month, ledger: FigureLedger) -> dict[str, dict[str, list[str]]]:
    """Add each city's figures of the quarter's three months to the report; return codes by indicator and city."""
    return {
        name: {
            city.code: [ledger.add(found[code].month_value(city.code, each)) for each in month.quarter.months]
            for city in found[code].cities
        }
        for name, code in SERIES.items()
    }


def _recount_in_included_cities(row: TargetStatus, panel: PanelData) -> TargetStatus:
    """Return a target's status, counting enterprises only in cities with all returns since January accepted.

    All provincial figures are counted so. Other shapes of target are returned unchanged.
    """
    if row.shape != Target.Shape.THRESHOLD_COUNT or row.actual is None or row.last_year is None or row.goal is None:
        return row
    now, before = (
        shared_report_data.count_enterprises_in_included_cities(row.actual, panel),
        shared_report_data.count_enterprises_in_included_cities(row.last_year, panel),
    )
    return replace(
        row, actual=now, last_year=before, verdict=rules_target_status.year_progress(now, row.goal, panel.month).verdict
    )


def _add_target_figures(row: TargetStatus, month: Month, ledger: FigureLedger) -> dict[str, Any]:
    """Add a work plan target's figures to the report, and return the target's table row as a dict.

    Targets whose shape has no number have words only.
    """
    facts: dict[str, Any] = {
        "title": _remove_blanks_around_digits(row.title),
        "item": row.item,
        "shape": row.shape,
        "goal_text": _remove_blanks_around_digits(row.goal_text),
        "light": row.light.value,
        "verdict": _remove_blanks_around_digits(row.verdict.words),
        "actual_text": row.actual_text,
        "note": row.figure_note,
    }
    if row.actual is None or row.last_year is None:
        return facts
    facts |= {"actual": ledger.add(row.actual), "last_year": ledger.add(row.last_year)}
    if row.shape in (Target.Shape.DIRECTION, Target.Shape.COMPARATIVE):
        unit = computed_values.POINTS if row.actual.unit is computed_values.PERCENT else row.actual.unit
        facts["change"] = ledger.add(
            computed_values.difference(
                FigureKey("target", month, row.code, ("change",)),
                f"{row.title}比上年同期",
                row.actual,
                row.last_year,
                unit,
            )
        )
        return facts
    facts["change"] = ledger.add(
        computed_values.growth(
            FigureKey("target", month, row.code, ("yoy",)), f"{row.title}同比", row.actual, row.last_year
        )
    )
    return facts | (shared_report_data.add_goal_figures(row, month, row.actual, ledger) or {})


def _add_roster_counts(tree: PlanTree | None, year: int, ledger: FigureLedger) -> list[dict[str, Any]]:
    return [
        {
            "title": roster.title,
            "item": item.number,
            "unit": roster.unit,
            "required": ledger.add(_roster_count_value(roster, year, "required", "应列", roster.required)),
            "listed": ledger.add(_roster_count_value(roster, year, "listed", "已列", roster.listed_count)),
            "verdict": _remove_blanks_around_digits(roster.verdict.words),
        }
        for item in (tree.items if tree else ())
        for roster in item.rosters
    ]


def _roster_count_value(roster: RosterNode, year: int, step: str, word: str, number: int) -> Value:
    key = FigureKey("roster", year, roster.code, (step,))
    return computed_values.value_from_plan(key, f"{roster.title}{word}", Decimal(number), CITIES)


def _plan_items_as_dicts(tree: PlanTree | None) -> list[dict[str, Any]]:
    """Return the work plan's items with the states of their tasks, as dicts for the dispatch report's content."""
    return [
        {
            "number": item.number,
            "title": item.title,
            "scope": item.scope,
            "lead": item.lead or "未定",
            "due": item.due_text,
            "states": [
                {
                    "region": state.region_name,
                    "label": state.label,
                    "state": state.state,
                    "text": state.reason or state.text,
                    "updated": state.updated_on.isoformat() if state.updated_on else "",
                }
                for state in item.states
            ],
        }
        for item in (tree.items if tree else ())
    ]


def _remove_blanks_around_digits(text: str) -> str:
    """Remove blanks between digits and Chinese characters, so that 过 15 亿 becomes 过15亿."""
    return _BLANKS.sub("", text)
