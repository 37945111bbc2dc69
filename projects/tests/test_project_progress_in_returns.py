"""Tests that an accepted return makes its month's project steps valid and stores the capital paid in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.intake import return_sheets
from hunan_trade.intake.actions import deciding, filling
from hunan_trade.intake.models import Exemption, MonthlyReturn, Round
from hunan_trade.intake.tests.return_requests_and_workbooks import (
    form_workbook,
    save_grid_rows,
    signed_in_client,
    workbook_bytes,
)
from hunan_trade.periods import Month
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from hunan_trade.workflow import MoveRefused
from projects.capital_increases.actions import decide_increase
from projects.choices import EntryState, Stage
from projects.models import Project, ProjectHistory
from projects.monthly_progress.intake_sheet import PROJECT_PROGRESS
from projects.monthly_progress.models import ProjectMonth
from projects.stages.actions import decide_step, enter_step
from projects.stages.models import StageEntry
from projects.tests.factories import proposed_increase, stepped_project

pytestmark = pytest.mark.django_db
MARCH, APRIL = Month(2013, 3), Month(2013, 4)
MONEY = {"paid_in_cny": "120.5", "paid_in_usd": "0"}


@pytest.fixture(autouse=True)
def files(settings: Settings, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path


@pytest.fixture
def reporter() -> User:
    return cast.reporter()


@pytest.fixture
def lead() -> User:
    return cast.lead()


@pytest.fixture
def officer() -> User:
    return cast.officer()


@contextmanager
def at(month: int, day: int) -> Iterator[None]:
    """Set the clock to nine o'clock of a day of 2013; what is written then has that day in the history."""
    next_transaction()
    with clock.frozen_at(clock.at(date(2013, month, day), 9)):
        yield


def entered(made: Project, name: str, on: date, by: User) -> StageEntry:
    return enter_step(pk=made.pk, name=name, effective_on=on, by=by, seen=None)


def opened(month: Month, city: str = cast.CHANGSHA) -> MonthlyReturn:
    return return_factories.opened(city, month)


def fill(monthly_return: MonthlyReturn, by: User, **of_projects: Mapping[str, str]) -> None:
    """Fill in the other sheets with zeros, and of each project in the sheet what is given, else no money."""
    return_factories.filled(monthly_return, by, {})
    edits = [
        filling.RowEdit(row.key, {"paid_in_cny": "0", "paid_in_usd": "0", **of_projects.get(row.name, {})})
        for row in sheet(monthly_return).rows
        if not row.locked_columns
    ]
    filling.save_rows(monthly_return.pk, PROJECT_PROGRESS, edits, by=by)


def sheet(monthly_return: MonthlyReturn, as_of: datetime | None = None) -> Any:
    return PROJECT_PROGRESS.load(monthly_return.region_id, monthly_return.period, as_of)


def keys(monthly_return: MonthlyReturn) -> list[str]:
    return [row.key for row in sheet(monthly_return).rows]


def loaded(monthly_return: MonthlyReturn) -> MonthlyReturn:
    return MonthlyReturn.objects.with_region().get(pk=monthly_return.pk)


def codes(monthly_return: MonthlyReturn) -> set[tuple[str, str]]:
    found = return_sheets.stored_sheets(loaded(monthly_return)).check()
    return {(finding.cell, finding.code) for finding in found.findings_of_sheet(PROJECT_PROGRESS.code)}


def accept(round_: Round, by: User) -> None:
    deciding.accept(round_.monthly_return_id, by=by, seen=round_.digest)


def reopened(monthly_return: MonthlyReturn, by: User, until: datetime) -> None:
    asked = deciding.ask_exemption(monthly_return.pk, Exemption.Kind.REOPEN, "核对", until, by=by)
    deciding.decide_exemption(asked.pk, granted=True, by=cast.province_lead())


@pytest.fixture
def signed(reporter: User) -> Iterator[Project]:
    """Fixture with a project of 长沙 that was signed in March and told in March."""
    with at(3, 20):
        made = stepped_project(reporter, name="触控模组", intended_on=date(2013, 2, 4))
        entered(made, "sign", date(2013, 3, 18), reporter)
    yield made


