"""Tests that a project's page says when a step in an issued bulletin's month will be printed as a correction."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.periods import Month
from projects.tests.factories import stepped_project, take_step
from reporting.kinds import BULLETIN
from reporting.models import Report, Status
from reporting.queries import last_bulletin_month

pytestmark = pytest.mark.django_db
SENTENCE = "的通报已经印发，核定后在下一期通报中作为更正说明。"


def bulletin(month: Month, status: str = Status.ISSUED) -> Report:
    drafter, lead, now = cast.officer(), cast.province_lead(), clock.now()
    issued = {"number": month.month, "issued_by": lead, "issued_at": now} if status == Status.ISSUED else {}
    return Report.objects.create(
        kind=BULLETIN, month=month.first, year=month.year, status=status, content={}, content_sha256="0" * 64,
        written_at=now, drafted_by=drafter, asked_at=now, reviewed_by=lead, reviewed_at=now, **issued,
    )  # fmt: skip


def test_a_step_in_a_printed_month_is_told_on_the_page_and_the_form_before_it(client: Client) -> None:
    reporter = cast.reporter()
    client.force_login(reporter)
    made = stepped_project(reporter)
    form = f"/projects/{made.code}/moves/sign/"
    assert "已经印发" not in client.get(form).content.decode() and last_bulletin_month() is None
    bulletin(Month(2013, 3))
    assert "2013年3月及以前的通报已经印发。" in client.get(form).content.decode()
    take_step(made, "sign", date(2013, 3, 18), by=reporter)
    page = client.get(f"/projects/{made.code}/").content.decode()
    assert f"签约 2013-03-18：2013年3月{SENTENCE}" in page


@pytest.mark.parametrize("on", [date(2013, 4, 1), date(2012, 12, 31)])
def test_a_step_after_the_last_bulletin_or_before_the_register_is_no_correction(client: Client, on: date) -> None:
    reporter = cast.reporter()
    made = stepped_project(reporter, "sign", intended_on=on)
    bulletin(Month(2013, 3))
    bulletin(Month(2013, 5), Status.REVIEWED)
    client.force_login(reporter)
    assert "已经印发" not in client.get(f"/projects/{made.code}/").content.decode()


def test_an_accepted_step_is_told_no_more(client: Client) -> None:
    reporter = cast.reporter()
    made = stepped_project(reporter, "sign", confirmed_by=cast.officer())
    bulletin(Month(2013, 3))
    client.force_login(reporter)
    assert SENTENCE not in client.get(f"/projects/{made.code}/").content.decode()
