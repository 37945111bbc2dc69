"""Tests that issued reports get unique and consecutive numbers."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoDbBlocker

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit.models import Event
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.periods import Month
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.workflow import MoveRefused
from reporting import actions
from reporting.models import IssueCounter, Report, Status
from reporting.tests import factories
from reporting.tests.factories import JANUARY, City, Province, logged_in_client

pytestmark = pytest.mark.usefixtures("february")
GIVEN = "湘商演〔2013〕1号"


def test_two_reports_issued_at_the_same_moment_cannot_share_a_document_number(
    cloned_database: ClonedDatabase, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two are of different series, so that the counter makes neither wait."""
    both = Barrier(2, timeout=20)
    render = actions._render_files

    def render_together(*args: Any) -> Any:
        both.wait()
        return render(*args)

    with django_db_blocker.unblock():
        people = factories.create_province()
        factories.accepted(factories.create_city("430100"), JANUARY, ("150", "50"), people.officer)
        reports = factories.create_reports(people, [JANUARY, Month(2012, 1)])
        monkeypatch.setattr(actions, "_render_files", render_together)

        def issue_or_refusal(report: Report) -> str:
            try:
                with clock.frozen_at(clock.now()):
                    return actions.issue(
                        report.pk,
                        by=people.boss,
                        confirm_missing=True,
                        document_number=GIVEN,
                        seen=report.content_sha256,
                    ).document_number
            except MoveRefused as refused:
                return str(refused)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            answers = sorted(pool.map(issue_or_refusal, reports))
        assert answers == [f"发文字号{GIVEN}已用过", GIVEN]
        assert Report.objects.filter(status=Status.ISSUED).count() == 1
        connection.close()


def test_the_database_refuses_a_repeated_document_number_but_allows_many_empty_ones(
    people: Province, changsha: City
) -> None:
    first, second = factories.create_reports(people, [JANUARY, Month(2012, 1)])
    for report in (first, second):
        report.document_number = ""
        report.save()
    Report.objects.filter(pk=first.pk).update(document_number=GIVEN)
    with pytest.raises(IntegrityError, match="report_document_number_once"), transaction.atomic():
        Report.objects.filter(pk=second.pk).update(document_number=GIVEN)


def _issue_and_follow(report: Report, boss: User) -> str:
    answer = logged_in_client(boss).post(
        f"/reports/{report.pk}/issue/", {"shown": report.content_sha256, "confirm_missing": "on"}, follow=True
    )
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.content.decode())


@pytest.mark.parametrize("behind", [0, 1])
def test_a_counter_that_is_behind_continues_after_the_last_issued_number_and_is_reported(
    people: Province, changsha: City, behind: int
) -> None:
    months = [Month(2013, month) for month in (1, 2, 3)]
    factories.create_reports(people, months[:2], "issued")
    if behind:
        IssueCounter.objects.update(last=0)  # as an older backup of this table left it
    else:
        IssueCounter.objects.all().delete()
    report = factories.create_reports(people, months[2:])[0]
    page = _issue_and_follow(report, people.boss)
    assert "已签发，编为2013年第3期" in page
    assert "期号计数停在第0期，已从签发过的第2期接着编" in page
    assert IssueCounter.objects.get().last == 3
    event = Event.objects.get(verb="report.counter_mended")
    assert (event.object_id, event.before, event.after) == (str(report.pk), {"last_number": 0}, {"last_number": 2})
    again = logged_in_client(people.officer).get(f"/reports/{report.pk}/").content.decode()
    assert re.search("期号计数落后，接着签发过的编", again)


def test_a_correct_counter_is_not_mentioned(people: Province, changsha: City) -> None:
    first, second = factories.create_reports(people, [JANUARY, Month(2013, 2)])
    assert "期号计数" not in _issue_and_follow(first, people.boss) + _issue_and_follow(second, people.boss)
    assert not Event.objects.filter(verb="report.counter_mended").exists()


def test_a_return_whose_round_number_is_behind_is_sent_under_the_next_free_receipt(people: Province) -> None:
    place = factories.create_city("431000")
    monthly_return = factories.accepted(place, JANUARY, ("150", "50"), people.officer)
    factories.correct_return(place, monthly_return, ("140", "50"), people, clock.today())
    MonthlyReturn.objects.filter(pk=monthly_return.pk).update(round_number=1, status="signing", version=50)
    _extend_deadline(monthly_return, people)
    answer = logged_in_client(place.lead).post("/returns/431000/2013-01/sign/", {"version": "50"}, follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200 and "2013-01-郴州-3" in page
    event = Event.objects.get(verb="return.counter_mended")
    assert (event.before, event.after) == ({"round": 1}, {"round": 3})


def _extend_deadline(monthly_return: MonthlyReturn, people: factories.Province) -> None:
    """Move a return's deadlines to a later day, so that the return is not locked."""
    later = clock.now().replace(day=20)
    MonthlyReturn.objects.filter(pk=monthly_return.pk).update(due_at=later, locks_at=later)
