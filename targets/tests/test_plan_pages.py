"""Tests the plan's pages, such as who may read them and what they show."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from targets.models import PlanItem, Roster, Target, TaskState
from targets.tests.plan_and_user_factories import load_regions_and_plan, signed_in_client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_tables")]
READERS = [Role.PROVINCE_OFFICER, Role.PROVINCE_LEAD, Role.CITY_REPORTER, Role.CITY_LEAD]


@pytest.mark.parametrize("role", READERS)
def test_every_business_role_can_read_the_plan(role: str) -> None:
    load_regions_and_plan()
    page = signed_in_client(role).get("/plan/").content.decode()
    assert "2013年工作要点" in page
    assert "第28条" not in page and "责任考核" in page
    assert "（七）" in page and "已列 6/6" in page and "已列 0/20" in page


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SECURITY_OFFICER, Role.AUDITOR])
def test_system_roles_cannot_read_the_plan(role: str) -> None:
    load_regions_and_plan()
    assert signed_in_client(role).get("/plan/").status_code == 403
    assert not PlanItem.objects.visible_to(User.objects.get(role=role)).exists()


def test_without_any_accepted_return_the_page_does_not_list_every_city() -> None:
    load_regions_and_plan()
    page = signed_in_client(Role.PROVINCE_OFFICER).get("/plan/").content.decode()
    assert "各市州均未核定" in page and "不含长沙" not in page


def test_an_anonymous_visitor_is_redirected_to_the_login() -> None:
    assert Client().get("/plan/").status_code == 302


def test_the_page_of_a_year_without_a_plan_says_so() -> None:
    with clock.frozen_at(clock.at(date(2012, 7, 1), 9)):
        assert "没有这一年的工作要点" in signed_in_client(Role.PROVINCE_LEAD).get("/plan/").content.decode()


@pytest.mark.parametrize("month", ["2013-13", "x", "2013-09", "9999-12"])
def test_an_invalid_or_future_month_falls_back_to_the_default_month(month: str) -> None:
    load_regions_and_plan()
    page = signed_in_client(Role.PROVINCE_OFFICER).get(f"/plan/?month={month}").content.decode()
    assert "1—5月" in page


@pytest.mark.parametrize("number", range(1, 29))
def test_every_item_has_a_page(number: int) -> None:
    load_regions_and_plan()
    page = signed_in_client(Role.CITY_LEAD).get(f"/plan/2013/items/{number}/").content.decode()
    assert f"<h1>第{number}条" in page
    assert "更新进展" not in page  # a reader of a city records nothing here


def test_an_item_that_is_not_in_the_plan_answers_404() -> None:
    load_regions_and_plan()
    client = signed_in_client(Role.PROVINCE_OFFICER)
    assert [client.get(f"/plan/{path}/").status_code for path in ("2013/items/29", "2012/items/1")] == [404, 404]


def test_an_officer_can_record_progress_a_milestone_a_lead_and_roster_names() -> None:
    plan = load_regions_and_plan()
    client = signed_in_client(Role.PROVINCE_OFFICER)
    task = TaskState.objects.get(item__plan=plan, item__number=8, region_id="430400")
    target = Target.objects.get(plan=plan, code="hong_kong_week")
    roster = Roster.objects.get(plan=plan, code="demo_zones")

    client.post(f"/plan/states/{task.pk}/", {"state": "under_way", "text": "围网在建", "reason": "", "version": 1})
    client.post(f"/plan/milestones/{target.pk}/", {"reached_on": "2013-06-25", "version": 1})
    client.post(f"/plan/items/{task.item_id}/lead/", {"unit": "changsha-customs", "version": 1})
    client.post(f"/plan/rosters/{roster.pk}/", {"names": "甲园\n\n乙园", "version": 1})

    page = client.get("/plan/2013/items/8/").content.decode()
    assert "推进中" in page and "围网在建" in page and "长沙海关" in page
    target.refresh_from_db()
    assert target.reached_on == date(2013, 6, 25)
    assert "甲园、乙园" in client.get("/plan/2013/items/10/").content.decode()


def test_a_delay_without_a_reason_is_refused_with_a_message() -> None:
    plan = load_regions_and_plan()
    task = TaskState.objects.filter(item__plan=plan).earliest("pk")
    answer = signed_in_client(Role.PROVINCE_OFFICER).post(f"/plan/states/{task.pk}/", {"state": "delayed"})
    assert (answer.status_code, "写明原因" in answer.content.decode()) == (200, True)


@pytest.mark.parametrize("role", [Role.CITY_REPORTER, Role.CITY_LEAD])
def test_a_city_cannot_record_progress_on_the_plan(role: str) -> None:
    plan = load_regions_and_plan()
    client = signed_in_client(role)
    task = TaskState.objects.filter(item__plan=plan).earliest("pk")
    assert client.post(f"/plan/states/{task.pk}/", {"state": "done"}).status_code == 403
    task.refresh_from_db()
    assert task.state == "not_started"
