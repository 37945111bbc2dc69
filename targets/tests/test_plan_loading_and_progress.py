"""Tests the actions on plans, such as loading a plan and recording progress."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from hunan_trade import clock
from hunan_trade.audit.models import Event
from hunan_trade.workflow import MoveRefused
from targets import actions, actions_rosters
from targets.models import Roster, Target, TaskState, WorkPlan
from targets.tests.plan_and_user_factories import SETUP, create_user, load_regions_and_plan

pytestmark = pytest.mark.django_db


def amended_plan_data() -> dict[str, Any]:
    """Return the data of the plan of 2013 with one summary changed."""
    data: dict[str, Any] = json.loads(actions.PLAN_2013.read_text(encoding="utf-8"))
    data["items"][27]["summary"] = "另行修订"
    return data


def test_loading_the_same_plan_again_writes_nothing() -> None:
    plan = load_regions_and_plan()
    events = Event.objects.count()
    assert actions.load_plan_2013(by=SETUP) == plan
    assert Event.objects.count() == events


def test_loading_stores_all_items_sections_targets_and_rosters() -> None:
    plan = load_regions_and_plan()
    assert (plan.items.count(), plan.sections.count(), plan.targets.count(), plan.rosters.count()) == (28, 10, 24, 10)
    assert TaskState.objects.filter(item__plan=plan).count() == 18 + 7 * 3  # seven tasks of the three cities
    assert Event.objects.filter(verb="plan.loaded", object_id=str(plan.pk)).exists()


def test_an_amended_plan_is_a_new_version_and_keeps_recorded_progress() -> None:
    plan, officer = load_regions_and_plan(), create_user()
    task = TaskState.objects.get(item__plan=plan, item__number=24)
    actions.record_task_state(task=task, state="under_way", text="办法已起草", reason="", seen=1, by=officer)
    target = Target.objects.get(plan=plan, code="taiwan_meeting")
    actions.record_milestone_reached(target=target, on=date(2013, 2, 25), seen=1, by=officer)
    actions_rosters.add_roster_names(
        roster=Roster.objects.get(plan=plan, code="demo_zones"), names=["甲园"], seen=1, by=officer
    )

    newer = actions.load_plan(amended_plan_data(), by=SETUP)

    assert (newer.version, WorkPlan.objects.current(2013)) == (2, newer)
    assert plan.items.get(number=28).summary != "另行修订"
    assert TaskState.objects.get(item__plan=newer, item__number=24).text == "办法已起草"
    assert Target.objects.get(plan=newer, code="taiwan_meeting").reached_on == date(2013, 2, 25)
    assert [entry.name for entry in Roster.objects.get(plan=newer, code="demo_zones").entries.all()] == ["甲园"]


def test_a_plan_with_a_gap_in_its_item_numbers_is_refused_and_not_stored() -> None:
    load_regions_and_plan()
    data = amended_plan_data()
    del data["items"][3]
    with pytest.raises(actions.PlanRefused):
        actions.load_plan(data, by=SETUP)
    assert WorkPlan.objects.count() == 1


def test_a_delayed_task_without_a_reason_is_refused() -> None:
    task = TaskState.objects.filter(item__plan=load_regions_and_plan()).earliest("pk")
    with pytest.raises(MoveRefused, match="要写原因"):
        actions.record_task_state(task=task, state="delayed", text="", reason=" ", seen=1, by=create_user())
    task.refresh_from_db()
    assert task.state == "not_started"


def test_the_database_refuses_a_delayed_task_without_a_reason() -> None:
    load_regions_and_plan()
    with pytest.raises(IntegrityError), transaction.atomic():
        TaskState.objects.update(state="delayed")


def test_a_changed_task_state_is_logged_with_its_earlier_state() -> None:
    task, officer = (
        TaskState.objects.filter(item__plan=load_regions_and_plan(), region_id="431000").earliest("pk"),
        create_user(),
    )
    actions.record_task_state(task=task, state="delayed", text="", reason="等规划批复", seen=1, by=officer)
    event = Event.objects.get(verb="task.reported")
    assert event.before and event.after
    assert (event.before["state"], event.after["state"], event.region) == ("not_started", "delayed", "431000")
    assert (event.actor_id, event.reason) == (officer.pk, "等规划批复")


def test_a_milestone_date_in_the_future_is_refused() -> None:
    target = Target.objects.get(plan=load_regions_and_plan(), code="hengyang_bonded_zone")
    with clock.frozen_at(clock.at(date(2013, 7, 8))), pytest.raises(MoveRefused, match="不能晚于今天"):
        actions.record_milestone_reached(target=target, on=date(2013, 7, 9), seen=1, by=create_user())


def test_a_name_already_on_the_roster_is_not_added_again() -> None:
    roster, officer = Roster.objects.get(plan=load_regions_and_plan(), code="core_enterprises"), create_user()
    assert (
        actions_rosters.add_roster_names(roster=roster, names=["富士康", " 甲公司", "甲公司", ""], seen=1, by=officer)
        == 1
    )
    assert [entry.name for entry in roster.entries.all()] == ["富士康", "蓝思科技", "欧姆龙", "甲公司"]
    with pytest.raises(MoveRefused, match="没有新的名称"):
        actions_rosters.add_roster_names(roster=roster, names=["甲公司"], seen=2, by=officer)


def test_the_database_refuses_a_target_without_the_fields_of_its_shape() -> None:
    plan = load_regions_and_plan()
    for code, field in (("processing_trade", "base"), ("fortune_500", "stretch"), ("hengyang_bonded_zone", "due_on")):
        with pytest.raises(IntegrityError), transaction.atomic():
            Target.objects.filter(plan=plan, code=code).update(**{field: None})
