"""Deny by default: every address × method × ten actors, against what `access_matrix.txt` declares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories
from hunan_trade.tests.access_samples import SAMPLES
from hunan_trade.web.access import access_of

MATRIX = Path(__file__).with_name("access_matrix.txt")
BUSINESS = ("reporter", "lead", "neighbour", "officer", "province_lead")
ACCOUNTS = (*BUSINESS, "admin", "security", "auditor")
ACTORS = ("anonymous", *ACCOUNTS, "token")
GROUPS = {
    "public": ACTORS,
    "accounts": ACCOUNTS,
    "business": BUSINESS,
    "city": ("reporter", "lead", "neighbour"),
    "province": ("officer", "province_lead"),
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REFUSED = {401, 403}
NOBODY = {
    "int": "999999999",
    "pk": "999999999",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "city": "430100",
    "month": "2013-06",
    "format_": "pdf",
}


@dataclass(frozen=True)
class Line:
    route: str
    method: str
    admitted: frozenset[str]
    hidden: frozenset[str]


def actors(words: str) -> frozenset[str]:
    unknown = set(words.split()) - set(GROUPS) - set(ACTORS)
    assert not unknown, f"access_matrix.txt names nobody called {unknown}"
    return frozenset(actor for word in words.split() for actor in GROUPS.get(word, (word,)))


@cache
def lines() -> dict[tuple[str, str], Line]:
    found = {}
    for text in MATRIX.read_text().splitlines():
        if not text or text.startswith("#"):
            continue
        route, method, names = text.split(None, 2)
        admitted, _, hidden = names.partition("|")
        assert (route, method) not in found, f"{route} {method} stands twice"
        found[route, method] = Line(route, method, actors(admitted), actors(hidden))
    return found


def patterns(resolver: URLResolver, above: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        here = above + spelled(str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from patterns(entry, here)
        else:
            yield here, entry


def spelled(pattern: str) -> str:
    """The router's regular expressions as addresses: ^regions/(?P<pk>[^/.]+)/$ is regions/<pk>/."""
    return re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", pattern.removeprefix("^").removesuffix("$").removesuffix("\\Z"))


@cache
def routes() -> dict[str, URLPattern]:
    return dict(patterns(get_resolver()))


@pytest.fixture
def cast(db: None) -> dict[str, User]:
    return {
        "reporter": factories.reporter(factories.CHANGSHA),
        "lead": factories.lead(factories.CHANGSHA),
        "neighbour": factories.reporter(factories.CHENZHOU),
        "officer": factories.officer(),
        "province_lead": factories.province_lead(),
        "admin": factories.administrator(),
        "security": factories.security_officer(),
        "auditor": factories.auditor(),
    }


def ask(actor: str, cast: dict[str, User], method: str, address: str) -> Any:
    client = Client()
    headers = factories.bearer(cast["officer"]) if actor == "token" else {}
    if actor in cast:
        client.force_login(cast[actor])
    body = {} if method == "GET" else {"data": {}, "content_type": "application/json"}
    if method == "POST" and not address.startswith("/api/"):
        body = {"data": {}}
    return getattr(client, method.lower())(address, headers=headers, **body)


def gate(answer: Any) -> str:
    if answer.status_code in REFUSED:
        return "refused"
    if answer.status_code == 302 and answer["Location"].startswith(settings.LOGIN_URL + "?next="):
        return "refused"
    return "hidden" if answer.status_code == 404 else "admitted"


def address_of(route: str, cast: dict[str, User]) -> tuple[str, bool]:
    """The route with a sample's keys, or with keys that nobody has; and whether it is a sample."""
    keys = SAMPLES[route](cast) if route in SAMPLES else {}

    def put(match: re.Match[str]) -> str:
        kind, _, name = match[1].rpartition(":")
        nobody = NOBODY.get(kind or name, "nobody")
        return str(keys.get(name, nobody))

    return re.sub(r"<([\w:]+)>", put, route), bool(keys)


def test_every_address_has_its_lines_and_every_line_its_address() -> None:
    declared = {route for route, _ in lines()}
    assert set(routes()) - declared == set(), "addresses without a line in access_matrix.txt"
    assert declared - set(routes()) == set(), "lines of access_matrix.txt without an address"


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


@pytest.mark.parametrize("route", sorted({route for route, _ in lines()}))
def test_the_gate_admits_whom_the_matrix_names(route: str, cast: dict[str, User]) -> None:
    address, is_sample = address_of(route, cast)
    methods = METHODS if route.startswith("/api/") else ("GET", "POST")
    wrong = []
    for method in methods:
        line = lines().get((route, method))
        allowed = (
            line.admitted if line else lines()[route, "GET"].admitted if (route, "GET") in lines() else frozenset()
        )
        for actor in ACTORS:
            answer = ask(actor, cast, method, address)
            found = gate(answer)
            if answer.status_code == 405 and line is None:
                continue
            hidden = line is not None and is_sample and actor in line.hidden
            if actor not in allowed:
                expected = {"refused"}
            elif hidden:
                expected = {"hidden"}
            elif is_sample and line is not None:
                expected = {"admitted"}
            else:
                expected = {"admitted", "hidden"}
            if found not in expected and (line is not None or found != "refused"):
                wrong.append(
                    f"{actor} {method} {address}: {answer.status_code}, {found} and not {' or '.join(expected)}"
                )
    assert wrong == []