# --- From filling in to acceptance ----------------------------------------------------------------------------------
def test_a_return_makes_the_steps_of_its_month_valid_and_stores_the_money(
    reporter: User, lead: User, officer: User, signed: Project, client: Client
) -> None:
    with at(3, 25):
        stepped_project(reporter, name="电机", intended_on=date(2013, 3, 4))
    with at(4, 2):
        march = opened(MARCH)
        return_factories.filled(march, reporter, {})
        (first, second) = sheet(march).rows
        assert dict(first.defaults) == {
            "stage": "签约", "stage_on": "2013-03-18", "expected_produced_on": "", "obstacle": "无", "obstacle_text": ""
        }  # fmt: skip
        page = signed_in_client(reporter)
        assert save_grid_rows(page, march, PROJECT_PROGRESS.code, {"key": first.key, "texts": MONEY}).status_code == 200
        book = form_workbook(loaded(march))
        cells = book[PROJECT_PROGRESS.sheet]
        assert [cells[place].value for place in ("A4", "B4", "E4", "I4", "E5")] == [
            signed.code,
            "当月",
            "签约",
            120.5,
            "意向",
        ]
        cells["I5"], cells["J5"], cells["K5"], cells["L5"] = 0, 0, "有", "用地指标未落实"
        received = filling.receive_upload(march.pk, workbook_bytes(book), "三月.xlsx", by=reporter)
        filling.confirm_upload(received.upload.pk, received.upload.file_id, by=reporter)
        assert not codes(march)
        round_ = return_factories.handed_up_and_signed(march, reporter, lead)
        assert second.key in keys(march)
    with at(4, 3):
        assert signed_in_client(officer).get(f"/returns/430100/{MARCH}/review/").status_code == 200
        accept(round_, officer)
    signed.refresh_from_db()
    step = StageEntry.objects.get()
    assert (signed.stage, signed.accepted_stage) == (Stage.SIGNED, Stage.SIGNED)
    assert (step.state, step.decided_by, step.decided_reason) == (EntryState.VALID, officer, "长沙市2013年3月月报核定")
    assert Event.objects.get(verb="stage.accepted").object_id == str(signed.pk)
    stored = ProjectMonth.objects.order_by("project").values_list(
        "stage", "stage_on", "paid_in_cny", "paid_in_usd", "obstacle_text", "round"
    )
    assert list(stored) == [
        ("signed", date(2013, 3, 18), Decimal(1_205_000), Decimal(0), "", round_.pk),
        ("intended", date(2013, 3, 4), Decimal(0), Decimal(0), "用地指标未落实", round_.pk),
    ]
    with at(5, 2):
        april = opened(APRIL)
        assert sheet(april).rows[0].texts["last_stage"] == "签约"
        fill(april, reporter, 触控模组={"paid_in_cny": "30"})
        return_factories.accepted(april, reporter, lead, officer)
    client.force_login(reporter)
    page_text = client.get(f"/projects/{signed.code}/").content.decode()
    assert "（未核定）" not in page_text  # the timeline still tells what was
    table = page_text[page_text.index("月度进度") :]
    assert "2013-04" in table and ">151" in table and ">121" in table  # in 万, rounded: 150.5 and 120.5


def test_a_nil_return_writes_no_money_and_leaves_stages_as_they_are(
    reporter: User, lead: User, officer: User, signed: Project
) -> None:
    with at(4, 2):
        march = opened(MARCH)
        return_factories.declare_nil(march, "没有发生", reporter)
        return_factories.accepted(march, reporter, lead, officer)
    row = ProjectMonth.objects.get()
    assert (row.stage, row.stage_on, row.paid_in_cny, row.reason) == (
        "signed",
        date(2013, 3, 18),
        Decimal(0),
        "没有发生",
    )
    signed.refresh_from_db()
    assert signed.accepted_stage == Stage.SIGNED


def test_a_city_without_projects_has_an_empty_sheet(reporter: User, lead: User, officer: User, signed: Project) -> None:
    """Each city sees its own projects alone."""
    with at(4, 2):
        chenzhou, march = opened(MARCH, cast.CHENZHOU), opened(MARCH)
        others = cast.reporter(cast.CHENZHOU), cast.lead(cast.CHENZHOU)
        assert keys(march) == [f"{signed.code}/当月"] and not keys(chenzhou)
        with pytest.raises(KeyError):
            edit = filling.RowEdit(f"{signed.code}/当月", {"paid_in_cny": "5"})
            filling.save_rows(chenzhou.pk, PROJECT_PROGRESS, [edit], by=others[0])
        fill(chenzhou, others[0])
        return_factories.accepted(chenzhou, *others, officer)
    signed.refresh_from_db()
    assert signed.accepted_stage == Stage.INTENDED and not ProjectMonth.objects.exists()


