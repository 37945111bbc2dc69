"""The read path over HTTP, called as gunicorn calls it: WSGI in this process, without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client, override_settings

from hunan_trade.accounts import actions
from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.roles import Role
from hunan_trade.audit.actions import System
from scripts.bench.firms import person
from scripts.bench.floors import rows_by_wsgi, these_addresses
from scripts.bench.measuring import Case, Scale, line

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def asked(app: App, path: str, expected: int = 200, **headers: str) -> tuple[dict[str, str], bytes]:
    """One GET; the headers and the body of the answer."""
    said: dict[str, Any] = {}

    def start_response(status: str, fields: list[tuple[str, str]], *_: object) -> None:
        said.update(status=int(status[:3]), fields=dict(fields))

    path, _, query = path.partition("?")
    answer = app(_environ(path, query, headers), start_response)
    body = b"".join(answer)
    if close := getattr(answer, "close", None):
        close()
    assert said["status"] == expected, (path, said["status"], body[:300])
    return said["fields"], body


def _environ(path: str, query: str, headers: dict[str, str]) -> dict[str, Any]:
    fixed = {"REQUEST_METHOD": "GET", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "REMOTE_ADDR": "127.0.0.1"}
    wsgi = {"wsgi.input": BytesIO(), "wsgi.errors": BytesIO(), "wsgi.url_scheme": "http"}
    return {**fixed, **wsgi, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "127.0.0.1:8000"} | {
        f"HTTP_{name.upper()}": value for name, value in headers.items()
    }


def _portal() -> WSGIHandler:
    request_started.disconnect(close_old_connections)  # CONN_MAX_AGE and its health checks are the server's affair
    request_finished.disconnect(close_old_connections)
    return WSGIHandler()


def _bare() -> WSGIHandler:
    with override_settings(MIDDLEWARE=[f"{these_addresses.__module__}.{these_addresses.__name__}"]):
        return WSGIHandler()


def _cookie(user: User) -> str:
    client = Client(REMOTE_ADDR="127.0.0.1")
    client.force_login(user)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def _bearer(user: User) -> str:
    return f"Bearer {actions.issue_token(user=user, label='bench', scope=Token.Scope.READ, by=System('bench'))[1]}"


@line("api-list", "list API: 50 of 100,000, from the database", world="observations", goal=4)
def api_list(scale: Scale) -> Iterator[Sequence[Case]]:
    portal, bare, bearer = _portal(), _bare(), _bearer(person("officer", Role.PROVINCE_OFFICER, None))
    yield [
        Case("WSGI + json_agg", lambda: asked(rows_by_wsgi, "/"), times=20),
        Case("ours", lambda: asked(portal, "/api/v1/observations/", authorization=bearer), times=20),
        Case("stock DRF", lambda: asked(bare, "/stock/"), times=5),
    ]


@line("api-unchanged", "list API: unchanged, answered 304", world="observations", goal=1 / 0.7)
def api_unchanged(scale: Scale) -> Iterator[Sequence[Case]]:
    portal, bare, bearer = _portal(), _bare(), _bearer(person("officer", Role.PROVINCE_OFFICER, None))
    path = "/api/v1/observations/"
    tag = asked(portal, path, authorization=bearer)[0]["ETag"]
    yield [
        Case("empty view", lambda: asked(bare, "/empty/"), times=50),
        Case("ours", lambda: asked(portal, path, 304, authorization=bearer, if_none_match=tag), times=20),
    ]


def _page(path: str, role: str, region: str | None) -> Iterator[Sequence[Case]]:
    portal, bare, cookie = _portal(), _bare(), _cookie(person(f"reader-{region}", role, region))
    yield [
        Case("empty view", lambda: asked(bare, "/empty/"), times=50),
        Case("ours", lambda: asked(portal, path, cookie=cookie), times=5),
    ]


@line("page-table", "page with a table of 50 rows", world="facts", goal=1 / 0.15)
def page_with_table(scale: Scale) -> Iterator[Sequence[Case]]:
    yield from _page("/enterprises/", Role.PROVINCE_OFFICER, None)


@line("home-province", "the province's home page", world="facts")
def home_of_the_province(scale: Scale) -> Iterator[Sequence[Case]]:
    yield from _page("/", Role.PROVINCE_OFFICER, None)


@line("home-city", "a city's home page", world="facts")
def home_of_a_city(scale: Scale) -> Iterator[Sequence[Case]]:
    yield from _page("/", Role.CITY_REPORTER, "431000")
