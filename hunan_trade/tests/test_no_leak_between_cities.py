"""Tests that no URL shows a city the unique words and numbers of another city."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from enterprises.tables import ENTERPRISES
from hunan_trade.lists.attachments.actions import attach
from hunan_trade.lists.tests.attachment_files import JPEG
from hunan_trade.tests import leak_canaries, two_city_data
from hunan_trade.tests.leak_canaries import CANARY_WORD, CanariesFound, find_canaries
from hunan_trade.tests.portal_urls import API
from hunan_trade.tests.two_city_data import OURS, THEIRS, TwoCities
from reporting.models import Report

FIELDS_ON_NO_PAGE = {
    "accounts.PasswordLink.reason": "the page of the security officer",
    "accounts.User.email": "the administrator's page",
    "accounts.User.phone": "the administrator's page",
    "jobs.Job.key": "tells the same wish from another",
    "jobs.Job.note": "while the job runs",
    "jobs.Job.payload": "what the worker is given",
    "jobs.Job.result": "what the worker answers",
    "jobs.Job.trace": "the administrator's page",
    "jobs.Job.worker": "while the job runs",
}
# Figures, but no words, that may be read there.
URLS_WITH_SUMS = {"/plan/": "a sum over 湘南, of whose cities 郴州 alone has reported here"}
ATTACHMENT_NAME = f"{CANARY_WORD}901x"  # of a file at an enterprise, which no field of the enterprise holds
SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


@dataclass(frozen=True)
class MarkedCities:
    cities: TwoCities
    marks: dict[str, str]


@pytest.fixture(scope="module")
def marked_cities(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[MarkedCities]:
    with django_db_blocker.unblock(), transaction.atomic(), two_city_data.clock_at_today():
        cities = two_city_data.create_two_cities(
            leak_canaries.EXPORTS, leak_canaries.CAPITAL, leak_canaries.OLD_EXPORTS, leak_canaries.CANARY_REASON
        )
        for place, name in ((cities.ours, "照片.jpg"), (cities.theirs, f"{ATTACHMENT_NAME}.jpg")):
            attach(ENTERPRISES, place.firm.pk, JPEG, name, by=place.reporter)
        yield MarkedCities(cities, leak_canaries.write_canaries(THEIRS))
        transaction.set_rollback(True)


def crawl(marked_cities: MarkedCities, who: str, *, token: bool = False) -> dict[str, CanariesFound]:
    """Request every URL as one user and return the other city's unique words found at each URL."""
    headers = SCRIPT | (marked_cities.cities.tokens[who] if token else {})
    client = marked_cities.cities.clients["nobody" if token else who]
    found = {}
    for address in marked_cities.cities.urls(tokens=token):
        canaries = find_canaries(b"".join(client.get(address, headers=headers)))  # a file is streamed
        if canaries.marks or (canaries.numbers and address not in URLS_WITH_SUMS):
            found[address] = canaries
    return found


def lines_of_findings(found: Mapping[Any, CanariesFound]) -> list[str]:
    """Return a line for each URL with the other city's unique words found there."""
    return [f"{where}: {' '.join(sorted(canaries.marks | canaries.numbers))}" for where, canaries in found.items()]


def test_every_model_is_classified_as_owned_or_public() -> None:
    new, gone = leak_canaries.unclassified_models()
    assert (new, gone) == (set(), set()), "say in leak_canaries.py whose these are, or why they are public"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("urn:uuid:c5b73102-4b11-44d3-8284-ecad647a7d8a", set()),  # drawn by chance with each request
        (f'value="a731024{"k" * 40}"', set()),
        ("7,310.24 万美元", {"731024"}),
        (f"c5b73102-4b11 {'8' * 40} 731,024.29", {"731024"}),
    ],
)
def test_digits_drawn_by_chance_are_no_canary(content: str, found: set[str]) -> None:
    assert find_canaries(content.encode()).numbers == found


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(("who", "token"), [("reporter", False), ("lead", False), ("reporter", True), ("lead", True)])
def test_no_url_shows_canaries_of_another_city(who: str, token: bool, marked_cities: MarkedCities) -> None:
    assert lines_of_findings(crawl(marked_cities, who, token=token)) == []


@pytest.mark.slow
@pytest.mark.django_db
def test_the_city_itself_and_the_province_read_the_canaries(marked_cities: MarkedCities) -> None:
    """Check that the crawl finds canaries where they may be read."""
    own, province = crawl(marked_cities, "their reporter"), crawl(marked_cities, "officer")
    seen = {mark for canaries in (*own.values(), *province.values()) for mark in canaries.marks}
    unseen = {label for label, mark in marked_cities.marks.items() if mark not in seen}
    assert unseen == set(FIELDS_ON_NO_PAGE), " ".join(sorted(unseen))
    assert {leak_canaries.CANARY_REASON, ATTACHMENT_NAME} <= seen
    read = {number for canaries in (*own.values(), *province.values()) for number in canaries.numbers}
    unread = {label for label, digits in leak_canaries.canary_digits().items() if digits not in read}
    assert (unread, set(leak_canaries.TYPED_DIGITS) - read) == (set(), set())
    assert any(address.startswith(API) for address in own)
    assert any(address.endswith("/workbook/") for address in own)
    draft = Report.objects.get(status="draft")
    assert {f"/reports/{draft.pk}/", f"/reports/{draft.pk}/files/xlsx/", f"/reports/{draft.pk}/files/docx/"} <= set(
        province
    )
    assert f"/reports/{draft.pk}/files/pdf/" in province


