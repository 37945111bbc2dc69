"""Tests how the termination of a project is proposed, confirmed, given back and voided, and what follows from it."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.simultaneous_calls import refusals_of_simultaneous_calls
from hunan_trade.workflow import MoveRefused
from projects.actions import save_projects
from projects.actions_status import change_status
from projects.choices import EntryState, Status, VerdictCode
from projects.models import Project, StageEntry, Termination
from projects.stages.actions import decide_step, enter_step
from projects.terminations.actions import decide_termination, enter_termination
from projects.tests.factories import project, stepped_project, terminated_project

WHY, DAY = "投资方撤资", date(2013, 6, 3)


def ended(made: Project, by: User, name: str = "propose_termination", day: date = DAY) -> Termination:
    made.refresh_from_db()
    return enter_termination(pk=made.pk, name=name, by=by, seen=made.version, reason=WHY, effective_on=day)


def decided(row: Termination, name: str, by: User, reason: str = "") -> Termination:
    decide_termination(pk=row.pk, name=name, by=by, seen=row.version, reason=reason)
    row.refresh_from_db()
    return row


def standing(made: Project) -> tuple[str, str]:
    made.refresh_from_db()
    return made.status, made.status_reason


@pytest.mark.django_db
def test_a_proposal_changes_nothing_until_the_city_s_lead_confirms_it() -> None:
    reporter, lead = cast.reporter(name="刘敏"), cast.lead()
    made = project(reporter)
    row = ended(made, reporter)
    assert standing(made) == (Status.ACTIVE, "")
    with pytest.raises(MoveRefused, match="刘敏已提出终止，日期 2013-06-03，待确认"):
        ended(made, cast.officer(), "terminate")
    with pytest.raises(MoveRefused, match="权限"):
        decided(row, "confirm", reporter)
    decided(row, "confirm", lead)
    assert standing(made) == (Status.TERMINATED, WHY)
    assert (row.state, row.decided_by, row.effective_on) == (EntryState.VALID, lead, DAY)
    with pytest.raises(MoveRefused, match="项目已终止，不再登记阶段"):
        enter_step(pk=made.pk, name="sign", by=reporter, seen=None, effective_on=DAY)
    with pytest.raises(MoveRefused, match="项目在“终止”"):
        change_status(pk=made.pk, name="delay", by=reporter, seen=made.version, reason=WHY)
    events = Event.objects.filter(verb__startswith="termination.").order_by("pk").values_list("verb", "region")
    assert list(events) == [("termination.proposed", made.city_id), ("termination.confirmed", made.city_id)]


@pytest.mark.django_db
def test_a_project_that_ends_before_it_counts_is_judged_anew_in_the_same_transaction() -> None:
    officer, made = cast.officer(), project(cast.reporter())
    row = ended(made, officer, "terminate")
    made.refresh_from_db()
    assert made.verdict == VerdictCode.TERMINATED_EARLY
    decided(row, "void", officer, "登记错")
    made.refresh_from_db()
    assert made.verdict == VerdictCode.NOT_SIGNED


@pytest.mark.django_db
def test_nobody_confirms_what_he_proposed_himself_not_even_in_another_role() -> None:
    reporter = cast.reporter()
    row = ended(project(reporter), reporter)
    User.objects.filter(pk=reporter.pk).update(role=cast.lead().role)
    with pytest.raises(MoveRefused, match="自己登记的由别人确认"):
        decided(row, "confirm", User.objects.get(pk=reporter.pk))


@pytest.mark.django_db
def test_a_proposal_given_back_says_why_and_may_be_made_again() -> None:
    reporter, lead = cast.reporter(), cast.lead()
    made = project(reporter)
    row = ended(made, reporter)
    with pytest.raises(MoveRefused, match="退回要写明原因"):
        decided(row, "give_back", lead)
    with pytest.raises(MoveRefused, match="不在您的范围内"):
        decided(row, "give_back", cast.lead(cast.CHENZHOU), "核实后再报")
    decided(row, "give_back", lead, "核实后再报")
    assert standing(made) == (Status.ACTIVE, "")
    assert ended(made, reporter).pk != row.pk
    assert list(Termination.objects.order_by("pk").values_list("state", "decided_reason")) == [
        ("given_back", "核实后再报"),
        ("awaiting_lead", ""),
    ]


@pytest.mark.django_db
def test_an_officer_terminates_at_once_and_takes_a_termination_back() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    made = project(reporter)
    with pytest.raises(MoveRefused, match="权限"):
        ended(made, reporter, "terminate")
    row = ended(made, officer, "terminate")
    assert standing(made) == (Status.TERMINATED, WHY)
    with pytest.raises(MoveRefused, match="权限"):
        decided(row, "void", cast.lead(), "投资方又来")
    decided(row, "void", officer, "投资方又来")
    assert standing(made) == (Status.ACTIVE, "")
    assert (row.state, row.note, row.decided_reason) == (EntryState.VOID, WHY, "投资方又来")


@pytest.mark.django_db
@pytest.mark.parametrize(("day", "words"), [(date(2030, 1, 1), "还没有到"), (date(2013, 2, 3), "早于已登记的最后一步")])
def test_a_day_that_cannot_be_is_refused_at_the_day(day: date, words: str) -> None:
    reporter = cast.reporter()
    made = stepped_project(reporter, "sign")
    with pytest.raises(ValidationError, match=words):
        ended(made, reporter, day=day)
    assert not Termination.objects.exists()


@pytest.mark.django_db
def test_a_step_that_waits_is_not_confirmed_once_the_project_is_terminated() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    made = stepped_project(reporter, "sign", "land")
    waiting = StageEntry.objects.get(stage="landed")
    ended(made, officer, "terminate")
    with pytest.raises(MoveRefused, match="项目已终止"):
        decide_step(pk=waiting.pk, name="confirm", by=officer, seen=waiting.version)


@pytest.mark.django_db
def test_a_termination_goes_along_when_a_project_goes_to_another_city() -> None:
    made = terminated_project(cast.reporter())
    change = RecordChange({"city": cast.CHENZHOU, "area": None}, made.pk, made.version)
    save_projects(changes=[change], by=cast.officer(), kind=Act.Kind.EDITED, reason="登记错市州")
    assert not Termination.objects.visible_to(cast.lead()).exists()
    assert Termination.objects.visible_to(cast.lead(cast.CHENZHOU)).count() == 1


@pytest.mark.django_db
def test_the_page_leads_from_the_proposal_to_the_lead_s_decision(client: Client) -> None:
    reporter, lead = cast.reporter(name="刘敏"), cast.lead()
    made = project(reporter)
    client.force_login(reporter)
    address = f"/projects/{made.code}/"
    form = {"effective_on": "2013-06-03", "reason": WHY, "version": made.version}
    assert client.post(f"{address}moves/propose_termination/", form).status_code == 302
    row = Termination.objects.get()
    page = client.get(address).content.decode()
    assert f'href="/projects/terminations/{row.pk}/"' in page and "待确认" in page and WHY in page
    client.force_login(lead)
    assert made.name in client.get("/projects/terminations/?state=awaiting_lead").content.decode()
    assert client.post(f"/projects/terminations/{row.pk}/moves/confirm/", {"version": 1}).status_code == 302
    page = client.get(address).content.decode()
    assert "项目已终止，不再登记阶段" in page and "moves/sign/" not in page


def test_of_a_proposal_confirmed_and_given_back_at_once_one_stands(cloned_database: ClonedDatabase) -> None:
    people = {"confirm": cast.lead(name="王芳"), "give_back": cast.officer(name="陈立")}
    made = terminated_project(cast.reporter())
    row = made.terminations.get()
    given: dict[str, Any] = {"pk": row.pk, "seen": row.version, "reason": "核实"}
    acts = (partial(decide_termination, name=name, by=by, **given) for name, by in people.items())
    told = dict(zip(people, refusals_of_simultaneous_calls(*acts), strict=True))
    (winner,) = (name for name, sentence in told.items() if not sentence)
    assert people[winner].name in "".join(told.values())
    assert standing(made)[0] == (Status.TERMINATED if winner == "confirm" else Status.ACTIVE)
