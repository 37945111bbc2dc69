"""Tests how a project's delay is measured, against its first expected date and against today."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.choices import Stage, Status
from projects.dates import rules_slippage_and_alerts
from projects.dates.rules_slippage_and_alerts import AlertLimits, DateChange, ProjectDates
from projects.stages.rules import ORDER

INTENDED, SIGNED, LANDED, PRODUCED, OPERATING = ORDER
TODAY = date(2013, 7, 8)
DAYS = st.dates(date(2013, 1, 1), date(2014, 6, 30))


def moves(stage: Stage, *days: date | None) -> list[DateChange]:
    """Return the changes that lead an expected day through these days, the first one being the promise."""
    return [DateChange(stage, before, after, TODAY) for before, after in zip([None, *days], days, strict=False)]


LANDING = moves(LANDED, date(2013, 6, 30), date(2013, 7, 15), date(2013, 7, 30), date(2013, 8, 14))


def test_each_change_is_measured_against_the_first_promise() -> None:
    assert [(slip.promised, slip.days) for slip in rules_slippage_and_alerts.slips(LANDING)] == [
        (date(2013, 6, 30), 15),
        (date(2013, 6, 30), 30),
        (date(2013, 6, 30), 45),
    ]


def test_the_next_open_stage_says_how_late_a_project_is_then_the_last_one_reached() -> None:
    changes = [*LANDING, *moves(PRODUCED, date(2013, 12, 31), date(2014, 2, 28))]
    assert rules_slippage_and_alerts.slip_days(changes, {SIGNED: date(2013, 3, 18)}) == 45
    assert rules_slippage_and_alerts.slip_days(changes, {LANDED: date(2013, 7, 1)}) == 59
    assert rules_slippage_and_alerts.slip_days(changes, {LANDED: date(2013, 7, 1), PRODUCED: date(2013, 12, 21)}) == -10
    assert rules_slippage_and_alerts.slip_days([], {}) is None


def test_a_promise_that_was_taken_back_is_no_slip() -> None:
    changes = moves(LANDED, date(2013, 6, 30), None)
    assert rules_slippage_and_alerts.slips(changes) == () and rules_slippage_and_alerts.slip_days(changes, {}) is None
    again = [*changes, DateChange(LANDED, None, date(2013, 7, 10), TODAY)]
    assert rules_slippage_and_alerts.slip_days(again, {}) == 10


@given(st.lists(DAYS, min_size=1, max_size=6))
def test_slips_add_up_to_the_last_day_and_the_first_promise_never_moves(days: list[date]) -> None:
    changes = moves(LANDED, *days)
    found = rules_slippage_and_alerts.slips(changes)
    assert {slip.promised for slip in found} <= {days[0]}
    assert rules_slippage_and_alerts.slip_days(changes, {}) == (days[-1] - days[0]).days
    assert [slip.days for slip in found[-1:]] == [(days[-1] - days[0]).days][: len(days) - 1]


@pytest.mark.parametrize(
    ("days", "times"),
    [
        ([date(2013, 1, 31), date(2013, 2, 28), date(2013, 3, 31), date(2013, 4, 30)], 3),
        ([date(2013, 3, 1), date(2013, 4, 1), date(2013, 5, 1), date(2013, 6, 1), date(2013, 7, 1)], 4),
        ([date(2013, 3, 1), date(2013, 4, 1), date(2013, 5, 1)], 0),
        ([date(2013, 3, 1), date(2013, 4, 1), date(2013, 5, 15), date(2013, 6, 15), date(2013, 7, 15)], 0),
        ([*(date(2013, month, 1) for month in (3, 4, 5, 6)), date(2013, 6, 2), date(2013, 7, 2)], 3),
        ([date(2013, 6, 1), date(2013, 5, 1), date(2013, 4, 1), date(2013, 3, 1)], 0),
    ],
)
def test_three_moves_in_a_row_by_a_month_are_named(days: list[date], times: int) -> None:
    found = rules_slippage_and_alerts.monthly_delay_runs(moves(LANDED, *days))
    assert [len(row.days) - 1 for row in found] == ([times] if times else [])


def test_monthly_moves_are_named_in_words_and_by_stage() -> None:
    monthly = moves(PRODUCED, date(2013, 9, 30), date(2013, 10, 30), date(2013, 11, 30), date(2013, 12, 30))
    (found,) = rules_slippage_and_alerts.monthly_delay_runs([*LANDING, *monthly])
    assert found.sentence == "“投产”三次各推一个月：2013-09-30、2013-10-30、2013-11-30、2013-12-30"


def project(status: Status = Status.ACTIVE, **days: date) -> ProjectDates:
    """Return a project with these expected days by stage, of which only 签约 is reached."""
    expected = {Stage(name): on for name, on in days.items()}
    return ProjectDates(status, expected, {SIGNED: date(2013, 3, 18)}, last_contact_on=date(2013, 7, 1))


def test_a_stage_is_overdue_from_the_day_after_and_never_once_reached() -> None:
    """Late but reached is not overdue (traps P6)."""
    assert rules_slippage_and_alerts.first_overdue_stage(project(landed=TODAY), TODAY) is None
    assert rules_slippage_and_alerts.first_overdue_stage(project(landed=TODAY - timedelta(1)), TODAY) == (LANDED, 1)
    assert rules_slippage_and_alerts.first_overdue_stage(project(signed=date(2013, 1, 1)), TODAY) is None
    assert rules_slippage_and_alerts.first_overdue_stage(
        project(produced=date(2013, 6, 1), landed=date(2013, 6, 30)), TODAY
    ) == (LANDED, 8)


@given(st.sampled_from(Status), st.dictionaries(st.sampled_from(ORDER), DAYS), st.sets(st.sampled_from(ORDER)), DAYS)
def test_a_project_is_overdue_exactly_where_an_open_stage_has_passed(
    status: Status, expected: dict[Stage, date], reached: set[Stage], day: date
) -> None:
    """The one function for lists, alerts and counts (traps P6)."""
    found = rules_slippage_and_alerts.first_overdue_stage(
        ProjectDates(status, expected, dict.fromkeys(reached, day), day), day
    )
    late = [stage for stage in ORDER if stage in expected and stage not in reached and expected[stage] < day]
    if late and status not in (Status.TERMINATED, Status.FINISHED):
        assert found == (late[0], (day - expected[late[0]]).days)
    else:
        assert found is None


def test_a_project_needs_attention_after_30_days_without_contact() -> None:
    silent = replace(project(), last_contact_on=TODAY - timedelta(30))
    assert [
        (alert.code, alert.sentence) for alert in rules_slippage_and_alerts.alerts(silent, TODAY, AlertLimits())
    ] == [("no_contact", "30 天没有联系，上次 2013-06-08")]
    assert rules_slippage_and_alerts.alerts(silent, TODAY - timedelta(1), AlertLimits()) == ()
    assert rules_slippage_and_alerts.alerts(replace(silent, status=Status.FINISHED), TODAY, AlertLimits()) == ()
    assert len(rules_slippage_and_alerts.alerts(silent, TODAY - timedelta(1), AlertLimits(no_contact_days=29))) == 1


@pytest.mark.parametrize(
    ("left", "sentence"),
    [
        (-1, "“落地”预计 2013-07-07，已过 1 天"),
        (0, "“落地”预计 2013-07-08，就是今天"),
        (14, "“落地”预计 2013-07-22，还有 14 天"),
        (15, None),
    ],
)
def test_an_expected_day_needs_attention_within_14_days_and_once_it_is_past(left: int, sentence: str | None) -> None:
    found = rules_slippage_and_alerts.alerts(
        project(landed=TODAY + timedelta(left), signed=TODAY), TODAY, AlertLimits()
    )
    assert [alert.sentence for alert in found] == ([sentence] if sentence else [])
