"""Tests that actions of one city do not change the responses to another city.

Provincial sums and ranks are exempt.
The numbers of uploads, jobs and observations come from sequences that all cities share: what 长沙 does after 郴州 was
busy has a higher number than it would have had. That is accepted: a number tells at most how much was done in the
province, not by whom nor what, and every use of another city's is answered as one that nobody has. Numbers that mean
something, of rounds and of issued reports, count within the city and within the year.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from enterprises.tests import return_factories as filing
from hunan_trade.intake import datasets, return_sheets
from hunan_trade.intake.actions import deciding, filling
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.tests import two_city_data
from hunan_trade.tests.two_city_data import FEBRUARY, MARCH, OURS, THEIRS, TODAY, TwoCities
from reporting.tests import factories

# Addresses whose answer is a sum over the province, or the own place in it, and so may change with another city's.
URLS_WITH_AGGREGATES = {
    "/": "the own place among the fourteen, and the month that all have settled",
    "/plan/": "the plan's targets are measured for the whole province",
    "/plan/2013/items/1/": "as the plan",
}
URLS_WITH_TIMES = {"/sessions/", "/healthz"}  # a browser's last use; the age of the oldest transaction
OWN_URLS = [f"/returns/{THEIRS}/2013-03/", "/enterprises/"]


@pytest.fixture(scope="module")
def cities(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[TwoCities]:
    with django_db_blocker.unblock(), transaction.atomic(), two_city_data.clock_at_today():
        yield two_city_data.create_two_cities("120", "5000", "80")
        transaction.set_rollback(True)


def responses_by_url(client: Client, addresses: list[str], headers: dict[str, str]) -> dict[str, tuple[int, str]]:
    found = {}
    for address in addresses:
        answer = client.get(address, headers=headers)
        content = answer.getvalue()  # of a file that is sent in parts, too
        found[address] = (answer.status_code, without_random_parts(content))
    return found


def without_random_parts(content: bytes) -> str:
    """Return a response without random parts such as CSRF token and request number."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return "\n".join(f"{name} {parts.read(name)!r}" for name in sorted(parts.namelist()) if "core" not in name)
    text = content.decode("utf-8", "replace")
    text = re.sub(r"\b(?=[a-z0-9]*[A-Z])[A-Za-z0-9]{64}\b", "", text)
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", text)


def change_other_city(cities: TwoCities) -> None:
    """Change the other city's data in many ways, for example by corrections and uploads."""
    theirs, officer = cities.theirs, cities.province.officer
    february = MonthlyReturn.objects.get(region=THEIRS, month=FEBRUARY.first)
    factories.correct_return(theirs, february, ("9000", "0"), cities.province, TODAY.date())
    more = filing.enterprise(theirs.reporter, name="新登记的厂")
    monthly_return = MonthlyReturn.objects.get(region=THEIRS, month=MARCH.first)
    filing.filled(
        monthly_return, theirs.reporter, {theirs.firm.customs_code: ("90", "1"), more.customs_code: ("5", "5")}
    )
    filing.fill_projects_with_zeros(monthly_return, theirs.reporter)
    explain_findings(monthly_return, cities)
    monthly_return.refresh_from_db()
    book = return_sheets.stored_sheets(monthly_return).workbook(version=monthly_return.version, demo=True)
    for _ in range(3):
        filling.receive_upload(monthly_return.pk, book, "又一份.xlsx", by=theirs.reporter)
    sent = filing.handed_up_and_signed(monthly_return, theirs.reporter, theirs.lead)
    deciding.accept(monthly_return.pk, by=officer, seen=sent.digest)
    theirs.reporter.name = "另一个人"
    theirs.reporter.save(update_fields=["name"])
    factories.drafted(MARCH)


def explain_findings(monthly_return: MonthlyReturn, cities: TwoCities) -> None:
    sheets_ = {dataset.sheet: dataset for dataset in datasets.declared()}
    for finding in return_sheets.stored_sheets(monthly_return).check().unexplained:
        dataset = sheets_[finding.sheet]
        edit = filling.RowEdit(finding.key, {dataset.reason.key: "已核对"})
        filling.save_rows(monthly_return.pk, dataset, [edit], by=cities.theirs.reporter)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(("who", "token"), [("reporter", False), ("lead", False), ("reporter", True)])
def test_actions_of_another_city_change_no_response(who: str, token: bool, cities: TwoCities) -> None:
    client = cities.clients["nobody" if token else who]
    headers = {"X-Requested-With": "XMLHttpRequest"} | (cities.tokens[who] if token else {})
    addresses = [address for address in cities.urls(tokens=token) if f"/{THEIRS}/" not in address]
    before = responses_by_url(client, addresses, headers)
    own_before = responses_by_url(cities.clients["their reporter"], OWN_URLS, {})
    with transaction.atomic():
        change_other_city(cities)
        after = responses_by_url(client, addresses, headers)
        own_after = responses_by_url(cities.clients["their reporter"], OWN_URLS, {})
        transaction.set_rollback(True)
    changed = {address for address in addresses if before[address] != after[address]} - URLS_WITH_TIMES
    assert changed == {address for address in URLS_WITH_AGGREGATES if address in addresses}
    assert OURS in "".join(addresses)
    assert own_before != own_after, "nothing was done that could have changed an answer"
