"""Factories for tests of home pages: filed returns, recorded figures, rendered pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.test import Client

from enterprises.indicator_declarations import EXPORT, IMPORT
from enterprises.models import Enterprise
from enterprises.tests import return_factories as filing
from hunan_trade import clock
from hunan_trade.accounts import sessions
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.indicators.actions import record_observations
from hunan_trade.indicators.registry import Source
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.intake.rules_workflow_guards import monthly_return_dates
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region

JULY_8 = clock.at(date(2013, 7, 8), 9, 41)


@dataclass(frozen=True)
class FilingCity:
    reporter: User
    lead: User
    firm: Enterprise

    @property
    def region(self) -> str:
        assert self.reporter.region_id
        return self.reporter.region_id


def filing_city(region: str) -> FilingCity:
    reporter = cast.reporter(region)
    with clock.frozen_at(clock.at(date(2012, 1, 9))):
        return FilingCity(reporter, cast.lead(region), filing.enterprise(reporter))


def signed_in_client(user: User) -> Client:
    client = Client()
    session = client.session
    sessions.sign_in(session, user, ip=None, browser="test")
    assert session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def home_page(client: Client, at: datetime = JULY_8) -> str:
    with clock.frozen_at(at):
        answer = client.get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def home_page_of(user: User, at: datetime = JULY_8) -> str:
    """Return the home page as `user` sees it at this moment."""
    return home_page(signed_in_client(user), at)


def fill_in_return(place: FilingCity, month: Month, exports: str) -> MonthlyReturn:
    """Fill in a month's return with one enterprise's exports in 万 and a matching summary."""
    dates = monthly_return_dates(month, settings.RETURN_CALENDAR)
    with clock.frozen_at(dates.opens_at):
        monthly_return = filing.opened(place.region, month)
        filing.filled(monthly_return, place.reporter, {place.firm.customs_code: (exports, "0")})
    return monthly_return


def send_return(place: FilingCity, month: Month, exports: str) -> MonthlyReturn:
    monthly_return = fill_in_return(place, month, exports)
    with clock.frozen_at(monthly_return_dates(month, settings.RETURN_CALENDAR).opens_at):
        filing.handed_up_and_signed(monthly_return, place.reporter, place.lead)
    return monthly_return


def accept_return(place: FilingCity, month: Month, exports: str, officer: User) -> MonthlyReturn:
    monthly_return = fill_in_return(place, month, exports)
    with clock.frozen_at(monthly_return_dates(month, settings.RETURN_CALENDAR).opens_at):
        filing.accepted(monthly_return, place.reporter, place.lead, officer)
    return monthly_return


def record_trade(region: str, month: Month, wan: int) -> None:
    """Record a city's processing trade of a month as acceptance does, in 万, all of it exports."""
    with transaction.atomic():
        record_observations(
            {EXPORT.code: Decimal(wan) * 10_000, IMPORT.code: Decimal(0)},
            region=region,
            month=month,
            source=Source.RETURN,
            known_at=clock.at(month.next.first, 12),
            reason="",
            by=System("测试"),
        )


def record_settled_months(month: Month, wan: Mapping[str, int], *, others: int = 10) -> None:
    """Record all cities' months of this year up to `month` and of last year.

    `others` stands for cities not in `wan`.
    """
    for city in Region.objects.cities():
        for when in (*month.year_ago.months_to_date, *month.months_to_date):
            record_trade(city.code, when, wan.get(city.code, others) if when.year == month.year else others)
