"""Tests that the province's lead decides the thresholds for checks of returns, each from a given month on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from enterprises import rules_processing_trade
from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.intake import return_sheets, sheet_progress
from hunan_trade.intake.actions.thresholds import decide_threshold
from hunan_trade.intake.models import MonthlyReturn, Threshold
from hunan_trade.intake.queries_thresholds import decisions_read_once, threshold_values_for_month
from hunan_trade.intake.tests.return_requests_and_workbooks import signed_in_client
from hunan_trade.periods import Month
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from hunan_trade.workflow import MoveRefused

pytestmark = pytest.mark.django_db
PAGE = "/returns/thresholds/decide/"
MARCH, APRIL, MAY = Month(2013, 3), Month(2013, 4), Month(2013, 5)


@pytest.fixture(autouse=True)
def may() -> Iterator[None]:
    with clock.frozen_at(clock.at(date(2013, 5, 3), 10)):
        yield


@pytest.fixture
def lead() -> User:
    return cast.province_lead()


def decide(by: User, value: str = "3", month: Month = APRIL, code: str = "high_factor", **more: Any) -> Threshold:
    facts = {"dataset": "processing_trade", "reason": "旺季误报多", **more}
    return decide_threshold(code=code, value=Decimal(value), holds_from=month, by=by, **facts)


def high_factor(month: Month) -> Decimal:
    return threshold_values_for_month("processing_trade", rules_processing_trade.THRESHOLDS, month)["high_factor"]


def codes(monthly_return: MonthlyReturn) -> set[str]:
    findings = return_sheets.stored_sheets(monthly_return).check().findings
    return {
        each.code for each in findings if each.code == "trade.jump" or (each.code, each.key) == ("summary.jump", "06")
    }


def april_with_a_jump(reporter: User, projects: str = "3") -> MonthlyReturn:
    """Return April's return, with trade of 2.5 times the mean of three months, in which 3 projects came each."""
    firm = return_factories.enterprise(reporter)
    people = cast.lead(), cast.officer()
    for number in (1, 2, 3):
        with clock.frozen_at(clock.at(date(2013, number + 1, 3), 10)):
            filed = return_factories.opened("430100", Month(2013, number))
            figures = {firm.customs_code: (f"{100 + number}", "0")}
            return_factories.filled(filed, reporter, figures, i06="3", i08="9")
            return_factories.accepted(filed, reporter, *people)
    april = return_factories.opened("430100", APRIL)
    return_factories.filled(april, reporter, {firm.customs_code: ("255", "0")}, i06=projects, i08="9")
    return MonthlyReturn.objects.with_region().get(pk=april.pk)


def test_a_decided_threshold_holds_from_its_month_and_earlier_months_keep_theirs(lead: User) -> None:
    assert high_factor(APRIL) == Decimal(2)
    decide(lead, "3", APRIL)
    decide(lead, "4", MAY)
    assert [high_factor(month) for month in (MARCH, APRIL, MAY)] == [2, 3, 4]
    with clock.frozen_at(clock.at(date(2013, 5, 4), 10)):
        decide(lead, "2.5", APRIL)
    assert [high_factor(month) for month in (MARCH, APRIL, MAY)] == [2, Decimal("2.5"), 4]


def test_decisions_that_are_read_once_give_each_return_its_own_thresholds(lead: User) -> None:
    decide(lead, "3", APRIL)
    decide(lead, "6", APRIL, "least_count", dataset="city_summary")
    with clock.frozen_at(clock.at(date(2013, 5, 4), 10)):
        decide(lead, "2.5", APRIL)
    moments = [None, clock.at(date(2013, 5, 1), 10), clock.at(date(2013, 5, 3), 12)]
    asked = [(month, as_of) for month in (MARCH, APRIL, MAY) for as_of in moments]
    alone = [threshold_values_for_month("processing_trade", rules_processing_trade.THRESHOLDS, *each) for each in asked]
    with CaptureQueriesContext(connection) as queries, decisions_read_once():
        assert [
            threshold_values_for_month("processing_trade", rules_processing_trade.THRESHOLDS, *each) for each in asked
        ] == alone
    assert len(queries) == 1 and len({values["high_factor"] for values in alone}) == 3


def test_the_check_asks_by_the_threshold_of_the_month(lead: User) -> None:
    april = april_with_a_jump(cast.reporter(cast.CHANGSHA))
    assert codes(april) == {"trade.jump"}
    sheet_progress.return_progress(april)
    next_transaction()
    decide(lead, "3", APRIL)
    next_transaction()
    assert codes(april) == set()
    assert all(not sheet.unexplained for sheet in sheet_progress.return_progress(april)[:1])


def test_the_city_summary_is_checked_by_thresholds_of_its_own(lead: User) -> None:
    april = april_with_a_jump(cast.reporter(cast.CHANGSHA), projects="9")
    assert codes(april) == {"trade.jump", "summary.jump"}
    next_transaction()
    decide(lead, "6", code="least_count", dataset="city_summary")
    next_transaction()
    assert codes(april) == {"trade.jump"}


def test_what_was_handed_up_is_judged_by_the_thresholds_of_then(lead: User) -> None:
    april = april_with_a_jump(cast.reporter(cast.CHANGSHA))
    MonthlyReturn.objects.filter(pk=april.pk).update(status="signing", handed_up_at=clock.now())
    with clock.frozen_at(clock.at(date(2013, 5, 4), 10)):
        decide(lead, "3", APRIL)
        assert codes(MonthlyReturn.objects.with_region().get(pk=april.pk)) == {"trade.jump"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"month": MARCH}, "不能早于2013年4月"),
        ({"value": "1"}, "要在 1.1 倍到 20 倍之间"),
        ({"value": "2"}, "已是 2 倍"),
        ({"reason": " "}, "写明理由"),
        ({"code": "least_months", "value": "2.5"}, "填整数"),
        ({"code": "least_count"}, "没有这个阈值"),
        ({"dataset": "parks"}, "没有这个阈值"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_in_words(lead: User, given: dict[str, Any], message: str) -> None:
    with pytest.raises(MoveRefused, match=message):
        decide(lead, **given)
    assert not Threshold.objects.exists()


def test_only_the_provinces_lead_decides(lead: User) -> None:
    with pytest.raises(MoveRefused, match="没有决定阈值的权限"):
        decide(cast.officer())
    body = {"threshold": "processing_trade.least_usd", "value": "50", "holds_from": "2013-04", "reason": "小额不问"}
    assert signed_in_client(cast.officer()).post(PAGE, body).status_code in (403, 404)
    client = signed_in_client(lead)
    assert "突增：前几个月平均的倍数" in client.get(PAGE).content.decode()
    assert client.post(PAGE, {**body, "holds_from": "四月"}).status_code == 422
    answer = client.post(PAGE, body)
    assert answer["Location"] == "/returns/thresholds/"
    assert "50 万美元" in client.get("/returns/thresholds/").content.decode()
    event = Event.objects.get(verb="threshold.decided")
    assert (event.before, event.after) == (
        {"threshold": "30 万美元"},
        {"name": "不问的变动，不超过", "threshold": "50 万美元", "holds_from": "2013-04"},
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        Threshold.objects.update(value=1)
