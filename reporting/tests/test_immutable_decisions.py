"""Tests that issued reports and recorded decisions can never be changed."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from enterprises.tests import return_factories as returns
from hunan_trade import clock
from hunan_trade.accounts import actions as accounts
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.actions import deciding
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.workflow import MoveRefused
from reporting import actions
from reporting.content_gathering_and_hashing import compose_document, content_sha256
from reporting.document_parts import Paragraph
from reporting.file_rendering import render
from reporting.issue_number_and_date_insertion import IssueNumberAndDate, add_issue_number_and_date
from reporting.models import Format, Report
from reporting.tests import factories
from reporting.tests.factories import JANUARY, City, Province, logged_in_client
from reporting.wording_edits import text_with_bracketed_figures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("february")]


PROTECTED = {
    "intake_round": "reason = 'x'",
    "intake_remark": "value = 'x'",
    "intake_posting": "cells = 'x'",
    "indicators_observation": "value = value + 1",
    "enterprises_replacedtrade": "round_id = round_id + 1",
    "reporting_report": "document_number = 'x'",
    "reporting_source": "round_id = round_id + 1",
    "reporting_reportfile": "format = 'x'",
    "reporting_voiding": "reason = 'x'",
}


def test_no_sql_statement_changes_or_deletes_decided_rows(people: Province) -> None:
    """Holds for the application's database role and for the owner of the tables."""
    place = factories.create_city("431000")
    with factories.clock_in_month_after(JANUARY):
        january = returns.opened("431000", JANUARY)
        returns.declare_nil(january, "全月停产", place.reporter)
        returns.handed_up_and_signed(january, place.reporter, place.lead)
        returns.given_back(january, "核对", people.officer, [deciding.RemarkedCell("city_summary", "06", "month")])
    factories.accepted(place, JANUARY, ("150", "50"), people.officer)
    factories.correct_return(place, january, ("140", "50"), people, date(2013, 2, 7))
    issued = factories.issued(people)
    actions.void(issued.pk, "附表有误", by=people.boss, seen=issued.content_sha256)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or TRUNCATE would wait for the checks that are due
        for table, change in PROTECTED.items():
            cursor.execute(f"SELECT * FROM {table}")
            before = cursor.fetchall()
            assert before, table
            for statement in (f"UPDATE {table} SET {change}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
                with pytest.raises(DatabaseError, match=r"refused|permission denied"), transaction.atomic():
                    cursor.execute(statement)
            cursor.execute(f"SELECT * FROM {table}")
            assert cursor.fetchall() == before, table


def test_the_files_of_an_issue_stay_the_same_bytes_after_its_data_are_corrected(
    people: Province, changsha: City
) -> None:
    issued = factories.issued(people)
    client = logged_in_client(people.officer)
    handed_out = {f: client.get(f"/reports/{issued.pk}/files/{f}/").content for f in Format.values}
    factories.correct_return(changsha, _january(changsha), ("140", "50"), people, date(2013, 2, 9))
    with clock.frozen_at(clock.at(date(2013, 2, 18), 9)):
        actions.void(issued.pk, "附表有误", by=people.boss, seen=issued.content_sha256)
        factories.drafted()
        stored = Report.objects.get(pk=issued.pk)
        assert content_sha256(stored.content) == stored.content_sha256 == issued.content_sha256
        for format_, data in handed_out.items():
            assert client.get(f"/reports/{issued.pk}/files/{format_}/").content == data, format_
        _, document = compose_document(stored.report_kind, stored.content)
        stamp = IssueNumberAndDate(stored.year, stored.number, stored.document_number, date(2013, 2, 8))
        for format_, data in handed_out.items():  # set anew from the frozen content
            assert render(add_issue_number_and_date(document, stamp), format_) == data, format_


def _january(place: factories.City) -> MonthlyReturn:
    return MonthlyReturn.objects.get(region=place.region, month=JANUARY.first)


# --- The same person after another --------------------------------------------------------------------------------
def change_role(person: User, role: Role) -> User:
    accounts.give_role(user=person, role=role, region=None, by=cast.security_officer(), reason="任职")
    return User.objects.select_related("region").get(pk=person.pk)


@pytest.mark.parametrize("hand", ["words", "review asked"])
def test_an_officer_who_becomes_lead_may_not_issue_a_report_they_worked_on(
    people: Province, changsha: City, hand: str
) -> None:
    report, writer = factories.drafted(), people.officer
    if hand == "words":
        blocks = report.report_kind.compose(report.content).blocks
        at, paragraph = next((at, block) for at, block in enumerate(blocks) if isinstance(block, Paragraph))
        text = f"{text_with_bracketed_figures(paragraph)}另报。"
        report = actions.edit_wording(report.pk, at, text, by=writer, seen=report.content_sha256)
    asker = people.other if hand == "words" else writer
    actions.request_review(report.pk, by=asker, seen=report.content_sha256)
    actions.review(report.pk, by=cast.officer(), seen=report.content_sha256)
    with pytest.raises(MoveRefused, match="另一位负责人"):
        actions.issue(
            report.pk,
            by=change_role(writer, Role.PROVINCE_LEAD),
            confirm_missing=True,
            seen=report.content_sha256,
        )


def test_one_lead_may_review_and_issue_what_somebody_else_drafted(people: Province, changsha: City) -> None:
    """Reviewing does not make the lead a writer of the report."""
    report = factories.drafted()
    actions.request_review(report.pk, by=people.officer, seen=report.content_sha256)
    actions.review(report.pk, by=people.boss, seen=report.content_sha256)
    assert actions.issue(report.pk, by=people.boss, confirm_missing=True, seen=report.content_sha256).number == 1


def test_a_person_who_filled_or_signed_a_return_may_not_review_it_for_the_province(people: Province) -> None:
    place = factories.create_city("431000")
    with factories.clock_in_month_after(JANUARY):
        january = returns.opened("431000", JANUARY)
        returns.declare_nil(january, "全月停产", place.reporter)
        shown = returns.handed_up_and_signed(january, place.reporter, place.lead).digest
        for person in (place.reporter, place.lead):
            officer = change_role(person, Role.PROVINCE_OFFICER)
            with pytest.raises(MoveRefused, match="须由他人审核"):
                deciding.accept(january.pk, by=officer, seen=shown)
            with pytest.raises(MoveRefused, match="须由他人审核"):
                deciding.give_back(january.pk, "核对", by=officer, seen=shown)
        deciding.accept(january.pk, by=people.officer, seen=shown)


def test_a_person_who_asked_for_an_exemption_may_not_grant_it_after_becoming_lead(
    people: Province, changsha: City
) -> None:
    until = clock.at(date(2013, 3, 1))
    asked = deciding.ask_exemption(_january(changsha).pk, "reopen", "海关更正", until, by=people.officer)
    with pytest.raises(MoveRefused, match="提出人不能批准"):
        deciding.decide_exemption(asked.pk, granted=True, by=change_role(people.officer, Role.PROVINCE_LEAD))
