"""Gathers the data that decide whether projects may join a batch, such as status, investment and thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from hunan_trade import clock
from hunan_trade.indicators.queries_source_and_exchange_rate import exchange_rate_of_year
from projects.batches.models import BatchThreshold
from projects.batches.rules_joining import (
    EntryThreshold,
    Investment,
    low_investment_error,
    lowest_threshold,
    threshold_on,
)
from projects.choices import BatchState, ProjectClass, Status
from projects.models import Project


def decided_thresholds() -> list[EntryThreshold]:
    """Return the minimum investments for joining a batch that were decided, in the order of the decisions."""
    decided = BatchThreshold.objects.order_by("decided_at", "pk").values_list("least_usd", "holds_from")
    return [EntryThreshold(least, day) for least, day in decided]


@dataclass
class JoiningRequirements:
    """The minimum investment for joining a batch on a given day, and the exchange rate that converts yuan for it.

    Without a day the threshold is the lowest one so far, and a project that invests yuan has no fault: by which year's rate
    they are turned into dollars is known with the day of joining.
    """

    day: date | None = None

    @cached_property
    def threshold(self) -> EntryThreshold:
        decided = decided_thresholds()
        return threshold_on(self.day, decided) if self.day else lowest_threshold(clock.today(), decided)

    @cached_property
    def rate(self) -> Decimal | None:
        return exchange_rate_of_year(self.year)

    @property
    def year(self) -> int:
        return (self.day or clock.today()).year

    def low_investment_error(self, project: Project) -> str | None:
        """Return a Chinese message if a project invests too little to join a batch, else None."""
        if (project_class := ProjectClass(project.project_class)) != ProjectClass.INDUSTRY:
            return None
        if self.day is None and project.total_investment_cny:
            return None
        investment = Investment(project.total_investment_usd, project.total_investment_cny, self.rate)
        return low_investment_error(project_class, investment, self.threshold, self.year)


@dataclass
class Entrant:
    """A project that is to join or leave a batch, with the facts that decide whether it may."""

    project: Project
    rules: JoiningRequirements = field(repr=False)

    @property
    def batch_state(self) -> BatchState:
        return self.project.batch_state

    @property
    def is_terminated(self) -> bool:
        return self.project.status == Status.TERMINATED

    @property
    def low_investment_error(self) -> str | None:
        return self.rules.low_investment_error(self.project)


def entrants(projects: Sequence[Project]) -> list[Entrant]:
    """Return an `Entrant` for each project that is to join or leave a batch; all share one threshold and one rate."""
    rules = JoiningRequirements()
    return [Entrant(project, rules) for project in projects]
