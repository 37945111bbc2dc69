"""Tests that nothing can be added to a merged project, and that whoever tries is told the surviving project."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake import return_sheets
from hunan_trade.intake.actions import deciding, filling
from hunan_trade.intake.models import MonthlyReturn, Row
from hunan_trade.intake.tests.return_requests_and_workbooks import form_workbook, workbook_bytes
from hunan_trade.lists.imports import actions as imports
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.tests.import_factories import csv_file
from hunan_trade.periods import Month
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from hunan_trade.workflow import MoveRefused
from projects.actions import save_projects
from projects.actions_status import change_status
from projects.alerts import alert_condition, alerts_of
from projects.batches.actions import join_or_leave_batch
from projects.capital_increases.actions import decide_increase, propose_increase
from projects.contact_log.actions import log_contact
from projects.dates.rules_slippage_and_alerts import AlertLimits
from projects.duplicates.actions import decide_pair
from projects.models import Project, ProjectMonth, ProjectPair, StageEntry, Termination
from projects.monthly_progress.intake_sheet import PROJECT_PROGRESS
from projects.stages.actions import decide_step, enter_step
from projects.tables import PROJECTS
from projects.terminations.actions import decide_termination, enter_termination
from projects.tests.factories import decided_batch, project_pair, proposed_increase, stepped_project, take_step

pytestmark = pytest.mark.django_db
DAY, LATER = date(2013, 2, 4), date(2013, 3, 4)
MARCH = Month(2013, 3)
ELSEWHERE = "已由其他市州项目计入，本项目不再办理"


def merge(pair: ProjectPair, name: str = "merge_second") -> tuple[Project, Project]:
    """Merge one project of a pair into the other; return the merged one and the one that stays."""
    pair.refresh_from_db()
    decide_pair(pk=pair.pk, name=name, by=cast.officer(), seen=pair.version, reason="核对合同原件")
    first, second = Project.objects.get(pk=pair.first_id), Project.objects.get(pk=pair.second_id)
    return (second, first) if name == "merge_second" else (first, second)


def edit(made: Project, by: User, **values: object) -> None:
    made.refresh_from_db()
    change = RecordChange(values, made.pk, made.version)
    (outcome,) = save_projects(changes=[change], by=by, kind=Act.Kind.EDITED, reason="更正")
    if outcome.refused:
        raise MoveRefused(outcome.errors[""][0])


def end(made: Project, by: User, name: str) -> None:
    enter_termination(pk=made.pk, name=name, by=by, seen=None, reason="撤资", effective_on=LATER)


def increase(made: Project, by: User) -> None:
    given: dict[str, Any] = {"effective_on": LATER, "amount_usd": Decimal(8), "amount_cny": None}
    propose_increase(pk=made.pk, name="increase", by=by, seen=None, **given)


def contact(made: Project, by: User) -> None:
    given: dict[str, Any] = {"contacted_on": LATER, "person": "陈经理"}
    log_contact(pk=made.pk, name="log_contact", by=by, seen=None, reason="等答复", **given)


ACTS: dict[str, Callable[[Project, User], object]] = {
    "step": lambda made, by: enter_step(pk=made.pk, name="land", by=by, seen=None, effective_on=LATER),
    "increase": increase,
    "proposed termination": lambda made, by: end(made, by, "propose_termination"),
    "status": lambda made, by: change_status(pk=made.pk, name="stall", by=by, seen=made.version, reason="等用地"),
    "contact": contact,
    "expected day": lambda made, by: edit(made, by, expected_produced_on=date(2013, 12, 1)),
    "edit": lambda made, by: edit(made, by, note="核对过"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_merged_project_takes_nothing_new_and_says_which_project_stands_for_it(
    act: Callable[[Project, User], object],
) -> None:
    reporter = cast.reporter()
    pair = project_pair(reporter, None, "sign", confirmed_by=cast.officer())
    merged, survivor = merge(pair)
    with pytest.raises(MoveRefused, match=f"项目已并入 {survivor.code}，到 {survivor.code} 办理"):
        act(merged, reporter)
    act(survivor, reporter)
    merge_is_withdrawn = ProjectPair.objects.get()
    decide_pair(pk=pair.pk, name="withdraw", by=cast.officer(), seen=merge_is_withdrawn.version, reason="另有合同")
    act(Project.objects.get(pk=merged.pk), reporter)


@pytest.mark.parametrize("name", ["edit", "step", "contact"])
def test_a_city_learns_nothing_of_the_other_city_s_project_and_the_province_reads_its_code(name: str) -> None:
    reporter, officer = cast.reporter(cast.CHENZHOU), cast.officer()
    merged, survivor = merge(project_pair(cast.reporter(), reporter, "sign", confirmed_by=officer))
    with pytest.raises(MoveRefused, match=f"^{ELSEWHERE}。?$"):
        ACTS[name](merged, reporter)
    with pytest.raises(MoveRefused, match=survivor.code):
        ACTS[name](merged, officer)


def test_whoever_comes_to_the_first_of_three_is_led_to_the_last() -> None:
    reporter = cast.reporter()
    pair = project_pair(reporter)
    third = stepped_project(reporter, name=f"{pair.first.name}厂")
    merged, _ = merge(pair)
    merge(ProjectPair.objects.get(first=pair.first_id, second=third.pk), "merge_first")
    with pytest.raises(MoveRefused, match=f"项目已并入 {third.code}"):
        edit(merged, reporter, note="核对过")


def test_a_merged_project_joins_no_batch_and_an_officer_does_not_terminate_it() -> None:
    reporter, officer = cast.reporter(cast.CHENZHOU), cast.officer()
    given = {"project_class": "infrastructure", "kind": "water"}
    merged, survivor = merge(project_pair(reporter, None, **given))
    batch = decided_batch(cast.province_lead())
    with pytest.raises(MoveRefused, match=survivor.code):
        join_or_leave_batch(
            pk=merged.pk, name="join_batch", by=officer, seen=merged.version, batch=batch, joined_on=merged.intended_on
        )
    with pytest.raises(MoveRefused, match=survivor.code):
        end(merged, officer, "terminate")


def test_what_waited_when_the_project_was_merged_is_given_back_and_not_confirmed() -> None:
    reporter, lead, officer = cast.reporter(), cast.lead(), cast.officer()
    pair = project_pair(reporter, None, "sign", confirmed_by=officer)
    step = take_step(pair.second, "land", LATER, by=reporter)
    raised = proposed_increase(reporter, pair.second)
    end(pair.second, reporter, "propose_termination")
    proposed = Termination.objects.get()
    merge(pair)
    decide: tuple[tuple[Any, Any, User], ...] = (
        (step, decide_step, officer),
        (raised, decide_increase, lead),
        (proposed, decide_termination, lead),
    )
    for entry, make, by in decide:
        entry.refresh_from_db()
        with pytest.raises(MoveRefused, match=f"项目已并入 {pair.first.code}"):
            make(pk=entry.pk, name="confirm", by=by, seen=entry.version)
        make(pk=entry.pk, name="give_back", by=by, seen=entry.version, reason="项目已合并")
        entry.refresh_from_db()
        assert entry.state == "given_back"


def test_nobody_is_reminded_of_a_merged_project() -> None:
    pair = project_pair(cast.reporter(), None, expected_signed_on=date(2013, 3, 1))
    day = date(2013, 4, 8)
    assert {alert.code for alert in alerts_of(pair.second, day, AlertLimits())} == {"overdue", "no_contact"}
    merged, survivor = merge(pair)
    assert not alerts_of(merged, day, AlertLimits()) and alerts_of(survivor, day, AlertLimits())
    for code in ("overdue", "no_contact"):
        assert list(Project.objects.filter(alert_condition(code, day, AlertLimits()))) == [survivor]


# --- Pages, API, import ---------------------------------------------------------------------------------------------
def test_page_form_api_and_import_say_the_same(client: Client) -> None:
    reporter = cast.reporter()
    merged, survivor = merge(project_pair(reporter))
    sentence = f"项目已并入 {survivor.code}，到 {survivor.code} 办理"
    client.force_login(reporter)
    page = client.get(f"/projects/{merged.code}/").content.decode()
    assert page.count(sentence) > 3  # above the stages, and at each of its buttons
    answer = client.post(
        f"/projects/{merged.code}/moves/sign/", {"effective_on": "2013-03-04", "version": merged.version}
    )
    assert answer.status_code == 409 and sentence in answer.content.decode()
    form = {"name": "改名", "city": merged.city_id, "intended_on": "2013-02-04", "project_class": "industry"}
    answer = client.post(
        f"/projects/{merged.code}/edit/",
        form | {"version": merged.version, "contracted_cny": "5000.12", "reason": "更正"},
    )
    assert answer.status_code == 200 and sentence in answer.content.decode()
    client = Client()
    headers = cast.bearer_headers(reporter, Token.Scope.REGISTER) | {"If-Match": f'"{merged.version}"'}
    answer = client.patch(
        f"/api/v1/projects/{merged.code}/", json.dumps({"note": "改"}), content_type="application/json", headers=headers
    )
    assert answer.status_code == 422 and sentence in json.dumps(answer.json(), ensure_ascii=False)
    answer = client.post(
        f"/api/v1/projects/{merged.code}/moves/sign/",
        json.dumps({"effective_on": "2013-03-04"}),
        content_type="application/json",
        headers=headers,
    )
    assert answer.status_code == 409 and sentence in answer.json()["detail"]
    file = csv_file((merged.code, "改名"), (survivor.code, survivor.name), head=("编号", "项目"))
    found = imports.receive(PROJECTS, file, "更正.csv", by=reporter)
    assert not imports.check(PROJECTS, found, by=reporter, seen=1)
    assert sentence in json.dumps(found.result, ensure_ascii=False)
    merged.refresh_from_db()
    assert (merged.name, merged.stage, merged.note) != ("改名", "signed", "改") and not StageEntry.objects.exists()


# --- The monthly return ---------------------------------------------------------------------------------------------
@pytest.fixture
def files(settings: Settings, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path


def typed_row(made: Project, **texts: str) -> filling.RowEdit:
    return filling.RowEdit(f"{made.code}/当月", {"paid_in_cny": "0", "paid_in_usd": "0", **texts})


def findings(monthly_return: MonthlyReturn) -> list[str]:
    loaded = return_sheets.stored_sheets(MonthlyReturn.objects.with_region().get(pk=monthly_return.pk))
    return [each.message for each in loaded.check().findings_of_sheet(PROJECT_PROGRESS.code)]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("other", [cast.CHANGSHA, cast.CHENZHOU])
def test_a_return_has_no_row_of_a_merged_project_and_refuses_a_typed_one(other: str) -> None:
    reporter = cast.reporter()
    pair = project_pair(cast.reporter(other), reporter, "sign")
    with clock.frozen_at(clock.at(date(2013, 4, 2), 9)):
        march = return_factories.opened(cast.CHANGSHA, MARCH)
        return_factories.filled(march, reporter, {})
        filling.save_rows(march.pk, PROJECT_PROGRESS, [typed_row(pair.second, paid_in_cny="5")], by=reporter)
        book = form_workbook(MonthlyReturn.objects.with_region().get(pk=march.pk))
        merged, survivor = merge(pair)
        sentence = (
            f"项目已并入 {survivor.code}，到 {survivor.code} 办理。" if other == cast.CHANGSHA else f"{ELSEWHERE}。"
        )
        sheet: Any = PROJECT_PROGRESS.load(cast.CHANGSHA, MARCH, None)
        assert f"{merged.code}/当月" not in [row.key for row in sheet.rows] and not sheet.addable_row(
            f"{merged.code}/当月"
        )
        assert StageEntry.objects.get(project=merged).pk not in sheet.steps
        assert any(sentence in message and "不计入" in message for message in findings(march))
        received = filling.receive_upload(march.pk, workbook_bytes(book), "三月.xlsx", by=reporter)
        told = received.checked.findings_of_sheet(PROJECT_PROGRESS.code)
        assert {each.message for each in told if each.code == "row.unknown"} == {sentence}
        with pytest.raises(KeyError):
            filling.save_rows(march.pk, PROJECT_PROGRESS, [typed_row(merged)], by=reporter)


@pytest.mark.usefixtures("files")
def test_what_was_handed_up_before_the_merging_is_accepted_but_for_a_new_day() -> None:
    reporter, lead, officer = cast.reporter(), cast.lead(), cast.officer()
    given = {"expected_signed_on": date(2013, 6, 1), "expected_produced_on": date(2013, 9, 1)}
    next_transaction()
    with clock.frozen_at(clock.at(date(2013, 3, 20), 9)):
        pair = project_pair(reporter, None, **given)
    next_transaction()
    with clock.frozen_at(clock.at(date(2013, 4, 2), 9)):
        march = return_factories.opened(cast.CHANGSHA, MARCH)
        return_factories.filled(march, reporter, {})
        moved = {"expected_produced_on": "2013-12-1", "reason": "用地批复晚了"}
        rows = [typed_row(pair.first), typed_row(pair.second, **moved)]
        filling.save_rows(march.pk, PROJECT_PROGRESS, rows, by=reporter)
        round_ = return_factories.handed_up_and_signed(march, reporter, lead)
    next_transaction()
    with clock.frozen_at(clock.at(date(2013, 4, 3), 9)):
        merged, survivor = merge(pair)
        with pytest.raises(MoveRefused, match=f"{merged.code} 的预计投产没有写入项目库：项目已并入 {survivor.code}"):
            deciding.accept(march.pk, by=officer, seen=round_.digest)
        assert not ProjectMonth.objects.exists() and Row.objects.filter(monthly_return=march).exists()
