"""Counts how many projects have reached each stage, and how long they take from each stage to the next.

Valid steps alone prove a stage, and a later stage proves the earlier ones, as in `rules_stages.reached`. Terminated projects
have reached what they reached, and stand in no stage any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.db.models import F, QuerySet
from django.db.models.functions import Left

from hunan_trade import quantities
from projects.choices import EntryState, Stage, Status
from projects.stages.rules import ORDER

_INACTIVE = (Status.TERMINATED, Status.FINISHED)


class Grouping(models.TextChoices):
    """Fields by which the funnel of stages groups projects: city, industry or source place."""

    CITY = "city", "市州"
    INDUSTRY = "industry", "行业大类"
    SOURCE = "source", "来源地"


# The code of each group: that of a city, of a division of industry, of a source place.
_GROUP_CODES: dict[str, Any] = {
    Grouping.CITY: F("city_id"),
    Grouping.INDUSTRY: Left("industry_id", 2),
    Grouping.SOURCE: F("source_id"),
}


@dataclass(frozen=True)
class StageFigures:
    """Figures of one stage: how many projects reached it, how many are still in it, and how long it takes.

    `conversion` is what share of those at the stage before reached this one, in %. `median_days` is over the `passed`
    projects of which the days of this stage and of the next are known; it says nothing of the `standing` active ones, of
    which one stands here for `longest_days`.
    """

    stage: Stage
    reached: int
    conversion: Decimal | None
    passed: int
    median_days: Decimal | None
    standing: int
    longest_days: int | None


@dataclass(frozen=True)
class Funnel:
    """Figures of every stage for all projects, or for one group of them with the group's code."""

    code: str | None
    stages: tuple[StageFigures, ...]

    def figures(self, stage: Stage) -> StageFigures:
        return self.stages[ORDER.index(stage)]


@dataclass(frozen=True)
class Funnels:
    """The figures of every stage for all projects, and for each group of them in the order of the group codes."""

    total: Funnel
    groups: tuple[Funnel, ...]


def stage_funnels(projects: QuerySet[Any], steps: QuerySet[Any], grouping: Grouping, today: date) -> Funnels:
    """Count the projects that reached each stage, and their days in it, for all projects and for each group.

    `today` is the day until which projects stand in their stage.
    """
    chosen = projects.order_by().values_list("id", _GROUP_CODES[grouping], "intended_on", "status")
    proofs = steps.order_by().filter(state=EntryState.VALID).values_list("project_id", "stage", "effective_on")
    chosen_sql, chosen_params = chosen.query.sql_with_params()
    proofs_sql, proofs_params = proofs.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL.format(chosen=chosen_sql, proofs=proofs_sql),
            [*chosen_params, *proofs_params, list(_INACTIVE), *([today] * len(ORDER))],
        )
        found = [(bool(is_total), _funnel(code, figures)) for is_total, code, *figures in cursor.fetchall()]
    (total,) = [funnel for is_total, funnel in found if is_total]
    return Funnels(total, tuple(funnel for is_total, funnel in found if not is_total))


def percentage_without_sign(share: Decimal) -> str:
    """Format a percentage with one decimal and without the % sign."""
    return quantities.format_plain(share, 1)


def days_without_unit(days: Decimal | None) -> str | None:
    """Format a median number of days with at most one decimal, or return None for None."""
    return None if days is None else quantities.format_plain(days, 0 if days == int(days) else 1)


def _funnel(code: str | None, figures: list[Any]) -> Funnel:
    return Funnel(code, tuple(_stage_figures(figures)))


def _stage_figures(figures: list[Any]) -> Iterator[StageFigures]:
    """Yield the `StageFigures` of each stage from the values of one result row, five values for each stage."""
    before: int | None = None
    for at, stage in enumerate(ORDER):
        reached, passed, median, standing, longest = figures[at * 5 : at * 5 + 5]
        conversion = Decimal(100) * reached / before if before else None
        days = None if median is None else Decimal(str(median))
        yield StageFigures(stage, reached, conversion, passed, days, standing, longest)
        before = reached


def _columns() -> Iterator[str]:
    """Yield the SQL expressions of a project stage's five figures, for one stage after the other."""
    for at, stage in enumerate(ORDER):
        days = f"{ORDER[at + 1]} - {stage}" if at + 1 < len(ORDER) else "NULL::integer"
        yield f"count(*) FILTER (WHERE place >= {at})"
        yield f"count({days})"
        yield f"percentile_cont(0.5) WITHIN GROUP (ORDER BY {days})"
        yield f"count(*) FILTER (WHERE place = {at} AND is_active)"
        yield f"max(%s - {stage}) FILTER (WHERE place = {at} AND is_active)"


# The names of stages are our own words; each is a column with the day on which a project reached it.
_SQL = f"""
WITH chosen (id, code, intended, status) AS ({{chosen}}), proofs (project, stage, day) AS ({{proofs}}),
days AS (
    SELECT chosen.id, chosen.code, chosen.intended, chosen.status <> ALL(%s) AS is_active,
           {", ".join(f"min(day) FILTER (WHERE stage = '{stage}') AS {stage}" for stage in ORDER[1:])}
    FROM chosen LEFT JOIN proofs ON proofs.project = chosen.id
    GROUP BY chosen.id, chosen.code, chosen.intended, chosen.status
),
places AS (
    SELECT days.*, CASE {" ".join(f"WHEN {stage} IS NOT NULL THEN {at}" for at, stage in reversed([*enumerate(ORDER)][1:]))}
                   ELSE 0 END AS place
    FROM days
)
SELECT grouping(code), code, {", ".join(_columns())}
FROM places GROUP BY GROUPING SETS ((), (code)) ORDER BY 1 DESC, 2 NULLS LAST
"""
