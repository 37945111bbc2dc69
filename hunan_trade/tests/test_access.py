"""Tests every URL × method × ten actors against the permissions declared in `access_matrix.txt`.

Nine of the actors are nobody and the people of every role; the tenth is a token, of each of these people in turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from hunan_trade.accounts.models import Token
from hunan_trade.tests.access_urls import API, routes
from hunan_trade.tests.conftest import SignedInCast
from hunan_trade.tests.table_digests import table_digests
from hunan_trade.web.access import access_of

MATRIX = Path(__file__).with_name("access_matrix.txt")
BUSINESS = ("reporter", "lead", "neighbour", "officer", "province_lead")
ACCOUNTS = (*BUSINESS, "admin", "security", "auditor")
ACTORS = ("anonymous", *ACCOUNTS)
GROUPS = {
    "public": ACTORS,
    "accounts": ACCOUNTS,
    "business": BUSINESS,
    "city": ("reporter", "lead", "neighbour"),
    "province": ("officer", "province_lead"),
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@dataclass(frozen=True)
class Line:
    """One line of the matrix. `tokens`: whether tokens of the admitted pass too; for writing, those of scope 填报."""

    route: str
    method: str
    admitted: frozenset[str]
    tokens: bool
    hidden: frozenset[str]


def actors(words: list[str]) -> frozenset[str]:
    unknown = set(words) - set(GROUPS) - set(ACTORS)
    assert not unknown, f"access_matrix.txt names nobody called {unknown}"
    return frozenset(actor for word in words for actor in GROUPS.get(word, (word,)))


@cache
def lines() -> dict[tuple[str, str], Line]:
    found = {}
    for text in MATRIX.read_text().splitlines():
        if not text or text.startswith("#"):
            continue
        route, method, names = text.split(None, 2)
        admitted, _, hidden = names.partition("|")
        people = [word for word in admitted.split() if word != "token"]
        assert (route, method) not in found, f"{route} {method} stands twice"
        assert method in METHODS, f"{route}: there is no method {method}"
        found[route, method] = Line(route, method, actors(people), "token" in admitted.split(), actors(hidden.split()))
    return found


def methods_of(route: str) -> list[str]:
    return [method for method in METHODS if (route, method) in lines()]


def gate(answer: Any) -> str:
    if answer.status_code in {401, 403}:
        return "refused"
    if answer.status_code == 302 and answer["Location"].startswith(settings.LOGIN_URL + "?next="):
        return "refused"
    if answer.status_code == 405:
        return "no such method"
    return "hidden" if answer.status_code == 404 else "admitted"


def expected(line: Line, actor: str, *, scope: str, sampled: bool) -> set[str]:
    """Return the statuses that the access check may give; a token counts as nobody where tokens are not accepted."""
    if scope and not (line.tokens and (scope == Token.Scope.SUBMIT or line.method == "GET")):
        return {"refused"} if line.tokens or "anonymous" not in line.admitted else {"admitted"}
    if actor not in line.admitted:
        return {"refused"}
    if not sampled:
        return {"admitted", "hidden"}  # asked with keys that nobody has
    return {"hidden"} if actor in line.hidden else {"admitted"}


def test_every_address_has_its_lines_and_every_line_its_address() -> None:
    declared = {route for route, _ in lines()}
    assert set(routes()) - declared == set(), "addresses without a line in access_matrix.txt"
    assert declared - set(routes()) == set(), "lines of access_matrix.txt without an address"


def test_tokens_open_nothing_but_the_api() -> None:
    assert [line.route for line in lines().values() if line.tokens and not line.route.startswith(API)] == []


def test_every_view_carries_its_access_decision() -> None:
    undecided = [route for route, pattern in routes().items() if access_of(pattern.callback) is None]
    assert undecided == []


def test_every_viewset_asks_what_the_caller_may_see() -> None:
    blind = []
    for route, pattern in routes().items():
        view = getattr(pattern.callback, "cls", None)
        queryset = getattr(view, "queryset", None)
        if queryset is not None and not hasattr(queryset, "visible_to") and not getattr(view, "reference", False):
            blind.append(route)
    assert blind == []


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(routes()))
def test_the_gate_admits_whom_the_matrix_names(route: str, signed_in: SignedInCast) -> None:
    where, sampled = signed_in.addresses[route], route in signed_in.samples
    wrong = []
    for method in methods_of(route):
        line = lines()[route, method]
        for actor in ACTORS:
            answer = signed_in.ask(actor, method, where)
            if gate(answer) not in (may_be := expected(line, actor, scope="", sampled=sampled)):
                wrong.append(f"{actor} {method} {where}: {answer.status_code}, and not {' or '.join(sorted(may_be))}")
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(routes()))
def test_a_token_opens_what_its_person_opens_and_nothing_beyond_its_scope(route: str, signed_in: SignedInCast) -> None:
    where, sampled = signed_in.addresses[route], route in signed_in.samples
    scopes = Token.Scope.values if route.startswith(API) else [Token.Scope.SUBMIT]
    wrong = []
    for method in methods_of(route):
        line = lines()[route, method]
        for actor, scope in ((actor, scope) for actor in ACCOUNTS for scope in scopes):
            answer = signed_in.ask(actor, method, where, scope=scope)
            if gate(answer) not in (may_be := expected(line, actor, scope=scope, sampled=sampled)):
                wrong.append(f"{actor}'s {scope} token {method} {where}: {answer.status_code}, and not {may_be}")
            elif line.tokens and gate(answer) != "refused":
                session = signed_in.ask(actor, method, where)
                if (answer.status_code, body(answer)) != (session.status_code, body(session)):
                    wrong.append(f"{actor}'s {scope} token {method} {where} reads otherwise than the session")
    assert wrong == []


def body(answer: Any) -> bytes:
    """Return the response's text without the request number of a refusal."""
    return answer.content if answer.status_code < 400 else b""


@pytest.mark.django_db
def test_a_method_without_a_line_does_nothing(signed_in: SignedInCast) -> None:
    """Sent by nobody, and by the first who may use another method of the URL."""
    before, wrong = table_digests(), []
    for route in sorted(routes()):
        passing = (actor for actor in ACCOUNTS if passes(route, actor))
        for actor in ("anonymous", next(passing)):
            wrong += surprises(route, actor, signed_in)
    assert wrong == []
    assert table_digests() == before


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("actor", ACCOUNTS)
def test_a_method_without_a_line_does_nothing_for_anybody(actor: str, signed_in: SignedInCast) -> None:
    before = table_digests()
    assert [wrong for route in sorted(routes()) for wrong in surprises(route, actor, signed_in)] == []
    assert table_digests() == before


def passes(route: str, actor: str) -> bool:
    return any(actor in lines()[route, method].admitted for method in methods_of(route))


def surprises(route: str, actor: str, signed_in: SignedInCast) -> list[str]:
    """Return responses other than 405 to those who may use the URL, and other than a refusal to all others."""
    found = []
    for method in METHODS:
        if (route, method) in lines():
            continue
        may_be = {"no such method"} if passes(route, actor) else {"refused", "no such method"}
        if method == "HEAD" and (looking := lines().get((route, "GET"))) and actor in looking.admitted:
            may_be = {"no such method", "admitted", "hidden"}
        answer = signed_in.ask(actor, method, signed_in.addresses[route])
        if gate(answer) not in may_be:
            found.append(f"{actor} {method} {signed_in.addresses[route]}: {answer.status_code}, and not {may_be}")
    return found
