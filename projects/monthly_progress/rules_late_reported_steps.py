"""Describes what the register knows of a project when a monthly return is filled in, and finds its late steps.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from hunan_trade.periods import Month
from projects.choices import EntryState, Stage, Status
from projects.dates import rules_slippage_and_alerts as rules_dates
from projects.stages import rules as rules_stages
from projects.stages.rules import Entry

CURRENT_LINE = "当月"
LATE_LINES = {Stage.SIGNED: "补报签约", Stage.PRODUCED: "补报投产"}  # the stages that a return makes valid
ZERO = Decimal(0)


@dataclass(frozen=True)
class AcceptedMonth:
    """A project's stage, expected date and paid-in capital in one month, from an accepted return."""

    stage: Stage
    expected_produced_on: date | None
    paid_in_cny: Decimal
    paid_in_usd: Decimal


@dataclass(frozen=True)
class ProjectSnapshot:
    """A project as the register and earlier accepted returns describe it, for one monthly return."""

    pk: int
    code: str
    name: str
    status: Status
    contracted_cny: Decimal | None  # with the increases so far
    contracted_usd: Decimal | None
    expected: Mapping[Stage, date]
    steps: Sequence[Entry]  # from its intention on
    months: Mapping[Month, AcceptedMonth] = field(default_factory=dict)
    paid_before: tuple[Decimal, Decimal] = (ZERO, ZERO)  # yuan and dollars in all months before the return's

    @property
    def is_closed(self) -> bool:
        return self.status in rules_dates.CLOSED

    def stages_reached_by(self, month: Month) -> dict[Stage, Entry]:
        """Return each stage reached by the end of `month`, accepted or not, with the step that proves it."""
        return rules_stages.stages_reached(
            (step for step in self.steps if step.effective_on <= month.last), unaccepted=True
        )

    def last_stage_step(self, month: Month) -> Entry:
        """Return the step that proves the latest stage that the project reached by the end of `month`."""
        return list(self.stages_reached_by(month).values())[-1]


@dataclass(frozen=True)
class EarlierReturn:
    """A city's return of an earlier month, with the time when it was closed and whether it was ever accepted."""

    is_accepted: bool
    locks_at: datetime

    def has_missed(self, entered_at: datetime) -> bool:
        """Return whether a stage step entered at `entered_at` came too late for this monthly return."""
        return self.is_accepted or self.locks_at < entered_at


def is_reported_late(step: Entry, entered_at: datetime, month: Month, returns: Mapping[Month, EarlierReturn]) -> bool:
    """Return whether an earlier month's stage step must be reported late (补报) in the city's return of `month`.

    `returns` are the city's earlier returns that have the sheet; a month without one has nobody to take up its steps.
    """
    if step.state != EntryState.UNACCEPTED or step.stage not in LATE_LINES or step.effective_on >= month.first:
        return False
    effective = Month.of(step.effective_on)
    return all(earlier.has_missed(entered_at) for at, earlier in returns.items() if effective <= at and at < month)