def urls_with_parameters(marked_cities: MarkedCities) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield URLs and query parameters that name the other city's rows."""
    firm = marked_cities.cities.theirs.firm.customs_code
    enterprise = {"q": [CANARY_WORD, firm, firm[:6]], "city": [THEIRS]}
    query = {
        "/enterprises/": enterprise,
        "/parks/": {"q": [CANARY_WORD]},
        "/tokens/": {"q": [CANARY_WORD]},
        "/jobs/": {"state": ["waiting", "failed", "done"]},
        "/returns/": {"year": ["2013"]},
        "/plan/": {"month": ["2013-02", "2013-03"]},
        "/api/v1/returns/": {"region": [THEIRS], "month": ["3"], "status": ["given_back"]},
        "/api/v1/observations/": {"region": [THEIRS], "since": ["2013-02"], "latest": ["true"]},
        "/api/v1/reports/": {"status": ["draft"]},
    }
    for address, parameters in query.items():
        yield from ((address, {name: value}) for name, values in parameters.items() for value in values)
    for month, region, name in product(("2013-02", "2013-03"), (OURS, THEIRS), ("processing_trade", "city_summary")):
        for key in (f"{firm}/进料加工", "09"):
            yield f"/returns/{region}/{month}/history/", {"sheet": name, "key": key}
        yield f"/returns/{region}/{month}/", {"sheet": name}
    issued, draft = (Report.objects.get(status=status) for status in ("issued", "draft"))
    theirs = [code for code, entry in draft.content["figures"].items() if entry["region"] == THEIRS]
    for code in theirs[:: max(1, len(theirs) // 40)]:
        yield f"/reports/{draft.pk}/", {"figure": code}
    for code in [code for code, entry in issued.content["figures"].items() if entry["region"] == THEIRS][:40]:
        yield f"/reports/{issued.pk}/", {"figure": code}


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("who", ["reporter", "lead"])
def test_no_query_parameter_reveals_canaries_of_another_city(who: str, marked_cities: MarkedCities) -> None:
    """Request them as another city; only the words of the query may be echoed."""
    client, found = marked_cities.cities.clients[who], {}
    for address, parameters in urls_with_parameters(marked_cities):
        answer = client.get(address, parameters)
        canaries = find_canaries(answer.content, echoed=CANARY_WORD if CANARY_WORD in parameters.values() else "")
        if canaries.marks or (canaries.numbers and address not in URLS_WITH_SUMS):
            found[address, str(parameters)] = canaries
    assert lines_of_findings(found) == []


@pytest.mark.slow
@pytest.mark.django_db
def test_a_search_for_another_citys_data_equals_a_search_without_result(marked_cities: MarkedCities) -> None:
    """Compare the bytes of both responses, and so counts, pages and hints."""
    client, code = marked_cities.cities.clients["reporter"], marked_cities.cities.theirs.firm.customs_code
    nothing = "4310999999"
    for real, invented in ((code, nothing), (CANARY_WORD, "麒麟")):
        lists = [
            without_query_and_token(client.get("/enterprises/", {"q": query}), query) for query in (real, invented)
        ]
        assert lists[0] == lists[1]
        form = {"name": "某厂", "region": OURS, "modes": "进料加工"}
        forms = [client.post("/enterprises/new/", form | {"customs_code": query}) for query in (real, invented)]
        assert [form.status_code for form in forms] == [200, 200]
        assert without_query_and_token(forms[0], real) == without_query_and_token(forms[1], invented)


def without_query_and_token(page: Any, query: str) -> str:
    """Return a page without the search words and without the CSRF token."""
    return re.sub(r"\b[A-Za-z0-9]{64}\b", "", page.content.decode().replace(quote(query), "").replace(query, ""))


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("who", ["reporter", "lead"])
def test_no_refused_write_reveals_canaries_of_another_city(who: str, marked_cities: MarkedCities) -> None:
    """Write to every URL with the other city's keys and an empty body."""
    client, found = marked_cities.cities.clients[who], {}
    cookies = SimpleCookie(client.cookies)
    for address in marked_cities.cities.urls():
        with transaction.atomic():
            answer = client.post(address, {}, headers=SCRIPT)
            transaction.set_rollback(True)
        client.cookies = SimpleCookie(cookies)
        if canaries := find_canaries(answer.content):
            found[address] = canaries
    assert lines_of_findings(found) == []