# --- Late steps -----------------------------------------------------------------------------------------------------
def test_a_step_entered_after_the_hand_up_waits_for_the_next_return(reporter: User, lead: User, officer: User) -> None:
    """It is told late there, with its date, and counts in its own month."""
    with at(3, 20):
        made = stepped_project(reporter, name="触控模组", intended_on=date(2013, 2, 4))
    with at(4, 2):
        march = opened(MARCH)
        fill(march, reporter)
        round_ = return_factories.handed_up_and_signed(march, reporter, lead)
    with at(4, 3):
        step = entered(made, "sign", date(2013, 3, 18), reporter)
    with at(4, 4):
        accept(round_, officer)
        step.refresh_from_db()
        assert step.state == EntryState.UNACCEPTED and ProjectMonth.objects.get().stage == "intended"
    with at(5, 2):
        april = opened(APRIL)
        late = sheet(april).rows[1]
        assert (late.key, late.texts["stage_on"]) == (f"{made.code}/补报签约", "2013-03-18")
        assert {"stage", "stage_on", "paid_in_cny"} <= late.locked_columns
        fill(april, reporter)
        assert not codes(april)
        return_factories.accepted(april, reporter, lead, officer)
    step.refresh_from_db()
    made.refresh_from_db()
    assert (step.state, made.signed_on, made.unaccepted_stage_note) == (EntryState.VALID, date(2013, 3, 18), "")
    assert ProjectMonth.objects.count() == 2


def test_a_step_entered_after_the_lock_is_told_late_and_one_before_it_waits_for_its_own_return(
    reporter: User, signed: Project
) -> None:
    with at(4, 2):
        opened(MARCH)
    with at(4, 28):
        other = stepped_project(reporter, name="电机", intended_on=date(2013, 2, 4))
        entered(other, "sign", date(2013, 3, 11), reporter)
    with at(5, 2):
        lines = [signed.code + "/当月", other.code + "/当月", other.code + "/补报签约"]
        assert keys(opened(APRIL)) == lines


def test_what_a_city_handed_up_stays_what_it_was(reporter: User, lead: User, officer: User, signed: Project) -> None:
    """A project and a step entered afterwards are no part of the return, and a voided step is not accepted."""
    with at(4, 2):
        march = opened(MARCH)
        fill(march, reporter)
        round_ = return_factories.handed_up_and_signed(march, reporter, lead)
    with at(4, 3):
        stepped_project(reporter, "sign", name="电机", intended_on=date(2013, 3, 4))
        step = StageEntry.objects.get(project=signed)
        decide_step(pk=step.pk, name="void", by=officer, seen=step.version, reason="合同未生效")
        assert len(sheet(march, loaded(march).handed_up_at).rows) == 1
        accept(round_, officer)
    step.refresh_from_db()
    assert step.state == EntryState.VOID
    assert set(StageEntry.objects.exclude(pk=step.pk).values_list("state", flat=True)) == {EntryState.UNACCEPTED}


# --- Reopening, second person ---------------------------------------------------------------------------------------
def test_a_reopened_return_moves_no_stage_back_and_replaces_the_month(
    reporter: User, lead: User, officer: User, signed: Project
) -> None:
    with at(4, 2):
        march = opened(MARCH)
        fill(march, reporter, 触控模组=MONEY)
        return_factories.accepted(march, reporter, lead, officer)
    with at(4, 3):
        reopened(march, officer, clock.at(date(2013, 4, 20), 9))
        signed.refresh_from_db()
        assert (signed.stage, signed.accepted_stage) == (Stage.SIGNED, Stage.SIGNED)
        edit = filling.RowEdit(f"{signed.code}/当月", {"stage": "意向", "paid_in_cny": "99"})
        filling.save_rows(march.pk, PROJECT_PROGRESS, [edit], by=reporter)
        assert codes(march) == {("E4", "progress.stage"), ("E4", "progress.kept")}
        filling.save_rows(march.pk, PROJECT_PROGRESS, [filling.RowEdit(edit.key, {"stage": "签约"})], by=reporter)
        return_factories.accepted(march, reporter, lead, officer)
    signed.refresh_from_db()
    assert signed.accepted_stage == Stage.SIGNED and Event.objects.filter(verb="stage.accepted").count() == 1
    old, new = ProjectMonth.objects.order_by("pk")
    assert (old.paid_in_cny, old.replaced_by, new.paid_in_cny, new.replaced_by) == (
        Decimal(1_205_000),
        new.round,
        Decimal(990_000),
        None,
    )


