"""Tests the rules by which projects may join a batch of Xiangnan, and on which days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from projects.batches.rules_joining import (
    FIRST_THRESHOLD,
    EntryThreshold,
    Investment,
    joining_date_error,
    leaving_date_error,
    low_investment_error,
    lowest_threshold,
    threshold_on,
)
from projects.choices import ProjectClass

TODAY = date(2013, 6, 28)
RATE = Decimal("6.25")


def fault(
    usd: int | None, cny: int | None, rate: Decimal | None, project_class: ProjectClass = ProjectClass.INDUSTRY
) -> str | None:
    dollars, yuan = (None if amount is None else Decimal(amount) for amount in (usd, cny))
    return low_investment_error(project_class, Investment(dollars, yuan, rate), FIRST_THRESHOLD, 2013)


@pytest.mark.parametrize(
    ("usd", "cny", "rate"),
    [
        (50_000_000, None, None),
        (None, 312_500_000, RATE),  # exactly 5000 万美元
        (49_000_000, 6_250_000, RATE),
    ],
)
def test_an_industrial_project_of_50_million_dollars_or_as_many_yuan_may_join(
    usd: int | None, cny: int | None, rate: Decimal | None
) -> None:
    assert fault(usd, cny, rate) is None


@pytest.mark.parametrize(
    ("usd", "cny", "rate", "words"),
    [
        (49_999_999, None, None, "这一项 4,999.9999 万美元"),
        (None, 312_499_999, RATE, "这一项折合 4,999.999984 万美元"),
        (None, 900_000_000, None, "2013年汇率还没有定"),
        (None, None, RATE, "还没有填总投资"),
        (0, None, RATE, "还没有填总投资"),
    ],
)
def test_a_smaller_industrial_project_is_refused_with_the_reason(
    usd: int | None, cny: int | None, rate: Decimal | None, words: str
) -> None:
    assert words in str(fault(usd, cny, rate))


@pytest.mark.parametrize("project_class", [ProjectClass.INFRASTRUCTURE, ProjectClass.PLATFORM])
def test_infrastructure_and_platforms_are_bound_by_no_amount(project_class: ProjectClass) -> None:
    assert fault(None, None, None, project_class) is None


def test_a_threshold_holds_from_its_day_until_the_next_one_and_the_last_decision_of_a_day_counts() -> None:
    higher, lower, corrected = (
        EntryThreshold(Decimal(least), day)
        for least, day in ((60, date(2013, 7, 1)), (40, date(2014, 1, 1)), (70, date(2013, 7, 1)))
    )
    decided = [higher, lower, corrected]
    days = (date(2013, 6, 30), date(2013, 7, 1), date(2013, 12, 31), date(2014, 1, 1))
    assert [threshold_on(day, decided) for day in days] == [FIRST_THRESHOLD, corrected, corrected, lower]
    assert lowest_threshold(date(2014, 3, 1), decided) == lower
    assert lowest_threshold(date(2013, 12, 31), decided) == corrected
    assert lowest_threshold(date(2013, 1, 1), decided) == FIRST_THRESHOLD


@pytest.mark.parametrize(
    ("joined_on", "words"),
    [
        (date(2013, 6, 29), "还没有到"),
        (date(2013, 1, 31), "早于这一批的启动日期 2013-02-01"),
        (date(2013, 2, 3), "早于项目的意向日期 2013-02-04"),
        (date(2013, 3, 9), "2013-03-10 才退出上一批"),
    ],
)
def test_a_project_cannot_join_before_batch_project_and_its_last_batch_allow(joined_on: date, words: str) -> None:
    days = {"opened_on": date(2013, 2, 1), "intended_on": date(2013, 2, 4), "last_left_on": date(2013, 3, 10)}
    assert words in str(joining_date_error(joined_on, today=TODAY, **days))
    assert joining_date_error(date(2013, 3, 10), today=TODAY, **days) is None


def test_a_project_leaves_between_the_day_of_joining_and_today() -> None:
    joined_on = date(2013, 3, 10)
    assert "早于列入日期" in str(leaving_date_error(date(2013, 3, 9), joined_on=joined_on, today=TODAY))
    assert "还没有到" in str(leaving_date_error(date(2013, 6, 29), joined_on=joined_on, today=TODAY))
    assert leaving_date_error(joined_on, joined_on=joined_on, today=TODAY) is None
