"""Pure functions that compare a project's expected dates with the first promised dates and with today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

from hunan_trade.periods import Month
from projects.choices import Stage, Status
from projects.stages.rules import ORDER

CLOSED = frozenset({Status.TERMINATED, Status.FINISHED})
A_MONTH = range(28, 32)  # days by which a move counts as one of a month
MONTHLY_MOVES = 3  # so many in a row are named
_DIGITS = "零一二三四五六七八九十"


EXPECTED_FIELDS: Mapping[Stage, str] = {
    Stage.SIGNED: "expected_signed_on",
    Stage.LANDED: "expected_landed_on",
    Stage.PRODUCED: "expected_produced_on",
    Stage.OPERATING: "expected_operated_on",
}
REACHED_FIELDS: Mapping[Stage, str] = {
    Stage.SIGNED: "signed_on",
    Stage.LANDED: "landed_on",
    Stage.PRODUCED: "produced_on",
    Stage.OPERATING: "operated_on",
}


@dataclass(frozen=True)
class DateChange:
    """A change of the expected date of a project stage; `before` is None when the date was first set."""

    stage: Stage
    before: date | None
    after: date | None
    changed_on: date
    reason: str = ""
    by_name: str = ""


@dataclass(frozen=True)
class Slip:
    """A change of an expected date, with the number of days from the first promised date to the new date."""

    change: DateChange
    promised: date
    days: int


@dataclass(frozen=True)
class StageDates:
    """The first promised date, the expected date and the actual date of one stage, or None for each that is missing."""

    stage: Stage
    promised: date | None
    expected: date | None
    reached: date | None

    @property
    def slip(self) -> int | None:
        """Days by which the stage is later than first promised (negative if earlier), or None if unknown."""
        now = self.reached or self.expected
        return slippage(self.promised, now) if self.promised and now else None


@dataclass(frozen=True)
class MonthlyMoves:
    """Successive changes of a stage's expected date, each of which postpones the date by one month."""

    stage: Stage
    days: tuple[date, ...]  # from the day before the first move to the day after the last

    @property
    def sentence(self) -> str:
        times = len(self.days) - 1
        count = _DIGITS[times] if times < len(_DIGITS) else str(times)
        return f"“{self.stage.label}”{count}次各推一个月：{'、'.join(map(str, self.days))}"


@dataclass(frozen=True)
class ProjectDates:
    """The expected and actual stage dates of a project, with its status and last contact."""

    status: Status
    expected: Mapping[Stage, date]
    reached: Mapping[Stage, date]
    last_contact_on: date  # the day of the intention while there was no contact
    was_contacted: bool = True

    def open_dates(self) -> Iterator[tuple[Stage, date]]:
        """Yield (stage, expected date) for each stage not yet reached; nothing for a terminated or finished project."""
        if self.status not in CLOSED:
            yield from (
                (stage, self.expected[stage]) for stage in ORDER if stage in self.expected.keys() - self.reached
            )


@dataclass(frozen=True)
class AlertLimits:
    """Numbers of days that decide when a project needs attention; the defaults hold until others are decided."""

    no_contact_days: int = 30
    expected_within_days: int = 14


@dataclass(frozen=True)
class Alert:
    code: Literal["no_contact", "expected_soon", "overdue"]
    sentence: str
    days: int


def slippage(first: date, now_or_actual: date) -> int:
    """Return the number of days from the first promised date to the expected or actual date."""
    return (now_or_actual - first).days


def first_promises(changes: Iterable[DateChange]) -> dict[Stage, date]:
    """Return the first promised date of each stage, given the changes in the order they were made."""
    found: dict[Stage, date] = {}
    for change in changes:
        if change.after is not None:
            found.setdefault(change.stage, change.after)
    return found


def slips(changes: Iterable[DateChange]) -> tuple[Slip, ...]:
    """Return each change of an expected date to a new one, with the days from the first promised date to the new."""
    every = list(changes)
    promised = first_promises(every)
    return tuple(
        Slip(change, promised[change.stage], slippage(promised[change.stage], change.after))
        for change in every
        if change.before is not None and change.after is not None
    )


