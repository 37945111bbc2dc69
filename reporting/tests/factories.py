"""Test factories that create accepted returns and reports by calling the portal's own actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.test import Client

from enterprises.models import Enterprise
from enterprises.tests import return_factories as returns
from hunan_trade import clock
from hunan_trade.accounts import sessions
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.intake import datasets, return_sheets
from hunan_trade.intake.actions import deciding, filling
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.periods import Month
from reporting import actions, kinds
from reporting.content_gathering_and_hashing import gather_content
from reporting.models import Report

JANUARY = Month(2013, 1)
SUMMARY = {"i06": "3", "i08": "9000", "i09": "5000.5", "i10": "70", "i11": "61.7", "i12": "55"}
SYSTEM = System("后台任务")


@dataclass(frozen=True)
class City:
    """A city with its reporter, its lead and one enterprise."""

    reporter: User
    lead: User
    firm: Enterprise

    @property
    def region(self) -> str:
        assert self.reporter.region_id
        return self.reporter.region_id


@dataclass(frozen=True)
class Province:
    officer: User
    other: User
    boss: User


@contextmanager
def clock_in_month_after(month: Month, day: int = 4) -> Iterator[None]:
    """Context manager that sets the clock to a morning of the next month."""
    with clock.frozen_at(clock.at(date(month.next.year, month.next.month, day), 10)):
        yield


def create_province() -> Province:
    return Province(cast.officer(), cast.officer(), cast.province_lead())


def create_city(region: str) -> City:
    reporter = cast.reporter(region)
    return City(reporter, cast.lead(region), returns.enterprise(reporter))


def accepted(place: City, month: Month, figures: tuple[str, str], officer: User, **items: str) -> MonthlyReturn:
    """Create an accepted return of a month with the given exports and imports in 万美元.

    Summary items are given by code, as i06="3".
    """
    with clock_in_month_after(month):
        monthly_return = returns.opened(place.region, month)
        fill_return(place, monthly_return, figures, {**SUMMARY, **items})
        returns.accepted(monthly_return, place.reporter, place.lead, officer)
    return monthly_return


def fill_return(place: City, monthly_return: MonthlyReturn, figures: tuple[str, str], items: Mapping[str, str]) -> None:
    """Fill in a return and give a reason for each finding that requires one."""
    returns.filled(monthly_return, place.reporter, {place.firm.customs_code: figures}, **items)
    returns.fill_projects_with_zeros(monthly_return, place.reporter)
    sheets_ = {dataset.sheet: dataset for dataset in datasets.declared()}
    for finding in return_sheets.stored_sheets(monthly_return).check().unexplained:
        dataset = sheets_[finding.sheet]
        filling.save_rows(
            monthly_return.pk,
            dataset,
            [filling.RowEdit(finding.key, {dataset.reason.key: "已核对"})],
            by=place.reporter,
        )


def correct_return(
    place: City, monthly_return: MonthlyReturn, figures: tuple[str, str], people: Province, at: date
) -> None:
    """Reopen an accepted return, fill it with other figures and accept it again."""
    with clock.frozen_at(clock.at(at, 9)):
        asked = deciding.ask_exemption(monthly_return.pk, "reopen", "海关已改单", clock.at(at, 18), by=people.officer)
        deciding.decide_exemption(asked.pk, granted=True, by=people.boss)
        fill_return(place, monthly_return, figures, SUMMARY)
        returns.accepted(monthly_return, place.reporter, place.lead, people.officer)


def drafted(month: Month = JANUARY, kind: str = "monthly-bulletin") -> Report:
    declared = kinds.get(kind)
    return actions.store_draft(declared, month, gather_content(declared, month), by=SYSTEM)


def issued(people: Province, month: Month = JANUARY) -> Report:
    report = reviewed(people, month)
    return actions.issue(report.pk, by=people.boss, confirm_missing=True, seen=report.content_sha256)


def reviewed(people: Province, month: Month = JANUARY) -> Report:
    report = drafted(month)
    actions.request_review(report.pk, by=people.officer, seen=report.content_sha256)
    return actions.review(report.pk, by=people.other, seen=report.content_sha256)


def logged_in_client(user: User) -> Client:
    client = Client()
    session = client.session
    sessions.sign_in(session, user, ip=None, browser="test")
    assert session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def observed_codes(report: Report, region: str) -> Sequence[str]:
    """Return the codes of a region's figures that come directly from returns."""
    figures = report.content["figures"]
    return [code for code, entry in figures.items() if entry["observation"] and entry["region"] == region]


def create_reports(people: Province, months: Sequence[Month], status: str = "reviewed") -> list[Report]:
    """Create a report in the given status for each month, all with January's content."""
    declared = kinds.get("monthly-bulletin")
    content, reports = gather_content(declared, JANUARY), []
    for month in months:
        report = actions.store_draft(declared, month, content, by=SYSTEM)
        if status != "draft":
            report = actions.request_review(report.pk, by=people.officer, seen=report.content_sha256)
        if status in ("reviewed", "issued"):
            report = actions.review(report.pk, by=people.other, seen=report.content_sha256)
        if status == "issued":
            report = actions.issue(report.pk, by=people.boss, seen=report.content_sha256, confirm_missing=True)
        reports.append(report)
    return reports
