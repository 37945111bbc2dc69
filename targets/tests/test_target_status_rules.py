"""Tests how targets are judged as late, slow or on schedule."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hunan_trade.indicators.computed_values import USD, Derivation, FigureKey, Value
from hunan_trade.periods import Month
from targets import rules_target_status
from targets.rules_target_status import Light

MAY = Month(2013, 5)
AMOUNTS = st.decimals(min_value=0, max_value=10**11, places=2)
GOALS = st.decimals(min_value=1, max_value=10**11, places=2)
MONTHS = st.integers(1, 12).map(lambda number: Month(2013, number))
ORDER = [Light.BAD, Light.WARN, Light.OK]


def value_of(amount: Decimal | int | str | None) -> Value:
    """Return an indicator value with this amount."""
    return Value(FigureKey("a", MAY), "某数", None if amount is None else Decimal(amount), USD, Derivation.SUM)


def test_progress_behind_the_expected_percent_is_slow_with_the_gap_in_words() -> None:
    progress = rules_target_status.year_progress(value_of(2_868_000_000), value_of(7_500_000_000), MAY)
    assert rules_target_status.gap_verdict(progress.gap.amount) == rules_target_status.Verdict(
        Light.WARN, "偏慢，低 3.4 个百分点"
    )
    assert progress.needed_per_month == Decimal(4_632_000_000) / 7


@pytest.mark.parametrize(
    ("gap", "light", "words"),
    [
        ("0.5", Light.OK, "正常，高 0.5 个百分点"),
        ("0", Light.OK, "正常，与序时持平"),
        ("-0.04", Light.OK, "正常，与序时持平"),
        ("-0.05", Light.WARN, "偏慢，低 0.1 个百分点"),
        ("-8", Light.WARN, "偏慢，低 8.0 个百分点"),
        ("-8.05", Light.BAD, "滞后，低 8.1 个百分点"),
    ],
)
def test_the_light_depends_on_the_gap_as_printed(gap: str, light: Light, words: str) -> None:
    assert rules_target_status.gap_verdict(Decimal(gap)) == rules_target_status.Verdict(light, words)


def test_without_a_figure_there_is_no_verdict() -> None:
    progress = rules_target_status.year_progress(value_of(None), value_of(10), MAY)
    assert (progress.verdict.light, progress.gap.amount, progress.needed_per_month) == (Light.OFF, None, None)


@given(GOALS, MONTHS)
def test_progress_equal_to_the_expected_percent_is_normal(goal: Decimal, month: Month) -> None:
    assert (
        rules_target_status.year_progress(value_of(goal * month.month / 12), value_of(goal), month).verdict.light
        == Light.OK
    )


@given(AMOUNTS, AMOUNTS, GOALS, MONTHS)
def test_a_larger_amount_never_gets_a_worse_light(one: Decimal, other: Decimal, goal: Decimal, month: Month) -> None:
    less, more = sorted((one, other))
    worse, better = (
        rules_target_status.year_progress(value_of(amount), value_of(goal), month).verdict.light
        for amount in (less, more)
    )
    assert ORDER.index(worse) <= ORDER.index(better)


@given(AMOUNTS, GOALS, MONTHS)
def test_the_amount_needed_per_month_reaches_the_goal_by_december(actual: Decimal, goal: Decimal, month: Month) -> None:
    rate = rules_target_status.needed_per_month(actual, goal, month)
    if rate is None:
        assert month.month == 12 or actual >= goal
    else:
        assert abs(actual + rate * (12 - month.month) - goal) < Decimal("0.01")


@pytest.mark.parametrize(
    ("actual", "words"),
    [
        (0, "滞后，低 41.7 个百分点"),
        (1, "正常，高 8.3 个百分点"),
        (2, "正常，已过底线"),
        (3, "正常，已到力争数"),
        (4, "正常，已到力争数"),
    ],
)
def test_a_range_is_judged_by_its_floor_and_by_its_stretch_goal(actual: int, words: str) -> None:
    assert rules_target_status.range_progress(value_of(actual), value_of(2), Decimal(3), MAY).verdict.words == words


@pytest.mark.parametrize(
    ("change", "rising", "light", "words"),
    [
        ("2.51", True, Light.OK, "正常，高 2.5 个百分点"),
        ("0.04", True, Light.WARN, "偏慢，持平"),
        ("-0.3", True, Light.BAD, "滞后，低 0.3 个百分点"),
        ("-0.3", False, Light.OK, "正常，低 0.3 个百分点"),
        (None, True, Light.OFF, "未到数"),
    ],
)
def test_a_direction_target_is_judged_by_the_sign_of_the_change(
    change: str | None, rising: bool, light: Light, words: str
) -> None:
    moved = None if change is None else Decimal(change)
    assert rules_target_status.direction_verdict(
        moved, rising=rising, unit="个百分点", places=1
    ) == rules_target_status.Verdict(light, words)


@pytest.mark.parametrize(
    ("today", "light", "words"),
    [
        (date(2013, 7, 8), Light.OFF, "未到期，余 115 天"),
        (date(2013, 9, 30), Light.OFF, "未到期，余 31 天"),
        (date(2013, 10, 1), Light.WARN, "临期，余 30 天"),
        (date(2013, 10, 31), Light.WARN, "临期，余 0 天"),
        (date(2013, 11, 1), Light.BAD, "逾期 1 天"),
    ],
)
def test_an_open_milestone_is_judged_by_the_days_to_its_date(today: date, light: Light, words: str) -> None:
    assert rules_target_status.milestone_verdict(date(2013, 10, 31), None, today) == rules_target_status.Verdict(
        light, words
    )


@given(st.integers(-400, 400))
def test_a_reached_milestone_is_judged_by_the_day_it_was_reached(days: int) -> None:
    due = date(2013, 10, 31)
    verdict = rules_target_status.milestone_verdict(due, due + timedelta(days), due + timedelta(1000))
    assert verdict.light == (Light.WARN if days > 0 else Light.OK)


@pytest.mark.parametrize(
    ("listed", "light", "words"), [(6, Light.OK, "已列齐"), (0, Light.OFF, "待补 6"), (7, Light.WARN, "多列 1")]
)
def test_a_roster_is_judged_by_the_number_of_names_required(listed: int, light: Light, words: str) -> None:
    assert rules_target_status.roster_verdict(listed, 6) == rules_target_status.Verdict(light, words)


@pytest.mark.parametrize(("amount", "text"), [("75.00", "75"), ("3000", "3,000"), ("2.50", "2.5"), (None, "—")])
def test_numbers_are_formatted_without_needless_zeros(amount: str | None, text: str) -> None:
    assert rules_target_status.format_without_trailing_zeros(None if amount is None else Decimal(amount)) == text
