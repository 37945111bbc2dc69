"""Tests the lead's decisions for a plan year: the source of its published figures, and its exchange rate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.test import Client

from hunan_trade import clock
from hunan_trade.accounts import sessions
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.audit.models import Event
from hunan_trade.indicators import queries_observations, registry
from hunan_trade.indicators.actions import record_observations
from hunan_trade.indicators.actions_source_and_exchange_rate import decide_exchange_rate, decide_published_source
from hunan_trade.indicators.models import SourceDecision, YearRate
from hunan_trade.indicators.queries_source_and_exchange_rate import exchange_rate_of_year
from hunan_trade.indicators.registry import Source
from hunan_trade.indicators.values_by_city import PanelData
from hunan_trade.periods import Month
from hunan_trade.regions.models import PROVINCE, Region
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from hunan_trade.workflow import MoveRefused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_tables")]
COUNTED = registry.switchable()[0].code
FIXED = next(each.code for each in registry.declared() if not (each.switchable or each.parts or each.measure))
JANUARY, FEBRUARY = Month(2013, 1), Month(2013, 2)
CITY = cast.CHANGSHA
MORNING, EVENING = clock.at(date(2013, 3, 8), 9), clock.at(date(2013, 3, 8), 18)
RETURNED = {Month(2012, 1): 7, Month(2012, 2): 7, JANUARY: 10, FEBRUARY: 20}
REGISTERED = {JANUARY: 11, FEBRUARY: 22}  # the register is complete from 2013


@pytest.fixture(autouse=True)
def march() -> Iterator[None]:
    """Fixture of figures of both sources in every city, at noon of a day in March."""
    for source, figures in ((Source.RETURN, RETURNED), (Source.REGISTER, REGISTERED)):
        for month, value in figures.items():
            for city in Region.objects.cities():
                observe(city.code, month, value, source)
    with clock.frozen_at(clock.at(date(2013, 3, 8), 12)):
        yield


@pytest.fixture
def lead() -> User:
    return cast.province_lead()


def observe(region: str, month: Month, value: int, source: Source, code: str = COUNTED) -> None:
    record_observations(
        {code: Decimal(value)},
        region=region,
        month=month,
        source=source,
        known_at=clock.at(date(2013, 3, 4), 9),
        reason="更正",
        by=System("test"),
    )


def decide(by: User, source: str = Source.REGISTER, **more: Any) -> SourceDecision:
    facts = {"indicator": COUNTED, "year": 2013, "reason": "项目库已核对完整", **more}
    return decide_published_source(source=source, by=by, **facts)


def panel(month: Month = FEBRUARY, as_of: datetime | None = None) -> PanelData:
    return queries_observations.panel_data_of_indicator(COUNTED, month, as_of)


def sum_to_date(month: Month = FEBRUARY, as_of: datetime | None = None) -> Decimal | None:
    return panel(month, as_of).cumulative(CITY).amount


def test_without_a_decision_the_register_is_not_published() -> None:
    assert sum_to_date() == 30
    assert panel().cumulative(PROVINCE, last_year=True).amount == 14 * 14


def test_a_decided_source_is_that_of_all_months_of_its_plan_year(lead: User) -> None:
    assert sum_to_date() == 30
    next_transaction()
    decide(lead)
    next_transaction()
    assert sum_to_date() == 33  # no panel is left in the cache
    assert [value.amount for value in panel().monthly_values(CITY, 2013)] == [11, 22]
    assert panel().cumulative(PROVINCE).amount == 33 * 14


def test_the_next_return_goes_on_from_what_was_reported(lead: User) -> None:
    decide(lead)
    history = queries_observations.monthly_values_of_region([COUNTED], CITY, FEBRUARY)[COUNTED]
    assert {month: value.amount for month, value in history.items()} == RETURNED


def test_last_year_is_absent_where_the_decided_source_has_none_and_nothing_is_mixed(lead: User) -> None:
    decide(lead)
    base, growth = panel().cumulative(PROVINCE, last_year=True), panel().year_on_year(CITY)
    assert (base.amount, growth.amount) == (None, None)
    assert growth.note == "项目库2012年数不全"
    observe(CITY, Month(2012, 1), 5, Source.REGISTER)
    assert panel(JANUARY).year_on_year(CITY).amount == 120


def test_a_month_that_the_decided_source_has_not_yet_is_left_out(lead: User) -> None:
    decide(lead)
    march = Month(2013, 3)
    observe(CITY, march, 30, Source.RETURN)
    assert panel(march).month_value(CITY).amount is None
    assert panel(march).month_value(CITY).note == "长沙3月数未核定"


def test_other_plan_years_and_indicators_keep_their_source(lead: User) -> None:
    decide(lead)
    assert sum_to_date(Month(2012, 2)) == 14
    next_year = panel(Month(2014, 1))
    assert next_year.cumulative(CITY, last_year=True).amount is None  # nothing is known of 2014
    assert next_year.month_value(CITY, JANUARY).amount == 10  # beside 2014 the returns' months
    other = registry.switchable()[1].code
    observe(CITY, JANUARY, 3, Source.RETURN, other)
    observe(CITY, JANUARY, 4, Source.REGISTER, other)
    assert queries_observations.panel_data_of_indicator(other, JANUARY).month_value(CITY).amount == 3


def test_a_decision_is_reversed_by_the_next_one_and_both_stay(lead: User) -> None:
    decide(lead)
    with clock.frozen_at(clock.at(date(2013, 3, 9), 12)):
        decide(lead, Source.RETURN, reason="项目库有重复")
        assert sum_to_date() == 30
    seen = [sum_to_date(as_of=instant) for instant in (MORNING, EVENING, clock.at(date(2013, 3, 9), 13))]
    assert seen == [30, 33, 30]
    assert SourceDecision.objects.count() == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        SourceDecision.objects.update(source=Source.REGISTER)


def test_a_year_is_not_switched_to_a_source_without_figures_of_it(lead: User) -> None:
    with pytest.raises(
        MoveRefused, match="项目库还没有2012年承接产业转移项目的数，不能改按项目库公布。项目库有数后再定"
    ):
        decide(lead, year=2012)
    observe(CITY, Month(2012, 12), 5, Source.REGISTER)
    assert decide(lead, year=2012).year == 2012
    assert decide(lead, year=2014).year == 2014  # no source has figures yet


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"indicator": FIXED}, "这个指标的公布来源不能另定"),
        ({"source": Source.CUSTOMS}, "只能是市州月报、项目库"),
        ({"source": Source.RETURN}, "已按市州月报公布，不用再定"),
        ({"year": 2015}, "年度要在 2000 到 2014 之间"),
        ({"reason": " "}, "写明理由"),
    ],
)
def test_a_source_that_cannot_be_decided_is_refused_in_words(lead: User, given: dict[str, Any], message: str) -> None:
    with pytest.raises(MoveRefused, match=message):
        decide(lead, **given)
    assert not SourceDecision.objects.exists()


def test_a_rate_is_decided_anew_and_both_decisions_stay(lead: User) -> None:
    assert exchange_rate_of_year(2013) is None
    decide_exchange_rate(year=2013, cny_per_usd=Decimal("6.2855"), reason="年初中间价", by=lead)
    with clock.frozen_at(clock.at(date(2013, 3, 9), 12)):
        decide_exchange_rate(year=2013, cny_per_usd=Decimal("6.1932"), reason="改按全年平均", by=lead)
    assert (exchange_rate_of_year(2013), exchange_rate_of_year(2013, EVENING)) == (Decimal("6.1932"), Decimal("6.2855"))
    assert (exchange_rate_of_year(2013, MORNING), exchange_rate_of_year(2014)) == (None, None)
    with pytest.raises(DatabaseError), transaction.atomic():
        YearRate.objects.all().delete()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"cny_per_usd": Decimal(0)}, "汇率要大于 0"),
        ({"cny_per_usd": Decimal("6.2")}, "2013年汇率已是 6.2000，不用再定"),
        ({"year": 1999}, "年度要在 2000 到 2014 之间"),
        ({"reason": ""}, "写明理由"),
    ],
)
def test_a_rate_that_cannot_be_decided_is_refused_in_words(lead: User, given: dict[str, Any], message: str) -> None:
    decide_exchange_rate(year=2013, cny_per_usd=Decimal("6.2"), reason="年初中间价", by=lead)
    with pytest.raises(MoveRefused, match=message):
        decide_exchange_rate(**{"year": 2013, "cny_per_usd": Decimal("6.3"), "reason": "改", "by": lead, **given})
    assert YearRate.objects.count() == 1


def client_of(user: User) -> Client:
    client = Client()
    session = client.session
    sessions.sign_in(session, user, ip=None, browser="test")
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    return client


def test_only_the_provinces_lead_decides(lead: User) -> None:
    officer = cast.officer()
    with pytest.raises(MoveRefused, match="没有定公布口径和年度汇率的权限"):
        decide(officer)
    with pytest.raises(MoveRefused, match="没有定公布口径和年度汇率的权限"):
        decide_exchange_rate(year=2013, cny_per_usd=Decimal(6), reason="中间价", by=officer)


def test_the_filter_offers_the_sources_that_can_be_decided(lead: User) -> None:
    page = client_of(lead).get("/reports/sources/?source=register").content.decode()
    assert "市州月报" in page and "海关统计" not in page


def test_the_pages_decide_and_list_what_was_decided(lead: User) -> None:
    client, page = client_of(lead), "/reports/sources/decide/"
    title = registry.get(COUNTED).title
    body = {"indicator": COUNTED, "year": "2013", "source": "register", "reason": "项目库已核对完整"}
    assert title in client.get(page).content.decode()
    assert client.post(page, {**body, "year": "明年"}).status_code == 422
    assert client.post(page, body)["Location"] == "/reports/sources/"
    listed = client.get("/reports/sources/").content.decode()
    assert title in listed and "项目库已核对完整" in listed
    event = Event.objects.get(verb="source.decided")
    assert (event.before, event.after) == (
        {"source": "市州月报"},
        {"indicator": title, "year": 2013, "source": "项目库"},
    )
    rate = {"year": "2013", "cny_per_usd": "6.2855", "reason": "年初中间价"}
    assert client.post("/reports/rates/decide/", rate)["Location"] == "/reports/rates/"
    assert "6.2855" in client.get("/reports/rates/").content.decode()
