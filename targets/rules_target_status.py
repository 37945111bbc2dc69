"""Pure functions that judge whether a target is late, slow or on schedule.

A light is decided on the number as it is printed beside it (halves up), so that the two never contradict each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from hunan_trade.indicators import computed_values
from hunan_trade.indicators.computed_values import POINTS, Value
from hunan_trade.periods import Month
from hunan_trade.quantities import YI, format_plain, format_with_commas, rounded

MONTHS = 12


class Light(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    OFF = "off"


@dataclass(frozen=True)
class Measure:
    """A unit such as 亿美元 in which pages print targets, with its scale and number of decimal places.

    An indicator's amount is divided by `scale`.
    """

    word: str
    scale: Decimal = Decimal(1)
    places: int = 0

    def format_number(self, amount: Decimal | None) -> str:
        """Format an amount in this unit but without the unit's name, such as 75.00 for 75 亿美元; format None as —."""
        return format_with_commas(None if amount is None else amount / self.scale, self.places)


MEASURES: Mapping[str, Measure] = {
    "usd_100m": Measure("亿美元", YI, 2),
    "percent": Measure("%", places=1),
    "project": Measure("个"),
    "enterprise": Measure("家"),
    "place": Measure("个"),
    "policy": Measure("条"),
    "event": Measure("项"),
    "register": Measure("个"),
    "booth": Measure("个"),
    "day": Measure("天"),
}


def format_without_trailing_zeros(amount: Decimal | None) -> str:
    """Format a number without needless zeros, such as 3,000 or 2.5; format None as —."""
    if amount is None:
        return format_with_commas(None)
    exponent = amount.normalize().as_tuple().exponent
    return format_with_commas(amount, max(0, -exponent) if isinstance(exponent, int) else 0)


@dataclass(frozen=True)
class Thresholds:
    """Limits below which a target counts as slow or late, and from which a milestone counts as close to its due day.

    The plan's page prints these limits.
    """

    slow_below: Decimal = Decimal(0)  # gap in 个百分点
    late_below: Decimal = Decimal(-8)
    near_days: int = 30  # a milestone this close is watched


PUBLISHED = Thresholds()


@dataclass(frozen=True)
class Verdict:
    """A judgement of a target: a traffic light colour and the words beside the light."""

    light: Light
    words: str


@dataclass(frozen=True)
class YearProgress:
    """How far an amount or count has come towards its yearly goal by the end of a month."""

    completion: Value  # % of the year's goal
    expected_percent: Value  # % expected by now: months ÷ 12
    gap: Value  # completion − path, 个百分点
    needed_per_month: Decimal | None  # needed in each remaining month; None in December, once met, or without a figure
    verdict: Verdict


def year_progress(actual: Value, goal: Value, month: Month) -> YearProgress:
    """Return how far an amount or count has come towards its yearly goal by the end of `month`.

    Both `actual` and `goal` are in the same unit.
    """
    key = goal.key.with_period(month)
    completion = computed_values.ratio(key.with_steps("completion"), f"{goal.label}完成", actual, goal)
    expected_percent = computed_values.elapsed_percent_of_year(month)
    gap = computed_values.difference(
        key.with_steps("gap"), f"{goal.label}与序时进度差", completion, expected_percent, POINTS
    )
    return YearProgress(
        completion, expected_percent, gap, needed_per_month(actual.amount, goal.amount, month), gap_verdict(gap.amount)
    )


def needed_per_month(actual: Decimal | None, goal: Decimal | None, month: Month) -> Decimal | None:
    """Return the amount needed in each remaining month to reach the year's goal, or None if none is needed or known.

    Returns None in December, once the goal is met, or without figures.
    """
    remaining = MONTHS - month.month
    if actual is None or goal is None or not remaining or actual >= goal:
        return None
    return (goal - actual) / remaining


def gap_verdict(gap: Decimal | None, thresholds: Thresholds = PUBLISHED) -> Verdict:
    """Return the verdict on how far a target is behind or ahead of schedule, such as 偏慢，低 3.4 个百分点."""
    if gap is None:
        return Verdict(Light.OFF, "未到数")
    printed = rounded(gap, 1)
    if printed >= thresholds.slow_below:
        return Verdict(Light.OK, f"正常，高 {format_plain(printed, 1)} 个百分点" if printed else "正常，与序时持平")
    light, word = (Light.WARN, "偏慢") if printed >= thresholds.late_below else (Light.BAD, "滞后")
    return Verdict(light, f"{word}，低 {format_plain(abs(printed), 1)} 个百分点")


def range_progress(actual: Value, floor: Value, stretch: Decimal, month: Month) -> YearProgress:
    """Return the progress towards a yearly goal that has a lower limit (底线) and a stretch goal (力争).

    The light follows the lower limit, the words mention the stretch goal.
    """
    result = year_progress(actual, floor, month)
    if actual.amount is None or floor.amount is None or actual.amount < floor.amount:
        return result
    return replace(
        result, verdict=Verdict(Light.OK, "正常，已到力争数" if actual.amount >= stretch else "正常，已过底线")
    )


def direction_verdict(change: Decimal | None, *, rising: bool, unit: str, places: int) -> Verdict:
    """Return the verdict on the change of a figure that should rise, or should fall if `rising` is false.

    No change gives the light WARN.
    """
    if change is None:
        return Verdict(Light.OFF, "未到数")
    printed = rounded(change, places)
    if printed == 0:
        return Verdict(Light.WARN, "偏慢，持平")
    good = (printed > 0) == rising
    moved = f"{'高' if printed > 0 else '低'} {format_with_commas(abs(printed), places)} {unit}"
    return Verdict(Light.OK if good else Light.BAD, f"{'正常' if good else '滞后'}，{moved}")


def milestone_verdict(
    due_on: date, reached_on: date | None, today: date, thresholds: Thresholds = PUBLISHED
) -> Verdict:
    """Return the verdict on a milestone, given its due day, the day it was reached and today."""
    if reached_on is not None:
        late = (reached_on - due_on).days
        return Verdict(Light.WARN, f"已达成，晚 {late} 天") if late > 0 else Verdict(Light.OK, "正常，按期达成")
    left = (due_on - today).days
    if left < 0:
        return Verdict(Light.BAD, f"逾期 {-left} 天")
    if left <= thresholds.near_days:
        return Verdict(Light.WARN, f"临期，余 {left} 天")
    return Verdict(Light.OFF, f"未到期，余 {left} 天")


def roster_verdict(listed: int, required: int) -> Verdict:
    """Return the verdict on a roster from the numbers of listed and required names, such as 待补 3."""
    if listed == required:
        return Verdict(Light.OK, "已列齐")
    if listed > required:
        return Verdict(Light.WARN, f"多列 {listed - required}")
    return Verdict(Light.OFF, f"待补 {required - listed}")


def state_needs_reason(state: str) -> bool:
    """Return whether users must give a reason for the task state `state`, as for delayed and dropped."""
    return state in {"delayed", "dropped"}
