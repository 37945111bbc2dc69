"""Counts the projects in the register and sums their paid-in capital by city, as known at a given moment.

All is read from the history, so what was counted at a moment can be counted again at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum

from hunan_trade.indicators.computed_values import CNY, PROJECTS, USD, Derivation, FigureKey, Unit, Value
from hunan_trade.periods import Month
from projects.choices import REGISTER_COMPLETE_FROM, EntryState, Stage, Status, VerdictCode
from projects.funnel.stage_funnel import Grouping, stage_funnels
from projects.models import ProjectHistory, ProjectMonth, StageEntryHistory

MEASURE = "projects.register"
FIRST_MONTH = Month(REGISTER_COMPLETE_FROM, 1)
STANDING: Mapping[Stage, str] = {stage: f"in_{stage}" for stage in Stage}  # the figures of the projects in each stage
# Each figure's title and unit. Those "in a month" are of the last month, those "to date" of the year up to its end.
FIGURES: Mapping[str, tuple[str, Unit]] = {
    "counted_in_month": ("项目库当月计入项目", PROJECTS),
    "counted_to_date": ("项目库本年计入项目", PROJECTS),
    **{name: (f"{stage.label}阶段在库项目", PROJECTS) for stage, name in STANDING.items()},
    "produced_in_month": ("当月投产项目", PROJECTS),
    "produced_to_date": ("本年投产项目", PROJECTS),
    "delayed": ("延期项目", PROJECTS),
    "stalled": ("停滞项目", PROJECTS),
    "paid_in_cny": ("项目本年到位内资", CNY),
    "paid_in_usd": ("项目本年到位外资", USD),
}
# Registered a second time: another record stands for the same project. Among those that are the same the verdict says so
# of those alone that would count.
_REPEATED = Q(repeats_contract=True) | Q(
    verdict__in=(VerdictCode.MERGED, VerdictCode.DUPLICATE, VerdictCode.COUNTED_ELSEWHERE)
)
_ZERO = Decimal(0)


def register_figures(
    through: Mapping[str, Month], names: Mapping[str, str], as_of: datetime
) -> dict[str, dict[str, Value]]:
    """Return project counts and capital by city and figure name, up to each city's month, as known at `as_of`.

    A step belongs to the day on which it is effective; a project's status is the one at `as_of`. `names` are the cities'.
    """
    amounts: dict[str, dict[str, Decimal]] = {}
    for month in sorted(set(through.values())):
        amounts |= _figures_by_city([city for city, last in through.items() if last == month], month, as_of)
    return {
        city: {
            name: Value(
                FigureKey(MEASURE, through[city], city, (name,)),
                f"{names[city]}{through[city].label}底{title}",
                amounts[city][name],
                unit,
                Derivation.REGISTER,
            )
            for name, (title, unit) in FIGURES.items()
        }
        for city in through
    }


def _figures_by_city(cities: Collection[str], month: Month, as_of: datetime) -> dict[str, dict[str, Decimal]]:
    projects = ProjectHistory.objects.valid_at(as_of).filter(is_deletion=False, city__in=cities)
    projects = projects.filter(intended_on__lte=month.last).exclude(_REPEATED).order_by()
    steps = StageEntryHistory.objects.valid_at(as_of).filter(
        is_deletion=False, state=EntryState.VALID, city__in=cities, effective_on__lte=month.last
    )
    produced = steps.filter(stage=Stage.PRODUCED, project_id__in=projects.values("id")).order_by()
    found: dict[str, dict[str, Decimal]] = {city: dict.fromkeys(FIGURES, _ZERO) for city in cities}
    for rows in (
        projects.values("city").annotate(
            **_month_and_year_counts("counted", "counted_on", month),
            delayed=Count("pk", filter=Q(status=Status.DELAYED)),
            stalled=Count("pk", filter=Q(status=Status.STALLED)),
        ),
        produced.values("city").annotate(**_month_and_year_counts("produced", "effective_on", month)),
        _paid_in(cities, month, as_of),
    ):
        for row in rows:
            found[row.pop("city")] |= {name: Decimal(amount) for name, amount in row.items()}
    for funnel in stage_funnels(projects, steps, Grouping.CITY, month.last).groups:
        if funnel.code:
            found[funnel.code] |= {name: Decimal(funnel.figures(stage).standing) for stage, name in STANDING.items()}
    return found


def _month_and_year_counts(name: str, field: str, month: Month) -> dict[str, Count]:
    """Return two SQL counts: rows whose date `field` is in the month, and in the year up to the month's end."""
    days = {"in_month": month.first, "to_date": month.months_to_date[0].first}
    return {
        f"{name}_{period}": Count("pk", filter=Q(**{f"{field}__range": (first, month.last)}))
        for period, first in days.items()
    }


def _paid_in(cities: Collection[str], month: Month, as_of: datetime) -> Any:
    """Return the capital paid into each city's projects from January to `month`, by returns accepted at `as_of`."""
    months = (
        ProjectMonth.objects.accepted_at(as_of)
        .filter(
            round__monthly_return__region__in=cities,
            month__range=(month.months_to_date[0].first, month.first),
        )
        .order_by()
    )
    by_city = months.values(city=F("round__monthly_return__region"))
    return by_city.annotate(paid_in_cny=Sum("paid_in_cny"), paid_in_usd=Sum("paid_in_usd"))
