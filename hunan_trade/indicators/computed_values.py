"""Computes sums, growth rates, shares and ranks as values that keep the inputs of their computation.

Pages, the API and documents show `Value`s; a report freezes them with their inputs, so that any printed figure walks
back to observations, and from there to a round and its workbook cells. The arithmetic here is all there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from hunan_trade import quantities
from hunan_trade.periods import Month


@dataclass(frozen=True)
class Unit:
    """A unit of measure, such as dollars, and whether its amounts are entered in 万 (10^4) and printed in 亿 (10^8)."""

    code: str
    name: str
    in_wan: bool = False  # entered and tabled in 万, printed in 亿

    @property
    def name_in_tables(self) -> str:
        """Return the unit's name in printed tables, such as 万美元."""
        return f"万{self.name}" if self.in_wan else self.name

    @property
    def name_in_text(self) -> str:
        """Return the unit's name in sentences, such as 亿美元."""
        return f"亿{self.name}" if self.in_wan else self.name


USD = Unit("usd", "美元", in_wan=True)
CNY = Unit("cny", "元", in_wan=True)
PROJECTS = Unit("projects", "个")
FIRMS = Unit("firms", "家")
PEOPLE = Unit("people", "人")
PERCENT = Unit("percent", "%")
POINTS = Unit("points", "个百分点")
RANK = Unit("rank", "位")
CITIES = Unit("cities", "个")
DAYS = Unit("days", "天")


class Derivation(StrEnum):
    """The way in which a value was obtained, such as observed in a return or computed as a sum."""

    OBSERVED = "observed"  # an observation, from accepted cells or another named source
    CELL = "cell"  # one accepted workbook cell, behind a figure of a single enterprise
    COUNT = "count"  # how many inputs there are
    PLAN = "plan"  # a fact of the work plan
    CALENDAR = "calendar"  # follows from the month alone
    STATE = "state"  # counted from the states of returns
    REGISTER = "register"  # counted or summed over the records of a register as it stood at a moment
    SUM = "sum"
    DIFFERENCE = "difference"  # first − second
    GROWTH = "growth"  # (first − second) ÷ second × 100
    RATIO = "ratio"  # first ÷ second × 100
    QUOTIENT = "quotient"  # first ÷ second
    RANK = "rank"  # place of the first among all inputs, largest first


@dataclass(frozen=True)
class FigureKey:
    """Identifies a figure by its measure, period, subject (such as a city) and derivation steps.

    `period` is a month, or a year for what a plan promises. `subject` is the code of a region, a group of regions or a
    target, or the id of an enterprise; "" where there is but one. `steps` are words like "ytd", "yoy", never a period.
    """

    measure: str
    period: Month | int
    subject: str = ""
    steps: tuple[str, ...] = ()

    def with_steps(self, *steps: str) -> FigureKey:
        """Return a copy of this key with more derivation steps, such as "ytd" or "yoy"."""
        return FigureKey(self.measure, self.period, self.subject, (*self.steps, *steps))

    def with_period(self, month: Month) -> FigureKey:
        """Return a copy of this key for another month."""
        return FigureKey(self.measure, month, self.subject, self.steps)

    @property
    def month(self) -> Month:
        assert isinstance(self.period, Month)
        return self.period

    @cached_property
    def text(self) -> str:
        """Return the key as a text for URLs and reports, such as projects.jobs/430100/2013-06/ytd/yoy."""
        place = f"{self.subject}/{self.period}" if self.subject else str(self.period)
        return "/".join((self.measure, place, *self.steps))


@dataclass(frozen=True)
class Value:
    """An amount with its key, label, unit and the input values from which it was computed."""

    key: FigureKey
    label: str
    amount: Decimal | None
    unit: Unit
    how: Derivation
    inputs: tuple[Value, ...] = ()
    observation: int | None = None
    note: str = ""  # why there is no amount, or what the amount leaves out

    def walk(self) -> Iterator[Value]:
        """Yield this value and all values from which it was directly or indirectly computed."""
        yield self
        for value in self.inputs:
            yield from value.walk()

    @property
    def known(self) -> bool:
        return self.amount is not None


