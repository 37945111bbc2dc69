"""Pytest fixture with test clients that are signed in as people of every role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from http.cookies import SimpleCookie
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.tests import factories
from hunan_trade.testing.shared_rows import shared_rows
from hunan_trade.tests.access_sample_rows import SAMPLE_MAKERS
from hunan_trade.tests.portal_urls import API, routes, url_of

USER_MAKERS: dict[str, Callable[[], User]] = {
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
    """Users of every role with their test clients and API tokens, and a sample URL for each route.

    `samples` are the routes whose URL names an existing row.
    """

    cast: dict[str, User]
    clients: dict[str, Client]
    tokens: dict[tuple[str, str], dict[str, str]]  # (actor, scope) → headers
    addresses: dict[str, str]
    samples: frozenset[str]

    def send_request(self, actor: str, method: str, where: str, *, scope: str = "", paged: bool = False) -> Any:
        """Send a request as one of the users and roll back everything that it writes.

        It is sent as by a page's script unless `paged`, so that a refusal is one line.
        """
        headers = {} if paged else {"X-Requested-With": "XMLHttpRequest"}
        if scope:
            headers |= self.tokens[actor, scope]
        client = self.clients["anonymous" if scope else actor]
        session_cookies = SimpleCookie(client.cookies)
        body: dict[str, Any] = {}
        if method not in {"GET", "HEAD", "TRACE", "OPTIONS"}:
            form = method == "POST" and not where.startswith(API)
            body = {"data": {}} if form else {"data": {}, "content_type": "application/json"}
        with transaction.atomic():
            answer = getattr(client, method.lower())(where, headers=headers, **body)
            transaction.set_rollback(True)
        client.cookies = session_cookies
        return answer


@pytest.fixture(scope="module")
def signed_in_cast(request: pytest.FixtureRequest) -> Iterator[SignedInCast]:
    """Fixture that signs in people of every role, once for all tests of a module.

    The API's OpenAPI schema is also generated only once: it is the same for all of them.
    """
    with shared_rows(request, sign_in_cast) as signed_in:
        schema = cache(partial(SchemaGenerator.get_schema, SchemaGenerator(), public=True))
        with mock.patch.object(SchemaGenerator, "get_schema", lambda *_, **__: schema()):
            yield signed_in


def sign_in_cast() -> SignedInCast:
    cast = {name: make() for name, make in USER_MAKERS.items()}
    clients = {name: Client() for name in ("anonymous", *cast)}
    for name, user in cast.items():
        clients[name].force_login(user)
        clients[name].get("/sessions/")  # the first request writes the session's record
    tokens = {
        (name, scope): factories.bearer_headers(user, scope)
        for name, user in cast.items()
        for scope in Token.Scope.values
    }
    sample_keys = {maker: maker(cast) for maker in dict.fromkeys(SAMPLE_MAKERS.values())}
    keys = {route: sample_keys[SAMPLE_MAKERS[route]] if route in SAMPLE_MAKERS else {} for route in routes()}
    addresses = {route: url_of(route, found) for route, found in keys.items()}
    return SignedInCast(cast, clients, tokens, addresses, frozenset(SAMPLE_MAKERS))
