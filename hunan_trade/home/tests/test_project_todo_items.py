"""Tests that home pages list the projects' steps, increases and terminations on which the user has to act."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.home.tests.factories import home_page_of
from projects.capital_increases.actions import decide_increase
from projects.models import Termination
from projects.stages.actions import decide_step
from projects.terminations.actions import decide_termination
from projects.tests.factories import (
    closed_year,
    proposed_increase,
    stepped_project,
    take_step,
    terminated_project,
)
from projects.waiting_entries import waiting_entries
from targets.tests.plan_and_user_factories import load_regions_and_plan

pytestmark = pytest.mark.django_db
DAY = date(2013, 3, 4)


def waiting(user: User) -> dict[str, int]:
    return {each.title: each.count for each in waiting_entries(user)}


def test_a_city_lead_and_an_officer_are_asked_to_confirm_a_termination_and_others_are_not() -> None:
    load_regions_and_plan()
    terminated_project(cast.reporter())
    lead = cast.lead()
    for user, expected in (
        (lead, 1),
        (cast.officer(), 1),
        (cast.reporter(), None),
        (cast.lead(cast.CHENZHOU), None),
    ):
        assert waiting(user).get("项目终止待确认") == expected, user
    page = home_page_of(lead)
    assert 'href="/projects/terminations/?state=awaiting_lead"' in page and "项目终止待确认" in page
    proposed = Termination.objects.get()
    decide_termination(pk=proposed.pk, name="confirm", by=lead, seen=proposed.version)
    assert "项目终止待确认" not in home_page_of(lead)


def test_an_increase_waits_for_who_may_confirm_it() -> None:
    officer, other = cast.officer(), cast.officer()
    proposed_increase(cast.reporter())
    assert "项目增资待确认" not in waiting(officer)
    proposed_increase(officer, stepped_project(cast.reporter(), "sign"))
    assert [waiting(user).get("项目增资待确认") for user in (officer, other, cast.lead())] == [None, 1, 2]


def test_a_step_in_a_closed_year_waits_for_the_province_s_lead() -> None:
    lead, officer = cast.province_lead(), cast.officer()
    made = stepped_project(cast.reporter())
    closed_year(lead, 2013)
    take_step(made, "sign", DAY, by=cast.reporter())
    title = "关账年度的项目阶段待确认"
    assert (waiting(lead).get(title), waiting(officer).get(title)) == (1, None)


def test_a_reporter_finds_what_was_given_back_until_it_is_entered_anew() -> None:
    load_regions_and_plan()
    reporter, officer = cast.reporter(), cast.officer()
    made = stepped_project(reporter, "sign", confirmed_by=officer)
    step, increase = take_step(made, "land", DAY, by=reporter), proposed_increase(reporter, made)
    assert "项目落地、营运待确认" in waiting(officer) and not waiting(reporter)
    decide_step(pk=step.pk, name="give_back", by=officer, seen=step.version, reason="缺开工照片")
    decide_increase(pk=increase.pk, name="give_back", by=cast.lead(), seen=increase.version, reason="缺补充协议")
    assert waiting(reporter) == {"项目阶段被退回": 1, "项目增资被退回": 1}
    page = home_page_of(reporter)
    assert 'href="/projects/stages/?state=given_back"' in page and "项目增资被退回" in page
    assert not waiting(cast.reporter(cast.CHENZHOU)) and not waiting(cast.lead())
    take_step(made, "land", DAY, by=reporter)
    proposed_increase(reporter, made)
    assert not waiting(reporter)


def test_what_was_given_back_long_ago_is_listed_no_more() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    step = take_step(stepped_project(reporter, "sign", confirmed_by=officer), "land", DAY, by=reporter)
    decide_step(pk=step.pk, name="give_back", by=officer, seen=step.version, reason="缺开工照片")
    with clock.frozen_at(clock.now() + timedelta(days=29)):
        assert waiting(reporter)
    with clock.frozen_at(clock.now() + timedelta(days=31)):
        assert not waiting(reporter)