def missing_value(key: FigureKey, label: str, unit: Unit, note: str) -> Value:
    """Return a Value without an amount, which is printed as a dash; `note` says why the amount is missing."""
    return Value(key, label, None, unit, Derivation.OBSERVED, note=note)


def value_from_plan(key: FigureKey, label: str, amount: Decimal | None, unit: Unit) -> Value:
    """Return a Value for an amount that is stated in the work plan."""
    return Value(key, label, amount, unit, Derivation.PLAN)


def total(key: FigureKey, label: str, values: Sequence[Value], unit: Unit, note: str = "") -> Value:
    """Return the sum of several values as a Value.

    Its amount is None when there are none or one is unknown.
    """
    if not values or not all(value.known for value in values):
        missing = next((value.note for value in values if not value.known), "没有可加总的数")
        return Value(key, label, None, unit, Derivation.SUM, tuple(values), note=note or missing)
    amount = sum((value.amount for value in values if value.amount is not None), Decimal(0))
    return Value(key, label, amount, unit, Derivation.SUM, tuple(values), note=note)


def difference(key: FigureKey, label: str, first: Value, second: Value, unit: Unit) -> Value:
    """Return `first` minus `second` as a Value."""
    if first.amount is None or second.amount is None:
        return Value(key, label, None, unit, Derivation.DIFFERENCE, (first, second), note=first.note or second.note)
    return Value(key, label, first.amount - second.amount, unit, Derivation.DIFFERENCE, (first, second))


def growth(key: FigureKey, label: str, now: Value, base: Value) -> Value:
    """Return the rate of change from `base` to `now` in % as a Value.

    Where the base forbids a rate, `note` holds the words to print instead.
    """
    change = quantities.growth(now.amount, base.amount)
    note = change.words if now.known and base.known else (now.note or base.note or change.words)
    return Value(key, label, change.rate, PERCENT, Derivation.GROWTH, (now, base), note=note)


def ratio(key: FigureKey, label: str, part: Value, whole: Value) -> Value:
    """Return `part` ÷ `whole` in % as a Value."""
    if part.amount is None or not whole.amount:
        return Value(
            key, label, None, PERCENT, Derivation.RATIO, (part, whole), note=part.note or whole.note or "分母为零"
        )
    return Value(key, label, quantities.percent(part.amount, whole.amount), PERCENT, Derivation.RATIO, (part, whole))


def quotient(key: FigureKey, label: str, first: Value, second: Value, unit: Unit) -> Value:
    """Return `first` ÷ `second` as a Value."""
    if first.amount is None or not second.amount:
        return Value(key, label, None, unit, Derivation.QUOTIENT, (first, second), note=first.note or second.note)
    return Value(key, label, first.amount / second.amount, unit, Derivation.QUOTIENT, (first, second))


def rank(key: FigureKey, label: str, own: Value, others: Iterable[Value]) -> Value:
    """Return the rank of `own` among the values `others`, where 1 is the largest.

    Equals share a place, and the next place is skipped.
    """
    rivals = tuple(value for value in others if value.known)
    if own.amount is None:
        return Value(key, label, None, RANK, Derivation.RANK, (own, *rivals), note=own.note)
    ahead = sum(1 for value in rivals if value.amount is not None and value.amount > own.amount)
    return Value(key, label, Decimal(ahead + 1), RANK, Derivation.RANK, (own, *rivals))


def elapsed_percent_of_year(month: Month) -> Value:
    """Return the percentage of the year that has passed at the end of a month (序时进度), such as 50 for June."""
    label = f"{month.label}序时进度"
    return Value(FigureKey("path", month), label, Decimal(month.month) / 12 * 100, PERCENT, Derivation.CALENDAR)


def sorted_by_amount(values: Iterable[tuple[str, Value]]) -> list[tuple[str, Value]]:
    """Return the (key, value) pairs sorted by amount, largest first; pairs without an amount are left out.

    Equals stay in the given order.
    """
    known = [(key, value) for key, value in values if value.amount is not None]
    return sorted(known, key=lambda pair: -(pair[1].amount or Decimal(0)))
