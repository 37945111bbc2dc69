"""Tests edits by two people and from old tabs: nothing is overwritten unseen, nothing typed is lost."""

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
from targets.tests.factories import SETUP, loaded_plan, signed_in

pytestmark = pytest.mark.django_db
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


def address(kind: str, row: Any) -> str:
    return f"/plan/{kind}/{row.pk}/{'lead/' if kind == 'items' else ''}"


def opened(client: Client, place: str) -> Typed:
    """Return the hidden fields that the form's page carries along."""
    return dict(HIDDEN.findall(client.get(place).content.decode()))


def said(row: Any) -> dict[str, Any]:
    row = type(row).objects.get(pk=row.pk)
    entries = (
        list(RosterEntry.objects.filter(roster=row.pk).values_list("name", flat=True))
        if isinstance(row, Roster)
        else []
    )
    fields = ("state", "text", "reason", "lead_id", "reached_on", "version")
    return {field: getattr(row, field) for field in fields if hasattr(row, field)} | {"entries": entries}


def amended() -> WorkPlan:
    """Load the next version: another summary, and item 3 moved to the end, so that later numbers change."""
    data = json.loads(actions.PLAN_2013.read_text(encoding="utf-8"))
    data["items"][27]["summary"] = "另行修订"
    return actions.load_plan(data, by=SETUP)


@pytest.fixture
def officers(db: None) -> tuple[WorkPlan, Client, Client]:
    plan = loaded_plan()
    return plan, signed_in(Role.PROVINCE_OFFICER), signed_in(Role.PROVINCE_LEAD)


@by_form
def test_who_types_over_a_row_that_was_changed_meanwhile_sees_both_and_chooses(
    officers: tuple[WorkPlan, Client, Client], kind: str, of: Any, first: Typed, second: Typed, mine: str
) -> None:
    plan, early, late = officers
    row = of(plan)
    place = address(kind, row)
    shown = opened(late, place)
    assert early.post(place, opened(early, place) | first).status_code == 302
    stands = said(row)

    answer = late.post(place, shown | second)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert said(row) == stands, "written over unseen"
    assert mine in page, "what was typed is lost"
    assert "测试员" in page and "打开时" in page and 'class="conflict"' in page

    # The page that told of it names the row as it stands now: sent once more, it is a decision.
    again = late.post(place, dict(HIDDEN.findall(page)) | second)
    assert again.status_code == 302
    assert said(row) != stands


@by_form
def test_a_tab_of_an_earlier_version_leads_to_the_current_one_with_what_was_typed(
    officers: tuple[WorkPlan, Client, Client], kind: str, of: Any, first: Typed, second: Typed, mine: str
) -> None:
    plan, _, late = officers
    old = of(plan)
    shown = opened(late, address(kind, old))
    newer = amended()
    now = of(newer)
    before, stands = said(old), said(now)

    answer = late.post(address(kind, old), shown | second)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert (said(old), said(now)) == (before, stands), "written into a plan that is no longer current"
    assert "第2版" in page and f'action="{address(kind, now)}"' in page and mine in page
    assert late.post(address(kind, now), dict(HIDDEN.findall(page)) | second).status_code == 302
    assert said(now) != stands and said(old) == before


@by_form
def test_an_address_of_an_earlier_version_opens_the_form_of_the_current_one(
    officers: tuple[WorkPlan, Client, Client], kind: str, of: Any, first: Typed, second: Typed, mine: str
) -> None:
    plan, early, _ = officers
    old = of(plan)
    newer = amended()
    assert early.get(address(kind, old))["Location"] == address(kind, of(newer))


@by_form
def test_a_form_that_does_not_say_what_it_showed_changes_nothing(
    officers: tuple[WorkPlan, Client, Client], kind: str, of: Any, first: Typed, second: Typed, mine: str
) -> None:
    plan, early, _ = officers
    row = of(plan)
    stands = said(row)
    for unseen in ({}, {"version": "x"}, {"version": "999", "base": "forged"}, {"version": str(2**80)}):
        answer = early.post(address(kind, row), unseen | second)
        assert answer.status_code == 409 and mine in answer.content.decode()
    assert said(row) == stands


def test_an_item_that_the_current_version_no_longer_has_says_so_and_keeps_the_words(
    officers: tuple[WorkPlan, Client, Client],
) -> None:
    plan, _, late = officers
    task = TaskState.objects.get(item__plan=plan, item__number=28)
    place = address("states", task)
    shown = opened(late, place)
    data = json.loads(actions.PLAN_2013.read_text(encoding="utf-8"))
    del data["items"][27]
    data["targets"] = [row for row in data["targets"] if row["item"] != 28]
    data["rosters"] = [row for row in data["rosters"] if row["item"] != 28]
    actions.load_plan(data, by=SETUP)
    answer = late.post(place, shown | {"state": "done", "text": "办法已印发", "reason": ""})
    page = answer.content.decode()
    assert answer.status_code == 409 and "办法已印发" in page and "已没有这一条" in page and 'href="/plan/"' in page
    assert late.get(place).status_code == 409


def test_both_having_typed_the_same_is_no_conflict(officers: tuple[WorkPlan, Client, Client]) -> None:
    plan, early, late = officers
    task = TaskState.objects.get(item__plan=plan, item__number=24)
    place = address("states", task)
    sent = opened(early, place) | {"state": "done", "text": "办法已印发", "reason": ""}
    assert [early.post(place, sent).status_code, late.post(place, sent).status_code] == [302, 302]
    assert said(task)["version"] == 2


def test_the_sentence_names_who_was_faster_and_when(officers: tuple[WorkPlan, Client, Client]) -> None:
    plan, *_ = officers
    task = TaskState.objects.get(item__plan=plan, item__number=24)
    first, second = (User.objects.get(role=role) for role in (Role.PROVINCE_OFFICER, Role.PROVINCE_LEAD))
    actions.report_state(task=task, state="done", text="", reason="", seen=1, by=first)
    for who, by in (("测试员", second), ("您", first)):
        with pytest.raises(Stale, match=rf"^{who} {clock.today().month}月{clock.today().day}日 \d\d:\d\d "):
            actions.report_state(task=task, state="dropped", text="", reason="撤销", seen=1, by=by)
