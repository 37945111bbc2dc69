"""Tests that only decisions of the province's lead change the counts of a closed plan year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from hunan_trade.workflow import MoveRefused
from projects.actions import save_projects
from projects.choices import EntryState, VerdictCode
from projects.closed_years.actions import decide_closing
from projects.closed_years.queries import is_closed
from projects.counting.monthly_counts import CityReasons, correct_monthly_counts, counted_project
from projects.models import Project, StageEntry, YearClosing
from projects.stages.actions import accept_steps, decide_step, enter_step
from projects.tests.factories import listed_group, stepped_project, take_step

pytestmark = pytest.mark.django_db
MARCH_11 = date(2013, 3, 11)
NEXT_YEAR = datetime(2014, 2, 10, 9, tzinfo=clock.at(MARCH_11, 9).tzinfo)


@pytest.fixture(autouse=True)
def files(settings: Settings, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path


def close(by: User, *, closed: bool = True, year: int = 2013, reason: str = "年度过完") -> YearClosing:
    next_transaction()
    return decide_closing(year=year, closed=closed, reason=reason, by=by)


def signed_in_march(reporter: User, officer: User) -> Project:
    """Create a project whose signing in March 2013 is accepted."""
    with clock.frozen_at(clock.at(date(2013, 3, 20), 9)):
        return stepped_project(reporter, "sign", confirmed_by=officer, intended_on=MARCH_11)


def opened_return(city: str, month: date, status: str) -> None:
    at = clock.at(month, 9)
    MonthlyReturn.objects.create(
        region_id=city, month=month, status=status, opens_at=at, due_at=at + timedelta(1), locks_at=at + timedelta(2)
    )


def entered(made: Project, by: User) -> StageEntry:
    return enter_step(pk=made.pk, name="sign", by=by, seen=None, effective_on=MARCH_11)


def test_a_step_in_a_closed_year_waits_for_the_lead_and_counts_once_he_confirms() -> None:
    reporter, officer, lead = cast.reporter(), cast.officer(), cast.province_lead()
    made = stepped_project(reporter, intended_on=MARCH_11)
    with clock.frozen_at(NEXT_YEAR):
        close(lead)
        entry = entered(made, reporter)
        assert (entry.state, entry.get_state_display()) == (EntryState.AWAITING_LEAD, "待省厅负责人确认")
        with pytest.raises(MoveRefused, match="2013年计划已关账，这一步由省厅负责人办理"):
            decide_step(pk=entry.pk, name="confirm", by=officer, seen=entry.version)
        with pytest.raises(MoveRefused, match="由省厅负责人办理"):
            decide_step(pk=entry.pk, name="give_back", by=officer, seen=entry.version, reason="缺合同")
        assert not accept_steps(steps=[entry.pk], by=officer, reason="月报核定")  # no return takes it up
        made.refresh_from_db()
        assert (made.stage, made.counted_on) == ("intended", None)
        decide_step(pk=entry.pk, name="confirm", by=lead, seen=entry.version, reason="合同已核")
    made.refresh_from_db()
    assert (made.stage, made.verdict, made.counted_on) == ("signed", VerdictCode.COUNTED, MARCH_11)


def test_steps_that_wait_for_the_lead_go_their_usual_way_once_the_year_is_open_again() -> None:
    reporter, officer, lead = cast.reporter(), cast.officer(), cast.province_lead()
    made, signed = stepped_project(reporter, intended_on=MARCH_11), signed_in_march(reporter, officer)
    with clock.frozen_at(NEXT_YEAR):
        close(lead)
        signing = entered(made, reporter)
        landing = enter_step(pk=signed.pk, name="land", by=reporter, seen=None, effective_on=date(2013, 5, 6))
        next_year = enter_step(
            pk=stepped_project(reporter, intended_on=MARCH_11).pk, name="sign", by=reporter, seen=None,
            effective_on=date(2014, 1, 6),
        )  # fmt: skip
        close(lead, closed=False, reason="漏报")
        for entry, state in (
            (signing, EntryState.UNACCEPTED),
            (landing, EntryState.AWAITING_PROVINCE),
            (next_year, EntryState.UNACCEPTED),
        ):
            entry.refresh_from_db()
            assert entry.state == state
        made.refresh_from_db()
        assert (made.stage, made.verdict) == ("signed", VerdictCode.UNACCEPTED)
        accept_steps(steps=[signing.pk], by=officer, reason="月报核定")
        decide_step(pk=landing.pk, name="confirm", by=officer, seen=landing.version)
    made.refresh_from_db()
    assert made.counted_on == MARCH_11


def test_a_step_outside_the_closed_year_goes_its_usual_way() -> None:
    reporter = cast.reporter()
    with clock.frozen_at(NEXT_YEAR):
        close(cast.province_lead())
        made = stepped_project(reporter, intended_on=MARCH_11)
        entry = enter_step(pk=made.pk, name="sign", by=reporter, seen=None, effective_on=date(2014, 1, 6))
    assert entry.state == EntryState.UNACCEPTED


def _void(made: Project, by: User) -> None:
    entry = StageEntry.objects.get(project=made)
    decide_step(pk=entry.pk, name="void", by=by, seen=entry.version, reason="合同未生效")


def _move(made: Project, by: User) -> None:
    change = RecordChange({"city": cast.CHENZHOU, "area": None}, made.pk, made.version)
    save_projects(changes=[change], by=by, kind=Act.Kind.EDITED, reason="落户郴州")


@pytest.mark.parametrize("changed", [_void, _move])
def test_only_the_lead_changes_which_projects_count_in_a_closed_year(changed: Callable[[Project, User], None]) -> None:
    reporter, officer, lead = cast.reporter(), cast.officer(), cast.province_lead()
    made = signed_in_march(reporter, officer)
    with clock.frozen_at(NEXT_YEAR):
        close(lead)
        with pytest.raises(MoveRefused, match=f"2013年计划已关账，改动其项目数须省厅负责人办理：{made.code}$"):
            changed(made, officer)
        made.refresh_from_db()
        assert (made.city_id, made.counted_on) == (cast.CHANGSHA, MARCH_11)
        changed(made, lead)
    made.refresh_from_db()
    assert made.city_id == cast.CHENZHOU or made.counted_on is None


def test_an_edit_that_changes_no_count_needs_nobody() -> None:
    officer, lead = cast.officer(), cast.province_lead()
    made = signed_in_march(cast.reporter(), officer)
    with clock.frozen_at(NEXT_YEAR):
        close(lead)
        (outcome,) = save_projects(
            changes=[RecordChange({"note": "已核对"}, made.pk, made.version)], by=officer, kind=Act.Kind.EDITED
        )
    assert not outcome.refused


def test_a_corrected_name_of_a_group_that_changes_no_count_needs_nobody() -> None:
    officer, lead = cast.officer(), cast.province_lead()
    made = signed_in_march(cast.reporter(), officer)
    listed_group(officer)
    with clock.frozen_at(NEXT_YEAR):
        close(lead)
        for groups, said in (("演示寰于集团", ""), ("演示寰宇集团", made.code)):  # not on the list, and on it
            made.refresh_from_db()
            change = RecordChange({"investor_groups": groups}, made.pk, made.version)
            if said:
                with pytest.raises(MoveRefused, match=f"办理：{said}$"):
                    save_projects(changes=[change], by=officer, kind=Act.Kind.EDITED, reason="更正")
            else:
                (outcome,) = save_projects(changes=[change], by=officer, kind=Act.Kind.EDITED, reason="更正")
                assert not outcome.refused


def test_nobody_reads_the_code_of_another_citys_project_whose_count_would_change() -> None:
    reporter, officer, lead = cast.reporter(), cast.officer(), cast.province_lead()
    first, second = (signed_in_march(by, officer) for by in (reporter, cast.reporter(cast.CHENZHOU)))
    counted = [counted_project(first), counted_project(second)]
    with clock.frozen_at(NEXT_YEAR):
        close(lead)
        for by, codes in ((reporter, first.code), (officer, f"{first.code}、{second.code}")):
            with pytest.raises(MoveRefused, match=f"办理：{codes}$"):
                correct_monthly_counts(counted, [None, None], by=by, reasons=CityReasons("核对"))


# --- Closing --------------------------------------------------------------------------------------------------------
def test_a_year_is_closed_once_it_is_over_and_no_step_in_it_waits() -> None:
    reporter, officer, lead = cast.reporter(), cast.officer(), cast.province_lead()
    made = stepped_project(reporter, intended_on=MARCH_11)
    with clock.frozen_at(clock.at(date(2013, 12, 31), 9)):
        waiting = take_step(made, "sign", MARCH_11, by=reporter)
        with pytest.raises(MoveRefused, match="2013年起已经过完的年度"):
            close(lead)
    with clock.frozen_at(NEXT_YEAR):
        with pytest.raises(MoveRefused, match="2013年还有 1 步没有办完"):
            close(lead)
        accept_steps(steps=[waiting.pk], by=officer, reason="月报核定")
        with pytest.raises(MoveRefused, match="没有年度关账的权限"):
            close(officer)
        close(lead)
    assert is_closed(2013) and not is_closed(2014)


def test_a_year_is_not_closed_before_all_its_returns_are_accepted() -> None:
    lead = cast.province_lead()
    for city, month, status in (
        (cast.CHANGSHA, 11, "accepted"),
        (cast.CHANGSHA, 12, "sent"),
        (cast.CHENZHOU, 11, "given_back"),
        (cast.CHENZHOU, 12, "filling"),
    ):
        opened_return(city, date(2013, month, 1), status)
    opened_return(cast.CHANGSHA, date(2014, 1, 1), "filling")
    with clock.frozen_at(NEXT_YEAR):
        with pytest.raises(
            MoveRefused, match="2013年还有 3 份月报没有核定（郴州11月、长沙12月、郴州12月），核定以后再关账"
        ):
            close(lead)
        MonthlyReturn.objects.of_year(2013).update(status="accepted")
        close(lead)
    assert is_closed(2013)


def test_a_closed_year_is_opened_again_with_a_reason_and_both_decisions_are_kept() -> None:
    lead = cast.province_lead()
    with clock.frozen_at(NEXT_YEAR):
        close(lead)
        for reason, said in (("", "写明理由"), ("又关", "已经关账")):
            with pytest.raises(MoveRefused, match=said):
                close(lead, reason=reason)
        close(lead, closed=False, reason="漏了三步")
    assert not is_closed(2013)
    assert [(each.version, each.closed) for each in YearClosing.objects.order_by("version")] == [(1, True), (2, False)]
    assert [*Event.objects.filter(verb__startswith="counting.year").order_by("pk").values_list("verb", "reason")] == [
        ("counting.year_closed", "年度过完"),
        ("counting.year_opened", "漏了三步"),
    ]


def test_the_lead_closes_a_year_on_its_page(client: Client) -> None:
    client.force_login(cast.province_lead())
    with clock.frozen_at(NEXT_YEAR):
        page = client.post(
            reverse("year-close"), {"year": "2013", "closed": "close", "reason": "年度过完"}, follow=True
        )
        assert "已定，2013年关账" in page.content.decode()
        again = client.post(reverse("year-close"), {"year": "2013", "closed": "close", "reason": "年度过完"})
    assert again.status_code == 409 and "2013年已经关账" in again.content.decode()
