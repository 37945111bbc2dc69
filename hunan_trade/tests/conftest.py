"""Signs in people of every role once per test module, in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.tests import factories
from hunan_trade.tests.access_samples import SAMPLES
from hunan_trade.tests.access_urls import API, address, routes

MAKERS: dict[str, Callable[[], User]] = {
    "reporter": lambda: factories.reporter(factories.CHANGSHA),
    "lead": lambda: factories.lead(factories.CHANGSHA),
    "neighbour": lambda: factories.reporter(factories.CHENZHOU),
    "officer": factories.officer,
    "province_lead": factories.province_lead,
    "admin": factories.administrator,
    "security": factories.security_officer,
    "auditor": factories.auditor,
}


@dataclass(frozen=True)
class SignedInCast:
    """People of every role and their clients; `addresses` by route; `samples` are routes with a sample row."""

    cast: dict[str, User]
    clients: dict[str, Client]
    tokens: dict[tuple[str, str], dict[str, str]]  # (actor, scope) → headers
    addresses: dict[str, str]
    samples: frozenset[str]

    def ask(self, actor: str, method: str, where: str, *, scope: str = "", paged: bool = False) -> Any:
        """Send a request as the page's script does, so that a refusal is one line; everything it writes is rolled back."""
        headers = {} if paged else {"X-Requested-With": "XMLHttpRequest"}
        if scope:
            headers |= self.tokens[actor, scope]
        client = self.clients["anonymous" if scope else actor]
        signed_in = SimpleCookie(client.cookies)
        body: dict[str, Any] = {}
        if method not in {"GET", "HEAD", "TRACE", "OPTIONS"}:
            form = method == "POST" and not where.startswith(API)
            body = {"data": {}} if form else {"data": {}, "content_type": "application/json"}
        with transaction.atomic():
            answer = getattr(client, method.lower())(where, headers=headers, **body)
            transaction.set_rollback(True)
        client.cookies = signed_in
        return answer


@pytest.fixture(scope="module")
def signed_in(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[SignedInCast]:
    with django_db_blocker.unblock(), transaction.atomic():
        cast = {name: make() for name, make in MAKERS.items()}
        clients = {name: Client() for name in ("anonymous", *cast)}
        for name, user in cast.items():
            clients[name].force_login(user)
            clients[name].get("/sessions/")  # the first request writes the session's record
        tokens = {
            (name, scope): factories.bearer_headers(user, scope)
            for name, user in cast.items()
            for scope in Token.Scope.values
        }
        made = {maker: maker(cast) for maker in dict.fromkeys(SAMPLES.values())}
        keys = {route: made[SAMPLES[route]] if route in SAMPLES else {} for route in routes()}
        addresses = {route: address(route, found) for route, found in keys.items()}
        yield SignedInCast(cast, clients, tokens, addresses, frozenset(SAMPLES))
        transaction.set_rollback(True)
