"""Tests every URL, method and role against the permissions listed in `access_matrix.txt`.

Nine of the actors are nobody and the people of every role; the tenth is a token, of each of these people in turn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from hunan_trade.accounts.models import Token
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists.declaration import declared
from hunan_trade.tests.conftest import SignedInCast
from hunan_trade.tests.portal_urls import API, routes
from hunan_trade.tests.table_digests import table_digests
from hunan_trade.web.access_decorators import access_of

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
_CONTACT_FIELDS = {
    column.key for listing in declared() for column in listing.columns if column.see is Permission.SEE_CONTACTS
}
CONTACTS = rf'"({"|".join(_CONTACT_FIELDS)})":"[^"]*",?'.encode()  # as a member of a JSON object
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@dataclass(frozen=True)
class MatrixLine:
    """A line of the access matrix, with the roles that may use a route and method.

    `tokens` says whether their API tokens are accepted; writing needs the scope 填报.
    """

    route: str
    method: str
    admitted: frozenset[str]
    tokens: bool
    scope: str
    hidden: frozenset[str]


def actors_of_words(words: list[str]) -> frozenset[str]:
    unknown = set(words) - set(GROUPS) - set(ACTORS)
    assert not unknown, f"access_matrix.txt names nobody called {unknown}"
    return frozenset(actor for word in words for actor in GROUPS.get(word, (word,)))


@cache
def matrix_lines() -> dict[tuple[str, str], MatrixLine]:
    found = {}
    for text in MATRIX.read_text().splitlines():
        if not text or text.startswith("#"):
            continue
        route, method, names = text.split(None, 2)
        admitted, _, hidden = names.partition("|")
        tokens = [word for word in admitted.split() if word.partition(":")[0] == "token"]
        people = [word for word in admitted.split() if word not in tokens]
        scope = "".join(tokens).partition(":")[2] or Token.Scope.SUBMIT
        assert (route, method) not in found, f"{route} {method} stands twice"
        assert method in METHODS, f"{route}: there is no method {method}"
        found[route, method] = MatrixLine(
            route, method, actors_of_words(people), bool(tokens), scope, actors_of_words(hidden.split())
        )
    return found


def methods_of(route: str) -> list[str]:
    return [method for method in METHODS if (route, method) in matrix_lines()]


def access_outcome(answer: Any) -> str:
    """Return what a response says about access, such as "refused" or "admitted"."""
    if answer.status_code in {401, 403}:
        return "refused"
    if answer.status_code == 302 and answer["Location"].startswith(settings.LOGIN_URL + "?next="):
        return "refused"
    if answer.status_code == 405:
        return "no such method"
    return "hidden" if answer.status_code == 404 else "admitted"


def expected_outcomes(line: MatrixLine, actor: str, *, scope: str, has_sample: bool) -> set[str]:
    """Return the access outcomes that a line of the matrix allows for a user and token scope."""
    if scope and not (line.tokens and (scope == line.scope or line.method == "GET")):
        return {"refused"} if line.tokens or "anonymous" not in line.admitted else {"admitted"}
    if actor not in line.admitted:
        return {"refused"}
    if not has_sample:
        return {"admitted", "hidden"}  # asked with keys that nobody has
    return {"hidden"} if actor in line.hidden else {"admitted"}


def test_every_url_is_in_the_access_matrix_and_nothing_else() -> None:
    declared = {route for route, _ in matrix_lines()}
    assert set(routes()) - declared == set(), "addresses without a line in access_matrix.txt"
    assert declared - set(routes()) == set(), "lines of access_matrix.txt without an address"


def test_tokens_are_accepted_only_by_the_api() -> None:
    assert [line.route for line in matrix_lines().values() if line.tokens and not line.route.startswith(API)] == []


def test_every_view_declares_who_may_use_it() -> None:
    undecided = [route for route, pattern in routes().items() if access_of(pattern.callback) is None]
    assert undecided == []


def test_every_viewset_filters_rows_by_the_caller() -> None:
    blind = []
    for route, pattern in routes().items():
        view = getattr(pattern.callback, "cls", None)
        queryset = getattr(view, "queryset", None)
        if queryset is not None and not hasattr(queryset, "visible_to") and not getattr(view, "reference", False):
            blind.append(route)
    assert blind == []


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(routes()))
def test_each_url_admits_exactly_the_roles_of_the_matrix(route: str, signed_in_cast: SignedInCast) -> None:
    where, has_sample = signed_in_cast.addresses[route], route in signed_in_cast.samples
    wrong = []
    for method in methods_of(route):
        line = matrix_lines()[route, method]
        for actor in ACTORS:
            answer = signed_in_cast.send_request(actor, method, where)
            if access_outcome(answer) not in (
                allowed := expected_outcomes(line, actor, scope="", has_sample=has_sample)
            ):
                wrong.append(f"{actor} {method} {where}: {answer.status_code}, and not {' or '.join(sorted(allowed))}")
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("route", [route for route in sorted(routes()) if route.startswith(API)])
def test_a_token_reads_what_its_owner_reads_within_its_scope(route: str, signed_in_cast: SignedInCast) -> None:
    where, wrong = signed_in_cast.addresses[route], []
    for method, actor in product(methods_of(route), ACCOUNTS):
        session = None
        for scope in Token.Scope.values:
            answer = signed_in_cast.send_request(actor, method, where, scope=scope)
            if fault := fault_of_token_answer(answer, route, method, actor, scope, signed_in_cast):
                wrong.append(fault)
            elif matrix_lines()[route, method].tokens and access_outcome(answer) != "refused":
                session = session or signed_in_cast.send_request(actor, method, where)
                if (answer.status_code, comparable_body(answer)) != (session.status_code, comparable_body(session)):
                    wrong.append(f"{actor}'s {scope} token {method} {where} reads otherwise than the session")
    assert wrong == []


@pytest.mark.django_db
def test_a_page_admits_nobody_by_a_token(signed_in_cast: SignedInCast) -> None:
    """Send the token of the first role that a session would admit."""
    assert faults_of_page_tokens(signed_in_cast, lambda admitted: admitted[:1]) == []


@pytest.mark.slow
@pytest.mark.django_db
def test_a_page_admits_nobody_by_a_token_of_any_role(signed_in_cast: SignedInCast) -> None:
    assert faults_of_page_tokens(signed_in_cast, lambda admitted: list(ACCOUNTS)) == []


def faults_of_page_tokens(signed_in_cast: SignedInCast, owners: Callable[[list[str]], list[str]]) -> list[str]:
    """Return messages about pages that admit a token; `owners` chooses among the roles that the page admits."""
    found, scope = [], Token.Scope.SUBMIT
    for (route, method), line in matrix_lines().items():
        admitted = [actor for actor in ACCOUNTS if actor in line.admitted]
        for actor in owners(admitted) if not route.startswith(API) else ():
            answer = signed_in_cast.send_request(actor, method, signed_in_cast.addresses[route], scope=scope)
            found.append(fault_of_token_answer(answer, route, method, actor, scope, signed_in_cast))
    return [fault for fault in found if fault]


def fault_of_token_answer(
    answer: Any, route: str, method: str, actor: str, scope: str, signed_in_cast: SignedInCast
) -> str:
    """Return what is wrong with the access that a token has got; "" if nothing is."""
    line, has_sample = matrix_lines()[route, method], route in signed_in_cast.samples
    allowed = expected_outcomes(line, actor, scope=scope, has_sample=has_sample)
    if access_outcome(answer) in allowed:
        return ""
    return f"{actor}'s {scope} token {method} {route}: {answer.status_code}, and not {allowed}"


def comparable_body(answer: Any) -> bytes:
    """Return the response's text without the request number of a refusal, contacts, and the cursor of a feed.

    Contacts are for tokens of a scope of their own (test_private_columns). The cursor says which transactions of the
    server have ended, those of other tests among them.
    """
    if answer.status_code >= 400:
        return b""
    without_cursor = re.sub(rb"cursor=[^\"&]+", b"cursor=", answer.content)
    return re.sub(CONTACTS, b"", without_cursor)


@pytest.mark.django_db
def test_an_undeclared_method_changes_nothing(signed_in_cast: SignedInCast) -> None:
    """Send a third of them in turn, as the first role that may use another method and as nobody where one is public."""
    before, wrong = table_digests(), []
    for number, route in enumerate(sorted(routes())):
        passing = (actor for actor in ACCOUNTS if is_admitted(route, actor))
        for actor in (next(passing), *(["anonymous"] if is_admitted(route, "anonymous") else [])):
            wrong += unexpected_outcomes(route, actor, signed_in_cast, methods=METHODS[number % 3 :: 3])
    assert wrong == []
    assert table_digests() == before


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("actor", ACTORS)
def test_an_undeclared_method_changes_nothing_for_any_role(actor: str, signed_in_cast: SignedInCast) -> None:
    before = table_digests()
    assert [wrong for route in sorted(routes()) for wrong in unexpected_outcomes(route, actor, signed_in_cast)] == []
    assert table_digests() == before


def is_admitted(route: str, actor: str) -> bool:
    return any(actor in matrix_lines()[route, method].admitted for method in methods_of(route))


def unexpected_outcomes(
    route: str, actor: str, signed_in_cast: SignedInCast, methods: Sequence[str] = METHODS
) -> list[str]:
    """Return messages about undeclared methods of a route that the user could use."""
    found = []
    for method in methods:
        if (route, method) in matrix_lines():
            continue
        allowed = {"no such method"} if is_admitted(route, actor) else {"refused", "no such method"}
        if method == "HEAD" and (get_line := matrix_lines().get((route, "GET"))) and actor in get_line.admitted:
            allowed = {"no such method", "admitted", "hidden"}
        answer = signed_in_cast.send_request(actor, method, signed_in_cast.addresses[route])
        if access_outcome(answer) not in allowed:
            found.append(f"{actor} {method} {signed_in_cast.addresses[route]}: {answer.status_code}, and not {allowed}")
    return found
