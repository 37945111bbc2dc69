"""Tests the actions on reports, from drafting to issuing and voiding."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from pytest_django import DjangoDbBlocker

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.jobs.lease import Lease, LeaseLost
from hunan_trade.jobs.models import Job
from hunan_trade.periods import Month
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.workflow import MoveRefused, Stale
from reporting import actions, queries, tasks
from reporting.content_gathering_and_hashing import content_sha256, gather_content
from reporting.document_parts import Paragraph
from reporting.models import Format, Report, ReportFile, Source, Status
from reporting.tests import factories
from reporting.tests.factories import JANUARY, SYSTEM, City, Province
from reporting.wording_edits import text_with_bracketed_figures

FEBRUARY = Month(2013, 2)
pytestmark = pytest.mark.usefixtures("february")


def append_words(report: Report, ending: str, *, by: User) -> Report:
    """Append words to the first paragraph of a report."""
    blocks = report.report_kind.compose(report.content).blocks
    at, paragraph = next((at, block) for at, block in enumerate(blocks) if isinstance(block, Paragraph))
    return actions.edit_wording(
        report.pk, at, text_with_bracketed_figures(paragraph) + ending, by=by, seen=report.content_sha256
    )


def test_the_drafter_may_neither_review_nor_issue(people: Province, changsha: City) -> None:
    report = factories.drafted()
    assert report.drafted_by is None  # a job is nobody
    with pytest.raises(MoveRefused, match="时不能签发"):
        actions.issue(report.pk, by=people.boss, seen=report.content_sha256)
    actions.request_review(report.pk, by=people.officer, seen=report.content_sha256)
    with pytest.raises(MoveRefused, match="须由他人审核"):
        actions.review(report.pk, by=people.officer, seen=report.content_sha256)
    actions.review(report.pk, by=people.other, seen=report.content_sha256)
    with pytest.raises(MoveRefused, match="没有签发的权限"):
        actions.issue(report.pk, by=people.other, seen=report.content_sha256)


def test_a_lead_who_requested_the_review_may_not_issue(people: Province, changsha: City) -> None:
    report = factories.drafted()
    actions.request_review(report.pk, by=people.boss, seen=report.content_sha256)
    actions.review(report.pk, by=people.officer, seen=report.content_sha256)
    with pytest.raises(MoveRefused, match="另一位负责人"):
        actions.issue(report.pk, by=people.boss, confirm_missing=True, seen=report.content_sha256)
    issued = actions.issue(report.pk, by=cast.province_lead(), confirm_missing=True, seen=report.content_sha256)
    assert issued.number == 1


def test_anyone_who_edited_the_draft_may_not_decide_even_if_others_edited_later(
    people: Province, changsha: City
) -> None:
    report = factories.drafted()
    for writer, ending in ((people.other, "甲"), (people.boss, "乙"), (people.officer, "丙")):
        report = append_words(report, ending, by=writer)
    actions.request_review(report.pk, by=people.officer, seen=report.content_sha256)
    for writer in (people.officer, people.other, people.boss):
        with pytest.raises(MoveRefused, match="须由他人审核"):
            actions.review(report.pk, by=writer, seen=report.content_sha256)
    actions.review(report.pk, by=cast.officer(), seen=report.content_sha256)
    with pytest.raises(MoveRefused, match="另一位负责人"):
        actions.issue(report.pk, by=people.boss, confirm_missing=True, seen=report.content_sha256)
    issued = actions.issue(report.pk, by=cast.province_lead(), confirm_missing=True, seen=report.content_sha256)
    assert issued.number == 1


def test_quoted_texts_lose_the_characters_that_cannot_be_printed(people: Province, changsha: City) -> None:
    kind = factories.drafted().report_kind
    said = "合同已签\r\n\u202e待开工😀，\u200b湘江"
    quoting = replace(kind, gather=lambda month, previous: {"facts": {"said": [{"text": said, "count": 3}]}})
    assert gather_content(quoting, JANUARY)["facts"] == {"said": [{"text": "合同已签  待开工□，湘江", "count": 3}]}


def test_a_draft_of_a_month_without_returns_is_refused(people: Province, changsha: City) -> None:
    with pytest.raises(MoveRefused, match="2011年1月没有月报"):
        actions.request_draft("monthly-bulletin", Month(2011, 1), by=people.officer)


def test_the_database_refuses_a_drafter_as_reviewer_or_issuer(people: Province, changsha: City) -> None:
    report = factories.drafted()
    actions.request_review(report.pk, by=people.officer, seen=report.content_sha256)
    with pytest.raises(IntegrityError, match="report_reviewer_did_not_draft"), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(
            status=Status.REVIEWED, reviewed_by=people.officer, reviewed_at=clock.now()
        )


def test_issuing_with_missing_cities_needs_a_confirmation_that_is_recorded(people: Province, changsha: City) -> None:
    report = factories.drafted()
    actions.request_review(report.pk, by=people.officer, seen=report.content_sha256)
    actions.review(report.pk, by=people.other, seen=report.content_sha256)
    with pytest.raises(MoveRefused, match=r"株洲、湘潭.*须确认缺报市州"):
        actions.issue(report.pk, by=people.boss, seen=report.content_sha256)
    issued = actions.issue(
        report.pk,
        by=people.boss,
        confirm_missing=True,
        document_number="湘商演〔2013〕1号",
        seen=report.content_sha256,
    )
    assert issued.missing_confirmed and issued.issue == "2013年第1期"
    event = Event.objects.get(verb="report.issued")
    assert event.after and (event.actor_id, len(event.after["missing_confirmed"])) == (people.boss.pk, 13)


def test_the_reviewed_content_is_issued_and_stored_as_four_files(people: Province, changsha: City) -> None:
    report = factories.drafted()
    sealed_as = report.content_sha256
    actions.request_review(report.pk, by=people.officer, seen=sealed_as)
    actions.review(report.pk, by=people.other, seen=sealed_as)
    issued = actions.issue(report.pk, by=people.boss, confirm_missing=True, seen=sealed_as)
    stored = Report.objects.get(pk=report.pk)
    assert stored.content_sha256 == sealed_as == content_sha256(stored.content)
    assert {file.format for file in issued.files.all()} == set(Format.values)
    assert issued.files.get(format="pdf").file.read().startswith(b"%PDF")
    assert sorted(Source.objects.values_list("round", flat=True)) == stored.content["rounds"]


def test_sql_cannot_change_an_issued_report_or_its_files(people: Province, changsha: City) -> None:
    report = factories.issued(people)
    for statement in (
        "UPDATE reporting_report SET document_number = 'x' WHERE id = %s",
        "DELETE FROM reporting_report WHERE id = %s",
        "UPDATE reporting_reportfile SET format = 'pdf' WHERE report_id = %s",
        "DELETE FROM reporting_source WHERE report_id = %s",
    ):
        refusal = pytest.raises(DatabaseError, match=r"refused|permission denied")
        with refusal, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [report.pk])
    with pytest.raises(MoveRefused, match="更正登下一期"):
        actions.request_draft("monthly-bulletin", JANUARY, by=people.officer)


def test_a_voided_issue_keeps_its_number_and_the_next_edition_gets_another(people: Province, changsha: City) -> None:
    first = factories.issued(people)
    with pytest.raises(MoveRefused, match="写明作废原因"):
        actions.void(first.pk, " ", by=people.boss, seen=first.content_sha256)
    actions.void(first.pk, "附表排版有误", by=people.boss, seen=first.content_sha256)
    again = factories.issued(people)
    assert (again.edition, again.number) == (2, 2)
    first = Report.objects.get(pk=first.pk)
    assert (first.voided, first.number, first.files.count()) == (True, 1, 4)
    assert list(Report.objects.in_force()) == [again]


def test_editing_words_keeps_the_figures_and_makes_the_editor_the_drafter(people: Province, changsha: City) -> None:
    report = factories.drafted()
    at, paragraph = next(
        (at, block)
        for at, block in enumerate(report.report_kind.compose(report.content).blocks)
        if isinstance(block, Paragraph) and "加工贸易进出口实现" in text_with_bracketed_figures(block)
    )
    text = text_with_bracketed_figures(paragraph)
    with pytest.raises(MoveRefused, match="不是本段的数"):
        actions.edit_wording(
            report.pk, at, text.replace("‹0.02›", "‹0.03›", 1), by=people.officer, seen=report.content_sha256
        )
    told = text.replace("全省加工贸易进出口实现", "全省加工贸易完成进出口", 1)
    edited = actions.edit_wording(report.pk, at, told, by=people.officer, seen=report.content_sha256)
    assert (edited.edits, edited.drafted_by) == (1, people.officer)
    assert edited.content["figures"] == report.content["figures"]
    with pytest.raises(Stale):
        actions.edit_wording(report.pk, at, told, by=people.other, seen=report.content_sha256)
    assert factories.drafted().edits == 1  # the same data draft the same text, which keeps its edit
    back = Report.objects.get(pk=report.pk)
    assert actions.edit_wording(report.pk, at, text, by=people.officer, seen=back.content_sha256).edits == 0


def test_a_report_given_back_is_a_draft_again_and_shows_the_reason(people: Province, changsha: City) -> None:
    report = factories.drafted()
    actions.request_review(report.pk, by=people.officer, seen=report.content_sha256)
    with pytest.raises(MoveRefused, match="写明退回原因"):
        actions.give_back(report.pk, "", by=people.other, seen=report.content_sha256)
    actions.give_back(report.pk, "第二段改短", by=people.other, seen=report.content_sha256)
    back = Report.objects.get(pk=report.pk)
    assert (back.status, back.note, back.reviewed_by) == (Status.DRAFT, "第二段改短", None)


def test_corrections_and_late_cities_appear_in_the_next_issue(people: Province, changsha: City) -> None:
    january = MonthlyReturn.objects.get(region=changsha.region, month=JANUARY.first)
    factories.issued(people)
    chenzhou = factories.create_city("431000")
    for year in (2012, 2013):
        factories.accepted(chenzhou, Month(year, 1), ("70", "30"), people.officer)
    factories.correct_return(changsha, january, ("140", "50"), people, date(2013, 2, 20))
    with factories.clock_in_month_after(FEBRUARY):
        report = factories.drafted(FEBRUARY)
    text = "\n".join(
        text_with_bracketed_figures(block)
        for block in report.report_kind.compose(report.content).blocks
        if isinstance(block, Paragraph)
    )
    assert "长沙2013年1月加工贸易出口由‹150.00›万美元更正为‹140.00›万美元" in text and "原因：海关已改单。" in text
    assert "上期未列入的郴州1月数已核定：加工贸易进出口‹0.01›亿美元" in text
    assert "更正和补充后，2013年1月全省加工贸易进出口为‹0.03›亿美元" in text


def test_a_draft_older_than_an_acceptance_names_the_cities(people: Province, changsha: City) -> None:
    report = factories.drafted()
    assert queries.cities_accepted_since_draft(report) == ()
    factories.accepted(factories.create_city("431000"), JANUARY, ("70", "30"), people.officer)
    assert queries.cities_accepted_since_draft(report) == ("郴州",)
    assert queries.cities_accepted_since_draft(factories.drafted()) == ()


def test_running_the_job_twice_writes_one_draft(people: Province, changsha: City) -> None:
    job = actions.request_draft("monthly-bulletin", JANUARY, by=people.officer)
    assert actions.request_draft("monthly-bulletin", JANUARY, by=people.other) == job
    with pytest.raises(MoveRefused, match="还没有结束"):
        actions.request_draft("monthly-bulletin", FEBRUARY, by=people.officer)
    lease = Lease(job.pk, job.kind, 1, 1, "", people.officer)
    Job.objects.filter(pk=job.pk).update(state="running", fence=1, attempt=1, started_at=clock.real_now())
    tasks.write_draft(lease, **job.payload)
    job.refresh_from_db()
    assert (job.state, job.done, job.note) == ("done", 5, "试排 .html")
    report = Report.objects.get()
    assert (job.result, report.status, report.drafted_by) == ({"report": report.pk}, Status.DRAFT, None)
    with pytest.raises(LeaseLost):
        tasks.write_draft(lease, **job.payload)
    assert Report.objects.get().written_at == report.written_at


def test_the_hourly_job_requests_a_draft_once_when_the_month_is_locked(people: Province, changsha: City) -> None:
    lease = Lease(0, "reports.due", 1, 1, "", factories.SYSTEM)
    asker = Job.objects.create(kind="reports.due", key="t", title="t", state="running", fence=1, attempt=1,
                               started_at=clock.real_now(), lease_until=clock.real_now())  # fmt: skip
    lease.job_id = asker.pk
    tasks.request_due_drafts(lease)
    assert not Job.objects.filter(kind="reports.write").exists()  # thirteen are missing and may still come
    with clock.frozen_at(clock.at(date(2013, 2, 20), 8)):
        tasks.request_due_drafts(lease)
        tasks.request_due_drafts(lease)
    assert Job.objects.filter(kind="reports.write").count() == 1


def test_twenty_threads_get_twenty_numbers_without_a_gap(
    cloned_database: ClonedDatabase, django_db_blocker: DjangoDbBlocker
) -> None:
    """Every second transaction is rolled back after it took its number, which is given again."""

    by: Any = SYSTEM

    def take_number(attempt: int) -> int | None:
        try:
            with transaction.atomic():
                number = actions._take_issue_number(Report(kind="monthly-bulletin", year=2013), by=by)
                if attempt % 2:
                    raise RuntimeError
                return number
        except RuntimeError:
            return None
        finally:
            connection.close()

    with django_db_blocker.unblock():
        with ThreadPoolExecutor(20) as pool:
            taken = sorted(number for number in pool.map(take_number, range(80)) if number)
        connection.close()
    assert taken == list(range(1, 41))


def test_twenty_simultaneous_leads_issue_a_report_once_and_void_it_once(
    cloned_database: ClonedDatabase, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock():
        people = factories.create_province()
        place = factories.create_city("430100")
        factories.accepted(place, JANUARY, ("150", "50"), people.officer)
        report = factories.drafted()
        actions.request_review(report.pk, by=people.officer, seen=report.content_sha256)
        actions.review(report.pk, by=people.other, seen=report.content_sha256)
        shown = report.content_sha256

        def succeeds(move: Callable[[], object]) -> bool:
            try:
                move()
            except MoveRefused:
                return False
            finally:
                connection.close()
            return True

        issue = partial(actions.issue, report.pk, by=people.boss, confirm_missing=True, seen=shown)
        void = partial(actions.void, report.pk, "附表有误", by=people.boss, seen=shown)
        with ThreadPoolExecutor(20) as pool:
            for move in (issue, void):
                assert sum(pool.map(succeeds, [move] * 20)) == 1
        assert (Report.objects.get().number, ReportFile.objects.count()) == (1, 4)
        connection.close()