def slip_days(changes: Iterable[DateChange], reached: Mapping[Stage, date]) -> int | None:
    """Return how many days later than first promised a project reaches its next stage, or None without a promise.

    The first promised stage that is still to be reached decides, else the last that was reached.
    """
    every = list(changes)
    promised = first_promises(every)
    expected = {change.stage: change.after for change in every}
    found: int | None = None
    for stage in ORDER:
        now = reached.get(stage) or expected.get(stage)
        if stage in promised and now is not None:
            found = slippage(promised[stage], now)
            if stage not in reached:
                break
    return found


def stage_dates(changes: Iterable[DateChange], reached: Mapping[Stage, date]) -> tuple[StageDates, ...]:
    """Return the promised, expected and actual dates of each stage that has any, in the order of the stages."""
    every = list(changes)
    promised = first_promises(every)
    expected = {change.stage: change.after for change in every}
    return tuple(
        StageDates(stage, promised.get(stage), expected.get(stage), reached.get(stage))
        for stage in ORDER
        if stage in promised or stage in reached
    )


def slip_by_month(
    changes: Iterable[DateChange], stage: Stage, reached: date | None, last: Month
) -> Iterator[tuple[Month, int | None]]:
    """Yield, for each month from the first promise to `last`, how many days late a stage is at the month's end.

    It ends with the month in which the stage was reached. In a month that ends without an expected day it is None.
    """
    own = [change for change in changes if change.stage == stage and (change.before or change.after)]
    promised = first_promises(own).get(stage)
    if promised is None:
        return
    month = Month.of(own[0].changed_on)
    while month <= last:
        now = [change.after for change in own if change.changed_on <= month.last][-1]
        if reached is not None and reached <= month.last:
            yield month, slippage(promised, reached)
            return
        yield month, slippage(promised, now) if now else None
        month = month.next


def monthly_delay_runs(changes: Iterable[DateChange]) -> tuple[MonthlyMoves, ...]:
    """Return, for each stage, its longest run of three or more successive delays by a month each, if it has one."""
    every = list(changes)
    rows = (
        _longest_run_of_one_month_delays(stage, [change for change in every if change.stage == stage])
        for stage in ORDER
    )
    return tuple(row for row in rows if len(row.days) > MONTHLY_MOVES)


def _longest_run_of_one_month_delays(stage: Stage, changes: list[DateChange]) -> MonthlyMoves:
    longest: tuple[date, ...] = ()
    row: tuple[date, ...] = ()
    for before, after in pairwise(change.after for change in changes):
        if before is None or after is None or slippage(before, after) not in A_MONTH:
            row = ()
            continue
        row = (*row, after) if row else (before, after)
        longest = max(longest, row, key=len)
    return MonthlyMoves(stage, longest)


def first_overdue_stage(project: ProjectDates, day: date) -> tuple[Stage, int] | None:
    """Return the first unreached stage whose expected date is before `day`, with the days since, or None.

    A stage that was reached late is not overdue, and no stage of a terminated or finished project is.
    """
    late = ((stage, slippage(expected, day)) for stage, expected in project.open_dates() if expected < day)
    return next(late, None)


def alerts(project: ProjectDates, day: date, limits: AlertLimits) -> tuple[Alert, ...]:
    """Return alerts for a project without recent contact, or with a stage expected soon or overdue."""
    if project.status in CLOSED:
        return ()
    found: list[Alert] = []
    if (silent := slippage(project.last_contact_on, day)) >= limits.no_contact_days:
        since = "上次" if project.was_contacted else "意向日期"
        found.append(Alert("no_contact", f"{silent} 天没有联系，{since} {project.last_contact_on}", silent))
    if late := first_overdue_stage(project, day):
        stage, days = late
        found.append(Alert("overdue", f"“{stage.label}”预计 {project.expected[stage]}，已过 {days} 天", days))
    for stage, expected in project.open_dates():
        if 0 <= (left := slippage(day, expected)) <= limits.expected_within_days:
            sentence = f"“{stage.label}”预计 {expected}，{f'还有 {left} 天' if left else '就是今天'}"
            found.append(Alert("expected_soon", sentence, left))
    return tuple(found)


def contact_date_error(contacted_on: date, *, intended_on: date, today: date) -> str:
    """Return a Chinese message if the day of a contact is in the future or before the project's intention, else ""."""
    if contacted_on > today:
        return f"联系日期 {contacted_on} 还没有到，填今天（{today}）或以前的日期。"
    return f"联系日期 {contacted_on} 早于意向日期 {intended_on}，核对日期。" if contacted_on < intended_on else ""
