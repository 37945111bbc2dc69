"""Tests edits that conflict with another user's edit or with a newer plan version."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.workflow import Stale
from targets import actions
from targets.models import PlanItem, Roster, RosterEntry, Target, TaskState, WorkPlan
from targets.tests.plan_and_user_factories import SETUP, load_regions_and_plan, signed_in_client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_tables")]
Typed = dict[str, str]
HIDDEN = re.compile(r'<input type="hidden" name="(version|base)" value="([^"]*)"')

# Address, row of a plan, what the first types, what the second types, and how the second's own words are found again.
FORMS: list[tuple[str, Callable[[WorkPlan], Any], Typed, Typed, str]] = [
    (
        "states",
        lambda plan: TaskState.objects.get(item__plan=plan, item__number=8, region="430400"),
        {"state": "under_way", "text": "围网在建", "reason": ""},
        {"state": "delayed", "text": "卡口未动工", "reason": "等规划批复"},
        "卡口未动工",
    ),
    (
        "items",
        lambda plan: PlanItem.objects.get(plan=plan, number=8),
        {"unit": "changsha-customs"},
        {"unit": "commerce"},
        'value="commerce" selected',
    ),
    (
        "milestones",
        lambda plan: Target.objects.get(plan=plan, code="hong_kong_week"),
        {"reached_on": "2013-06-25"},
        {"reached_on": "2013-06-24"},
        'value="2013-06-24"',
    ),
    (
        "rosters",
        lambda plan: Roster.objects.get(plan=plan, code="demo_zones"),
        {"names": "甲园\n乙园"},
        {"names": "甲园区\n丙园"},
        "甲园区",
    ),
]
by_form = pytest.mark.parametrize(("kind", "of", "first", "second", "mine"), FORMS, ids=[kind for kind, *_ in FORMS])


def form_address(kind: str, row: Any) -> str:
    """Return the URL of a row's edit form."""
    return f"/plan/{kind}/{row.pk}/{'lead/' if kind == 'items' else ''}"


def hidden_fields(client: Client, place: str) -> Typed:
    """Return the hidden fields of the edit form."""
    return dict(HIDDEN.findall(client.get(place).content.decode()))


def stored_values(row: Any) -> dict[str, Any]:
    """Return the current values of a row's editable fields."""
    row = type(row).objects.get(pk=row.pk)
    entries = (
        list(RosterEntry.objects.filter(roster=row.pk).values_list("name", flat=True))
        if isinstance(row, Roster)
        else []
    )
    fields = ("state", "text", "reason", "lead_id", "reached_on", "version")
    return {field: getattr(row, field) for field in fields if hasattr(row, field)} | {"entries": entries}


def load_amended_plan() -> WorkPlan:
    """Load a second version of the plan, with one summary changed."""
    data = json.loads(actions.PLAN_2013.read_text(encoding="utf-8"))
    data["items"][27]["summary"] = "另行修订"
    return actions.load_plan(data, by=SETUP)


@pytest.fixture
def plan_and_two_clients(db: None) -> tuple[WorkPlan, Client, Client]:
    plan = load_regions_and_plan()
    return plan, signed_in_client(Role.PROVINCE_OFFICER), signed_in_client(Role.PROVINCE_LEAD)


@by_form
def test_saving_over_a_row_changed_meanwhile_shows_both_versions(
    plan_and_two_clients: tuple[WorkPlan, Client, Client], kind: str, of: Any, first: Typed, second: Typed, mine: str
) -> None:
    plan, early, late = plan_and_two_clients
    row = of(plan)
    place = form_address(kind, row)
    shown = hidden_fields(late, place)
    assert early.post(place, hidden_fields(early, place) | first).status_code == 302
    stored = stored_values(row)

    answer = late.post(place, shown | second)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert stored_values(row) == stored, "written over unseen"
    assert mine in page, "what was typed is lost"
    assert "测试员" in page and "打开时" in page and 'class="conflict"' in page

    # The page that told of it names the row as it stands now: sent once more, it is a decision.
    again = late.post(place, dict(HIDDEN.findall(page)) | second)
    assert again.status_code == 302
    assert stored_values(row) != stored


