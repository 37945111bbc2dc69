"""Tests the list of names on the work plans' rosters, their editing and their fate in an amended plan."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import QueryDict

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.audit.models import Event
from hunan_trade.lists.history.timeline import timeline_entries, versions_of
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import Outcome, RecordChange
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from hunan_trade.workflow import MoveRefused, Stale
from targets import actions, actions_rosters
from targets.actions_rosters import save_roster_entries
from targets.models import Roster, RosterEntry, RosterEntryHistory, WorkPlan
from targets.tables_rosters_and_item_page import ROSTERS
from targets.tests.plan_and_user_factories import SETUP, create_user, load_regions_and_plan
from targets.tests.test_plan_drafts import PLAN_2013, draft_of, publish_over_current
from targets.tests.test_plan_loading_and_progress import amended_plan_data

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> WorkPlan:
    return load_regions_and_plan()


def save(by: User, *changes: RecordChange, kind: Act.Kind = Act.Kind.IMPORTED) -> list[Outcome]:
    return save_roster_entries(changes=changes, by=by, kind=kind)


def names(user: User, query: str) -> list[str]:
    return [entry.name for entry in ListQuery(ROSTERS, user, QueryDict(query)).rows]


def test_policies_are_listed_at_the_end_of_their_roster_as_one_act(plan: WorkPlan) -> None:
    officer, policies = create_user(), plan.rosters.get(code="policies")
    new = [RecordChange({"roster": policies.pk, "name": f"政策{number}"}) for number in (1, 2, 3)]
    core = RecordChange({"roster": str(plan.rosters.get(code="core_enterprises").pk), "name": "甲公司"})
    assert [outcome.result for outcome in save(officer, *new, core)] == ["created"] * 4
    assert names(officer, "roster=policies") == ["政策1", "政策2", "政策3"]
    assert names(officer, "roster=core_enterprises")[-1] == "甲公司"
    event = Event.objects.get(verb="rosters.imported")
    assert event.after == {"written": 4, "created": 4}
    (again,) = save(officer, new[0])
    assert again.refused and names(officer, "q=zc") == ["政策1", "政策2", "政策3"]


def test_only_those_who_maintain_registers_write_names(plan: WorkPlan) -> None:
    change = RecordChange({"roster": plan.rosters.get(code="policies").pk, "name": "政策"})
    with pytest.raises(MoveRefused, match="没有维护名录的权限"):
        save(create_user(Role.CITY_LEAD), change)
    assert not RosterEntry.objects.filter(name="政策").exists()


def test_an_edit_makes_the_form_that_adds_names_stale(plan: WorkPlan) -> None:
    officer, roster = create_user(), plan.rosters.get(code="core_enterprises")
    entry = roster.entries.earliest("position")
    save(officer, RecordChange({"name": "富士康集团"}, entry.pk, 1), kind=Act.Kind.EDITED)
    with pytest.raises(Stale):
        actions_rosters.add_roster_names(roster=roster, names=["乙公司"], seen=1, by=officer)
    assert actions_rosters.add_roster_names(roster=roster, names=["乙公司"], seen=2, by=officer) == 1
    assert RosterEntryHistory.objects.get(name="乙公司").act.by == officer


def test_an_amended_plan_has_the_names_and_the_earlier_one_is_closed(plan: WorkPlan) -> None:
    """The list of a day before the amendment shows each name once, from the plan that stood then."""
    officer, old = create_user(), Roster.objects.get(plan=plan, code="core_enterprises")
    save(officer, RecordChange({"roster": old.pk, "name": "甲公司"}))
    next_transaction()
    with clock.frozen_at(clock.now() + timedelta(days=2)):
        yesterday = clock.today() - timedelta(days=1)
        newer = actions.load_plan(amended_plan_data(), by=SETUP)
        expected = ["富士康", "蓝思科技", "欧姆龙", "甲公司"]
        assert names(officer, "roster=core_enterprises") == expected
        assert names(officer, f"roster=core_enterprises&as_of={yesterday}") == expected
        assert {entry.roster.plan for entry in ListQuery(ROSTERS, officer, QueryDict()).rows} == {newer}
        entry = old.entries.get(name="甲公司")
        late = [RecordChange({"name": "乙"}, entry.pk, entry.version), RecordChange({"roster": old.pk, "name": "乙"})]
        assert all(outcome.refused for outcome in save(officer, *late))
        assert [each.name for each in old.entries.all()] == expected


def test_the_history_of_a_name_says_who_loaded_its_plan_and_who_published_the_next(plan: WorkPlan) -> None:
    """(traps H6)"""
    officer, listed = create_user(), RosterEntry.objects.filter(roster__plan=plan)[0]
    next_transaction()
    publish_over_current(draft_of(PLAN_2013, by=officer), 1, officer)
    entries = timeline_entries(ROSTERS, versions_of(ROSTERS, listed.pk, officer), officer)
    assert [(entry.who, entry.what, entry.reason) for entry in entries] == [
        (officer.name, "发布", "2013年工作要点第2版"),
        (SETUP.name, "载入", "2013年工作要点第1版"),
    ]
    assert not RosterEntryHistory.objects.filter(act=None).exists()
