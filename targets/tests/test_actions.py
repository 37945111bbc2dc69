"""Tests loading the plan and recording progress on it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from hunan_trade import clock
from hunan_trade.audit.models import Event
from hunan_trade.workflow import MoveRefused
from targets import actions
from targets.models import Roster, Target, TaskState, WorkPlan
from targets.tests.factories import SETUP, loaded_plan, user

pytestmark = pytest.mark.django_db


def amended() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(actions.PLAN_2013.read_text(encoding="utf-8"))
    data["items"][27]["summary"] = "另行修订"
    return data


def test_loading_the_same_plan_again_writes_nothing() -> None:
    plan = loaded_plan()
    events = Event.objects.count()
    assert actions.load_2013(by=SETUP) == plan
    assert Event.objects.count() == events


def test_the_plan_is_loaded_whole() -> None:
    plan = loaded_plan()
    assert (plan.items.count(), plan.sections.count(), plan.targets.count(), plan.rosters.count()) == (28, 10, 24, 10)
    assert TaskState.objects.filter(item__plan=plan).count() == 18 + 7 * 3  # seven tasks of the three cities
    assert Event.objects.filter(verb="plan.loaded", object_id=str(plan.pk)).exists()


def test_an_amended_plan_is_a_new_version_and_keeps_what_was_recorded() -> None:
    plan, officer = loaded_plan(), user()
    task = TaskState.objects.get(item__plan=plan, item__number=24)
    actions.report_state(task=task, state="under_way", text="办法已起草", reason="", seen=1, by=officer)
    target = Target.objects.get(plan=plan, code="taiwan_meeting")
    actions.reach_milestone(target=target, on=date(2013, 2, 25), seen=1, by=officer)
    actions.add_roster_names(
        roster=Roster.objects.get(plan=plan, code="demo_zones"), names=["甲园"], seen=1, by=officer
    )

    newer = actions.load_plan(amended(), by=SETUP)

    assert (newer.version, WorkPlan.objects.current(2013)) == (2, newer)
    assert plan.items.get(number=28).summary != "另行修订"
    assert TaskState.objects.get(item__plan=newer, item__number=24).text == "办法已起草"
    assert Target.objects.get(plan=newer, code="taiwan_meeting").reached_on == date(2013, 2, 25)
    assert [entry.name for entry in Roster.objects.get(plan=newer, code="demo_zones").entries.all()] == ["甲园"]


def test_facts_with_a_gap_in_the_numbering_are_refused_and_leave_nothing() -> None:
    loaded_plan()
    data = amended()
    del data["items"][3]
    with pytest.raises(actions.PlanRefused):
        actions.load_plan(data, by=SETUP)
    assert WorkPlan.objects.count() == 1


def test_a_delayed_task_says_why() -> None:
    task = TaskState.objects.filter(item__plan=loaded_plan()).earliest("pk")
    with pytest.raises(MoveRefused, match="要写原因"):
        actions.report_state(task=task, state="delayed", text="", reason=" ", seen=1, by=user())
    task.refresh_from_db()
    assert task.state == "not_started"


def test_the_database_asks_for_the_reason_too() -> None:
    loaded_plan()
    with pytest.raises(IntegrityError), transaction.atomic():
        TaskState.objects.update(state="delayed")


def test_what_a_task_was_is_in_the_log() -> None:
    task, officer = TaskState.objects.filter(item__plan=loaded_plan(), region_id="431000").earliest("pk"), user()
    actions.report_state(task=task, state="delayed", text="", reason="等规划批复", seen=1, by=officer)
    event = Event.objects.get(verb="task.reported")
    assert event.before and event.after
    assert (event.before["state"], event.after["state"], event.region) == ("not_started", "delayed", "431000")
    assert (event.actor_id, event.reason) == (officer.pk, "等规划批复")


def test_a_milestone_is_not_reached_tomorrow() -> None:
    target = Target.objects.get(plan=loaded_plan(), code="hengyang_bonded_zone")
    with clock.frozen_at(clock.at(date(2013, 7, 8))), pytest.raises(MoveRefused, match="不能晚于今天"):
        actions.reach_milestone(target=target, on=date(2013, 7, 9), seen=1, by=user())


def test_a_name_is_listed_once() -> None:
    roster, officer = Roster.objects.get(plan=loaded_plan(), code="core_enterprises"), user()
    assert actions.add_roster_names(roster=roster, names=["富士康", " 甲公司", "甲公司", ""], seen=1, by=officer) == 1
    assert [entry.name for entry in roster.entries.all()] == ["富士康", "蓝思科技", "欧姆龙", "甲公司"]
    with pytest.raises(MoveRefused, match="没有新的名称"):
        actions.add_roster_names(roster=roster, names=["甲公司"], seen=2, by=officer)


def test_a_target_without_what_its_shape_needs_is_refused_by_the_table() -> None:
    plan = loaded_plan()
    for code, field in (("processing_trade", "base"), ("fortune_500", "stretch"), ("hengyang_bonded_zone", "due_on")):
        with pytest.raises(IntegrityError), transaction.atomic():
            Target.objects.filter(plan=plan, code=code).update(**{field: None})
