"""Adds figures from the register of major projects to the content of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hunan_trade.indicators import computed_values
from hunan_trade.indicators.computed_values import PROJECTS, FigureKey, Value
from hunan_trade.indicators.values_by_city import NONE_ACCEPTED, PanelData
from hunan_trade.regions.models import PROVINCE, XIANGNAN
from projects.register_figures import FIGURES, FIRST_MONTH, MEASURE, STANDING, register_figures
from reporting.figure_ledger import FigureLedger
from reporting.shared_report_data import Content

LEADERS = 3
_ACTIVE = "active"  # all stages together


def add_project_figures(content: Content, panel: PanelData, ledger: FigureLedger) -> dict[str, Any] | None:
    """Add figures of the project register to a report; return their codes, or None before the register's start.

    A city's figures end with the month to which the returns in `panel` are complete, as all of its figures do.
    The province and 湘南 leave out the cities that `panel` leaves out.
    """
    if panel.month < FIRST_MONTH:
        return None
    through = {city.code: last for city in panel.cities if (last := panel.complete_through(city.code))}
    # The content names a second: what was accepted earlier in that second is part of it.
    as_of = datetime.fromisoformat(content["as_of"]).replace(microsecond=999_999)
    known = register_figures(through, panel.names, as_of)
    found = {
        city.code: _add_active_total(
            panel.names[city.code], known.get(city.code) or _figures_without_amounts(city.code, panel)
        )
        for city in panel.cities
    }
    included = [city.code for city in panel.cities_with_all_months]
    together = [city for city in included if city in XIANGNAN]
    left_out = [panel.names[city] for city in XIANGNAN if city not in together]
    note = ("不含" + "、".join(left_out) if together else NONE_ACCEPTED) if left_out else ""
    produced = computed_values.sorted_by_amount((city, found[city]["produced_to_date"]) for city in included)
    stalled = computed_values.sorted_by_amount((city, found[city]["stalled"]) for city in included)
    return {
        "province": _add_to_ledger(
            _sum_city_figures(PROVINCE, "全省", found, included, panel, panel.exclusion_note), ledger
        ),
        "xiangnan": _add_to_ledger(_sum_city_figures("xiangnan", "湘南三市", found, together, panel, note), ledger),
        "cities": {
            city: {"through": str(through[city]) if city in through else None, **_add_to_ledger(own, ledger)}
            for city, own in found.items()
        },
        "producing": [city for city, value in produced[:LEADERS] if value.amount],
        "stalled": [city for city, value in stalled if value.amount],
    }


def _figures_without_amounts(city: str, panel: PanelData) -> dict[str, Value]:
    """Return a city's project figures with missing amounts, as none of its returns of the year is accepted."""
    name = panel.names[city]
    return {
        figure: computed_values.missing_value(
            FigureKey(MEASURE, panel.month, city, (figure,)), f"{name}{title}", unit, f"{name}本年无核定数"
        )
        for figure, (title, unit) in FIGURES.items()
    }


def _add_active_total(name: str, own: dict[str, Value]) -> dict[str, Value]:
    parts = [own[figure] for figure in STANDING.values()]
    key = FigureKey(MEASURE, parts[0].key.period, parts[0].key.subject, (_ACTIVE,))
    return {**own, _ACTIVE: computed_values.total(key, f"{name}在库项目", parts, PROJECTS)}


def _sum_city_figures(
    place: str,
    name: str,
    found: Mapping[str, Mapping[str, Value]],
    members: Sequence[str],
    panel: PanelData,
    note: str,
) -> dict[str, Value]:
    titles = {**FIGURES, _ACTIVE: ("在库项目", PROJECTS)}
    return {
        figure: computed_values.total(
            FigureKey(MEASURE, panel.month, place, (figure,)),
            f"{name}{panel.month.label}底{title}",
            [found[city][figure] for city in members],
            unit,
            note=note,
        )
        for figure, (title, unit) in titles.items()
    }


def _add_to_ledger(figures: Mapping[str, Value], ledger: FigureLedger) -> dict[str, str]:
    return {name: ledger.add(value) for name, value in figures.items()}