@by_form
def test_saving_from_a_page_of_an_earlier_plan_version_shows_the_current_row_and_the_input(
    plan_and_two_clients: tuple[WorkPlan, Client, Client], kind: str, of: Any, first: Typed, second: Typed, mine: str
) -> None:
    plan, _, late = plan_and_two_clients
    old = of(plan)
    shown = hidden_fields(late, form_address(kind, old))
    newer = load_amended_plan()
    now = of(newer)
    before, stored = stored_values(old), stored_values(now)

    answer = late.post(form_address(kind, old), shown | second)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert (stored_values(old), stored_values(now)) == (before, stored), "written into a plan that is no longer current"
    assert "第2版" in page and f'action="{form_address(kind, now)}"' in page and mine in page
    assert late.post(form_address(kind, now), dict(HIDDEN.findall(page)) | second).status_code == 302
    assert stored_values(now) != stored and stored_values(old) == before


@by_form
def test_the_form_address_of_an_earlier_plan_version_redirects_to_the_current_row(
    plan_and_two_clients: tuple[WorkPlan, Client, Client], kind: str, of: Any, first: Typed, second: Typed, mine: str
) -> None:
    plan, early, _ = plan_and_two_clients
    old = of(plan)
    newer = load_amended_plan()
    assert early.get(form_address(kind, old))["Location"] == form_address(kind, of(newer))


@by_form
def test_a_form_without_a_valid_version_changes_nothing(
    plan_and_two_clients: tuple[WorkPlan, Client, Client], kind: str, of: Any, first: Typed, second: Typed, mine: str
) -> None:
    plan, early, _ = plan_and_two_clients
    row = of(plan)
    stored = stored_values(row)
    for unseen in ({}, {"version": "x"}, {"version": "999", "base": "forged"}, {"version": str(2**80)}):
        answer = early.post(form_address(kind, row), unseen | second)
        assert answer.status_code == 409 and mine in answer.content.decode()
    assert stored_values(row) == stored


def test_saving_an_item_missing_from_the_current_version_shows_the_input_again(
    plan_and_two_clients: tuple[WorkPlan, Client, Client],
) -> None:
    plan, _, late = plan_and_two_clients
    task = TaskState.objects.get(item__plan=plan, item__number=28)
    place = form_address("states", task)
    shown = hidden_fields(late, place)
    data = json.loads(actions.PLAN_2013.read_text(encoding="utf-8"))
    del data["items"][27]
    data["targets"] = [row for row in data["targets"] if row["item"] != 28]
    data["rosters"] = [row for row in data["rosters"] if row["item"] != 28]
    actions.load_plan(data, by=SETUP)
    answer = late.post(place, shown | {"state": "done", "text": "办法已印发", "reason": ""})
    page = answer.content.decode()
    assert answer.status_code == 409 and "办法已印发" in page and "已没有这一条" in page and 'href="/plan/"' in page
    assert late.get(place).status_code == 409


def test_two_people_saving_the_same_values_is_no_conflict(
    plan_and_two_clients: tuple[WorkPlan, Client, Client],
) -> None:
    plan, early, late = plan_and_two_clients
    task = TaskState.objects.get(item__plan=plan, item__number=24)
    place = form_address("states", task)
    sent = hidden_fields(early, place) | {"state": "done", "text": "办法已印发", "reason": ""}
    assert [early.post(place, sent).status_code, late.post(place, sent).status_code] == [302, 302]
    assert stored_values(task)["version"] == 2


def test_the_conflict_message_names_who_changed_the_row_and_when(
    plan_and_two_clients: tuple[WorkPlan, Client, Client],
) -> None:
    plan, *_ = plan_and_two_clients
    task = TaskState.objects.get(item__plan=plan, item__number=24)
    first, second = (User.objects.get(role=role) for role in (Role.PROVINCE_OFFICER, Role.PROVINCE_LEAD))
    actions.record_task_state(task=task, state="done", text="", reason="", seen=1, by=first)
    for who, by in (("测试员", second), ("您", first)):
        with pytest.raises(Stale, match=rf"^{who} {clock.today().month}月{clock.today().day}日 \d\d:\d\d "):
            actions.record_task_state(task=task, state="dropped", text="", reason="撤销", seen=1, by=by)
