"""Tests that an issuer must confirm returns that changed after the report was drafted."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.db.models.functions import Now

from enterprises.tests import return_factories as returns
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import System
from hunan_trade.audit.models import Event
from hunan_trade.intake.actions import deciding
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.jobs.models import Job
from hunan_trade.periods import Month
from hunan_trade.workflow import MoveRefused
from reporting import actions, queries
from reporting.models import Report, Status
from reporting.tests import factories
from reporting.tests.factories import JANUARY, SYSTEM, City, Province, logged_in_client

pytestmark = pytest.mark.usefixtures("february")
LATER = clock.at(date(2013, 2, 8), 11)


def reopen_january(people: Province) -> MonthlyReturn:
    monthly_return = MonthlyReturn.objects.get(region="430100", month=JANUARY.first)
    asked = deciding.ask_exemption(monthly_return.pk, "reopen", "海关已改单", LATER.replace(day=20), by=people.officer)
    deciding.decide_exemption(asked.pk, granted=True, by=people.boss)
    return monthly_return


def report_html(report: Report, people: Province) -> str:
    return str(logged_in_client(people.boss).get(f"/reports/{report.pk}/").content.decode())


def test_a_return_reopened_between_draft_and_issue_is_shown_and_must_be_confirmed(
    people: Province, changsha: City
) -> None:
    report = factories.reviewed(people)
    assert "重新打开" not in report_html(report, people)
    reopen_january(people)
    page = report_html(report, people)
    assert "<strong>所依据的月报已重新打开</strong>，长沙2013年1月" in page
    assert "退回草稿，等重新核定后再起草" in page and "14 个市州均已核定" not in page
    with pytest.raises(MoveRefused, match="长沙2013年1月月报已重新打开，签发前须确认"):
        actions.issue(report.pk, by=people.boss, confirm_missing=True, seen=report.content_sha256)
    [digest] = re.findall(r'name="confirm_since" value="([0-9a-f]{64})" required', page)
    sent = {"shown": report.content_sha256, "confirm_missing": "on", "confirm_since": digest}
    answer = logged_in_client(people.boss).post(f"/reports/{report.pk}/issue/", sent)
    assert answer.status_code == 302
    after: Any = Event.objects.get(verb="report.issued").after
    assert after["since_confirmed"] == ["长沙2013年1月"]
    assert "重新打开" not in report_html(report, people)  # what is issued stays; corrections come with the next one


def test_a_reopened_return_is_shown_on_the_draft_before_its_review(people: Province, changsha: City) -> None:
    report = factories.drafted()
    reopen_january(people)
    page = report_html(report, people)
    assert "所依据的月报已重新打开" in page and "等重新核定后重新起草" in page


def test_a_return_accepted_again_with_the_same_sums_is_shown_as_changed(people: Province, changsha: City) -> None:
    """Single enterprises may have changed although the sums are the same."""
    report = factories.reviewed(people)
    with clock.frozen_at(LATER):
        monthly_return = reopen_january(people)
        returns.accepted(monthly_return, changsha.reporter, changsha.lead, people.officer)
        assert queries.changes_since_draft(report) == queries.ChangesSinceDraft(accepted=("长沙",))
        page = report_html(report, people)
        assert "<strong>起草后又有核定</strong>，长沙的月报" in page
        with pytest.raises(MoveRefused, match="长沙起草后又有核定，签发前须确认"):
            actions.issue(report.pk, by=people.boss, confirm_missing=True, seen=report.content_sha256)
        actions.give_back(report.pk, "重新起草", by=people.other, seen=report.content_sha256)
        assert queries.changes_since_draft(factories.drafted()) == queries.ChangesSinceDraft()


def test_a_return_accepted_in_the_same_second_before_the_draft_is_not_shown_as_changed(
    people: Province, changsha: City
) -> None:
    with clock.frozen_at(LATER.replace(microsecond=900_000)):
        monthly_return = reopen_january(people)
        returns.accepted(monthly_return, changsha.reporter, changsha.lead, people.officer)
        assert not queries.changes_since_draft(factories.drafted())


def test_a_city_with_a_missing_month_is_not_shown_as_changed_until_it_changes(people: Province, changsha: City) -> None:
    february, march = Month(2013, 2), Month(2013, 3)
    place = factories.create_city("430200")
    for month in (JANUARY, march):
        factories.accepted(place, month, ("150", "50"), people.officer)
    with factories.clock_in_month_after(march):
        report = factories.reviewed(people, march)
        assert not queries.changes_since_draft(report)
    factories.accepted(place, february, ("150", "50"), people.officer)
    assert queries.changes_since_draft(report).accepted == ("株洲",)


def test_a_confirmation_counts_only_for_the_changes_the_page_showed(people: Province, changsha: City) -> None:
    report = factories.reviewed(people)
    reopen_january(people)
    shown = queries.changes_since_draft(report).digest
    factories.accepted(factories.create_city("431000"), JANUARY, ("70", "30"), people.officer)
    with pytest.raises(MoveRefused, match="长沙2013年1月月报已重新打开，郴州起草后又有核定，签发前须确认"):
        actions.issue(report.pk, by=people.boss, confirm_missing=True, confirm_since=shown, seen=report.content_sha256)
    assert Report.objects.get(pk=report.pk).status == Status.REVIEWED


# --- 起草 while it is being written -----------------------------------------------------------------------------------
@pytest.mark.parametrize("asker", ["self", "other", "calendar"])
def test_no_page_offers_a_new_draft_while_a_job_is_writing_one(people: Province, changsha: City, asker: str) -> None:
    report = factories.drafted()
    again = 'action="/reports/prepare/"'
    client = logged_in_client(people.officer)
    pages = ("/", "/reports/", f"/reports/{report.pk}/")
    assert [again in client.get(page).content.decode() for page in pages] == [False, True, True]
    askers: dict[str, User | System] = {"self": people.officer, "other": people.other, "calendar": SYSTEM}
    job = actions.request_draft("monthly-bulletin", JANUARY, by=askers[asker])
    told = {"self": "您", "other": people.other.name, "calendar": "日历"}[asker]
    for page in pages:
        html = client.get(page).content.decode()
        main = html.split("<main")[1]
        block = main.split("季度调度")[0]
        assert again not in block and f"正在重新起草，{told}交办" in main, (page, main)
        assert f'href="/jobs/{job.pk}/"' in main, page
    Job.objects.update(state="failed", lease_until=None, finished_at=Now(), error="磁盘已满")
    assert [again in client.get(page).content.decode() for page in pages] == [False, True, True]


def test_the_home_page_shows_that_the_first_draft_of_a_month_is_being_written(people: Province, changsha: City) -> None:
    client = logged_in_client(people.officer)
    assert "通报未起草" in client.get("/").content.decode()
    actions.request_draft("monthly-bulletin", JANUARY, by=people.officer)
    page = client.get("/").content.decode()
    assert "2013年1月通报正在起草" in page.replace("1月通报", "2013年1月通报") and "通报未起草" not in page
    assert "起草2013年1月情况通报" in page