def test_who_entered_a_step_does_not_accept_the_return_that_takes_it_up(
    reporter: User, lead: User, officer: User, signed: Project
) -> None:
    with at(3, 21):
        other = stepped_project(reporter, name="电机", intended_on=date(2013, 2, 4))
        entered(other, "sign", date(2013, 3, 11), officer)
    with at(4, 2):
        march = opened(MARCH)
        fill(march, reporter)
        round_ = return_factories.handed_up_and_signed(march, reporter, lead)
        with pytest.raises(MoveRefused, match=f"{other.code} 的签约是您登记的"):
            accept(round_, officer)
        assert not ProjectMonth.objects.exists()
        accept(round_, cast.officer())
    assert set(StageEntry.objects.values_list("state", flat=True)) == {EntryState.VALID}


# --- Expected day ---------------------------------------------------------------------------------------------------
def test_a_new_day_of_production_goes_to_the_register_with_its_reason_once_accepted(
    reporter: User, lead: User, officer: User
) -> None:
    days: dict[str, Any] = {"expected_signed_on": date(2013, 6, 1), "expected_produced_on": date(2013, 9, 1)}
    with at(3, 20):
        made = stepped_project(reporter, name="触控模组", intended_on=date(2013, 2, 4), **days)
    typed = {"expected_produced_on": "2013-12-1", "reason": "用地批复晚了"}
    with at(4, 2):
        march = opened(MARCH)
        fill(march, reporter, 触控模组=typed | {"reason": ""})
        assert codes(march) == {("H4", "progress.moved")}
        fill(march, reporter, 触控模组=typed)
        return_factories.accepted(march, reporter, lead, officer)
    made.refresh_from_db()
    assert made.expected_produced_on == date(2013, 12, 1)
    assert "用地批复晚了" in ProjectHistory.objects.get(id=made.pk, valid_to=None).act.reason
    with at(5, 2):
        assert sheet(opened(APRIL)).rows[0].texts["last_expected"] == "2013-12-01"


# --- Findings -------------------------------------------------------------------------------------------------------
def test_an_unknown_project_is_refused_and_a_closed_one_with_money_is_asked_about(
    reporter: User, signed: Project
) -> None:
    with at(3, 21):
        closed = stepped_project(reporter, name="电机", intended_on=date(2013, 2, 4))
        Project.objects.filter(pk=closed.pk).update(status="finished", status_reason="验收")
    with at(4, 2):
        march = opened(MARCH)
        fill(march, reporter)
        book = form_workbook(loaded(march))
        cells = book[PROJECT_PROGRESS.sheet]
        for row, code in ((5, closed.code), (6, "CS-2013-0999")):
            cells[f"A{row}"], cells[f"B{row}"], cells[f"I{row}"], cells[f"J{row}"] = code, "当月", 5, 0
        received = filling.receive_upload(march.pk, workbook_bytes(book), "三月.xlsx", by=reporter)
        found = {(f.cell, f.code) for f in received.checked.findings_of_sheet(PROJECT_PROGRESS.code)}
    assert found == {("A6", "row.unknown"), ("I5", "progress.closed")}


def test_money_is_held_against_the_contract_with_its_increases(reporter: User, lead: User) -> None:
    made = stepped_project(reporter, "sign", contracted_usd=Decimal(3_000_000))
    increase = proposed_increase(reporter, made, usd=2_000_000)
    (known,) = sheet(opened(MARCH)).projects.values()
    assert known.contracted_usd == 3_000_000
    decide_increase(pk=increase.pk, name="confirm", by=lead, seen=increase.version)
    (known,) = sheet(opened(MARCH)).projects.values()
    assert known.contracted_usd == 5_000_000
