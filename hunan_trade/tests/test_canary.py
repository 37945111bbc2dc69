"""Tests that no word or figure of one city reaches another at any URL, by canaries in every field and a crawl."""

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

from hunan_trade.tests import canaries, two_cities
from hunan_trade.tests.access_urls import API
from hunan_trade.tests.canaries import CANARY_WORD, CanariesFound, find_canaries
from hunan_trade.tests.two_cities import OURS, THEIRS, Cities
from reporting.models import Report

UNSHOWN = {
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
SUMS = {"/plan/": "a sum over 湘南, of whose cities 郴州 alone has reported here"}
SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


@dataclass(frozen=True)
class Marked:
    cities: Cities
    marks: dict[str, str]


@pytest.fixture(scope="module")
def marked(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Marked]:
    with django_db_blocker.unblock(), transaction.atomic(), two_cities.today():
        cities = two_cities.create_two_cities(
            canaries.EXPORTS, canaries.CAPITAL, canaries.EARLIER, canaries.CANARY_REASON
        )
        yield Marked(cities, canaries.write_canaries(THEIRS))
        transaction.set_rollback(True)


def crawl(marked: Marked, who: str, *, token: bool = False) -> dict[str, CanariesFound]:
    """Return the canaries of 郴州 found at each URL."""
    headers = SCRIPT | (marked.cities.tokens[who] if token else {})
    client = marked.cities.clients["nobody" if token else who]
    told = {}
    for address in marked.cities.addresses(tokens=token):
        there = find_canaries(client.get(address, headers=headers).content)
        if there.marks or (there.numbers and address not in SUMS):
            told[address] = there
    return told


def listed(told: Mapping[Any, CanariesFound]) -> list[str]:
    """Print one line per URL."""
    return [f"{where}: {' '.join(sorted(there.marks | there.numbers))}" for where, there in told.items()]


def test_every_model_is_somebodys_or_public() -> None:
    new, gone = canaries.unclassified_models()
    assert (new, gone) == (set(), set()), "say in canaries.py whose these are, or why they are public"


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(("who", "token"), [("reporter", False), ("lead", False), ("reporter", True), ("lead", True)])
def test_nothing_of_another_city_comes_out_at_any_address(who: str, token: bool, marked: Marked) -> None:
    assert listed(crawl(marked, who, token=token)) == []


@pytest.mark.slow
@pytest.mark.django_db
def test_the_city_itself_and_the_province_read_it_there(marked: Marked) -> None:
    """Shows that the crawl finds canaries where they may be read."""
    own, province = crawl(marked, "their reporter"), crawl(marked, "officer")
    seen = {mark for there in (*own.values(), *province.values()) for mark in there.marks}
    unseen = {label for label, mark in marked.marks.items() if mark not in seen}
    assert unseen == set(UNSHOWN), " ".join(sorted(unseen))
    assert canaries.CANARY_REASON in seen
    read = {number for there in (*own.values(), *province.values()) for number in there.numbers}
    unread = {label for label, digits in canaries.canary_digits().items() if digits not in read}
    assert (unread, set(canaries.TYPED) - read) == (set(), set())
    assert any(address.startswith(API) for address in own)
    assert any(address.endswith("/workbook/") for address in own)
    draft = Report.objects.get(status="draft")
    assert {f"/reports/{draft.pk}/", f"/reports/{draft.pk}/files/xlsx/", f"/reports/{draft.pk}/files/docx/"} <= set(
        province
    )
    assert f"/reports/{draft.pk}/files/pdf/" in province


def questions(marked: Marked) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield (URL, parameters) that somebody of another city could ask who knows or guesses what 郴州 has."""
    firm = marked.cities.theirs.firm.customs_code
    enterprise = {"q": [CANARY_WORD, firm, firm[:6]], "city": [THEIRS]}
    asked = {
        "/enterprises/": enterprise,
        "/parks/": {"q": [CANARY_WORD]},
        "/tokens/": {"q": [CANARY_WORD]},
        "/jobs/": {"view": ["all", "trouble", "unfinished"]},
        "/returns/": {"year": ["2013"]},
        "/plan/": {"month": ["2013-02", "2013-03"]},
        "/api/v1/returns/": {"region": [THEIRS], "month": ["2013-03"], "status": ["given_back"]},
        "/api/v1/observations/": {"region": [THEIRS], "since": ["2013-02"], "latest": ["true"]},
        "/api/v1/reports/": {"status": ["draft"]},
    }
    for address, parameters in asked.items():
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
def test_no_question_brings_it_out_either(who: str, marked: Marked) -> None:
    """The words of the question itself may be echoed, and nothing else."""
    client, told = marked.cities.clients[who], {}
    for address, parameters in questions(marked):
        answer = client.get(address, parameters)
        there = find_canaries(answer.content, echoed=CANARY_WORD if CANARY_WORD in parameters.values() else "")
        if there.marks or (there.numbers and address not in SUMS):
            told[address, str(parameters)] = there
    assert listed(told) == []


@pytest.mark.slow
@pytest.mark.django_db
def test_a_search_for_what_another_city_has_answers_like_a_search_for_nothing(marked: Marked) -> None:
    """Compare the bytes, and so counts, pages and hints."""
    client, code = marked.cities.clients["reporter"], marked.cities.theirs.firm.customs_code
    nothing = "4310999999"
    for real, invented in ((code, nothing), (CANARY_WORD, "麒麟")):
        lists = [bare(client.get("/enterprises/", {"q": asked}), asked) for asked in (real, invented)]
        assert lists[0] == lists[1]
        pages = [client.get(f"/enterprises/{asked}/", headers=SCRIPT) for asked in (real, invented)]
        assert [(page.status_code, page.content) for page in pages] == [(404, pages[0].content)] * 2
        forms = [
            client.post("/enterprises/register/", {"customs_code": asked, "name": "某厂", "modes": "进料加工"})
            for asked in (real, invented)
        ]
        assert [form.status_code for form in forms] == [200, 200]
        assert bare(forms[0], real) == bare(forms[1], invented)


def bare(page: Any, asked: str) -> str:
    """Remove the searched words and the form's CSRF token, which differs at every request."""
    return re.sub(r"\b[A-Za-z0-9]{64}\b", "", page.content.decode().replace(quote(asked), "").replace(asked, ""))


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("who", ["reporter", "lead"])
def test_no_refusal_tells_of_another_city(who: str, marked: Marked) -> None:
    """Write to every URL with the other city's keys and an empty body."""
    client, told = marked.cities.clients[who], {}
    kept = SimpleCookie(client.cookies)
    for address in marked.cities.addresses():
        with transaction.atomic():
            answer = client.post(address, {}, headers=SCRIPT)
            transaction.set_rollback(True)
        client.cookies = SimpleCookie(kept)
        if there := find_canaries(answer.content):
            told[address] = there
    assert listed(told) == []
