"""Tests that an uploaded workbook is refused if it belongs to another return or city."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.actions import filling
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.intake.tests.return_requests_and_workbooks import (
    form_workbook,
    return_url,
    signed_in_client,
    workbook_bytes,
)
from hunan_trade.periods import Month
from hunan_trade.tests.portal_urls import routes
from hunan_trade.tests.table_digests import table_digests

pytestmark = pytest.mark.django_db
JANUARY = Month(2013, 1)
CITIES = (cast.CHANGSHA, cast.CHENZHOU)


@pytest.fixture(autouse=True)
def fixed_clock() -> Iterator[None]:
    with clock.frozen_at(clock.at(JANUARY.next.first.replace(day=4), 10)):
        yield


def nil_return(region: str) -> tuple[User, MonthlyReturn]:
    reporter = cast.reporter(region)
    return_factories.enterprise(reporter)
    monthly_return = return_factories.opened(region, JANUARY)
    return_factories.declare_nil(monthly_return, "全月停产", reporter)
    monthly_return.refresh_from_db()
    return reporter, monthly_return


def test_no_url_copies_one_return_or_report_into_another() -> None:
    copying = [route for route in routes() if re.search("copy|clone|duplicate\b|import", route)]
    assert [route for route in copying if not re.match("/(?!returns|reports)[a-z]+/import/", route)] == []


def test_a_workbook_is_accepted_only_for_its_own_return_and_by_its_own_city() -> None:
    """Upload each city's workbook to each city's return, by page and by token."""
    returns = dict(zip(CITIES, map(nil_return, CITIES), strict=True))
    books = {region: workbook_bytes(form_workbook(monthly_return)) for region, (_, monthly_return) in returns.items()}
    reporter, client = returns[cast.CHANGSHA][0], signed_in_client(returns[cast.CHANGSHA][0])
    token = Client(headers=cast.bearer_headers(reporter, Token.Scope.SUBMIT))
    for source, target in product(CITIES, CITIES):
        own, before = target == cast.CHANGSHA, table_digests()
        monthly_return = returns[target][1]
        by_page = client.post(
            return_url(monthly_return, "upload/"), {"file": SimpleUploadedFile("1月.xlsx", books[source])}
        )
        by_api = token.post(f"/api/v1/returns/{monthly_return.pk}/uploads/", books[source], content_type=filling.XLSX)
        expected = {True: (302, 201), False: (422, 422)}[source == target] if own else (404, 404)
        assert (by_page.status_code, by_api.status_code) == expected, (source, target)
        changed = {table for table, hash_ in table_digests().items() if hash_ != before[table]} - {"accounts_token"}
        assert bool(changed) == (expected == (302, 201)), changed


@pytest.mark.parametrize(
    ("who", "status"),
    [("a colleague", 302), ("the lead", 403), ("another city", 404), ("the province", 403), ("the administrator", 403)],
)
def test_an_upload_can_be_confirmed_by_everyone_who_may_fill_the_return(who: str, status: int) -> None:
    reporter, monthly_return = nil_return(cast.CHANGSHA)
    upload = filling.receive_upload(
        monthly_return.pk, workbook_bytes(form_workbook(monthly_return)), "1月.xlsx", by=reporter
    ).upload
    people = {
        "a colleague": cast.reporter, "the lead": cast.lead, "another city": lambda: cast.reporter(cast.CHENZHOU),
        "the province": cast.officer, "the administrator": cast.administrator,
    }  # fmt: skip
    client, before = signed_in_client(people[who]()), table_digests()
    part = f"uploads/{upload.pk}/confirm/"
    assert client.post(return_url(monthly_return, part), {"sha256": upload.file_id}).status_code == status
    assert (table_digests() == before) == (status != 302)
