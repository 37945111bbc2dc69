"""Tests that malformed requests are refused with status 4xx at every URL that writes."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, TypeVar
from unittest.mock import Mock
from wsgiref.util import setup_testing_defaults

import pytest
from django.test import Client

from hunan_trade.accounts.models import Token
from hunan_trade.tests.conftest import SignedInCast
from hunan_trade.tests.portal_urls import API
from hunan_trade.tests.table_digests import REQUEST_TRACES, table_digests
from hunan_trade.tests.test_access_matrix import matrix_lines
from hunan_trade.wsgi import application

pytestmark = pytest.mark.usefixtures("signed_in_cast")
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=b"
TRACES = REQUEST_TRACES | {Token._meta.db_table}  # which remembers when it was used
DEEP, LONG = 100_000, 2_600_000


def multipart_field(name: bytes, value: bytes) -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="' + name + b'"\r\n\r\n' + value + b"\r\n--b--\r\n"


# What a JSON door is sent, and what it may answer.
BODIES = {
    "a bomb behind a codec": (f"{JSON}; charset=bz2_codec", b"BZh91AY&SY" + b"\0" * 261, {415}),
    "another alphabet": (f"{JSON}; charset=utf-16", '{"rows": []}'.encode("utf-16"), {415}),
    "an alphabet nobody knows": (f"{JSON}; charset=klingon", b"{}", {415}),
    "too long": (JSON, b'"' + b"x" * LONG + b'"', {413}),
    "too deep": (JSON, b"[" * DEEP, {400}),
    "too deep, closed": (JSON, b'{"rows":' * 30 + b"1" + b"}" * 30, {400}),
    "a number out of all measure": (JSON, b"1e400", {400}),
    "a number of a megabyte": (JSON, b"1" * 1_000_000, {400}),
    "a number of ten megabytes": (JSON, b"1" * 10_000_000, {413}),
    "no number": (JSON, b'{"rows": NaN}', {400}),
    "no end": (JSON, b'{"rows": -Infinity}', {400}),
    "NUL": (JSON, b'{"rows": [{"key": "a\\u0000", "texts": {}}]}', {400}),
    "half a character": (JSON, b'{"rows": [{"key": "\\ud800", "texts": {}}]}', {400}),
    "a name twice": (JSON, b'{"rows": 1, "rows": 2}', {400}),
    "not UTF-8": (JSON, b'{"rows": "\xff\xfe"}', {400}),
    "nothing": (JSON, b"", {400}),
    "a list": (JSON, b"[]", {400, 415}),
    "a number": (JSON, b"1", {400, 415}),
    "nothing at all": (JSON, b"null", {400, 415}),
    "XML": ("application/xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", {400, 415}),
}
FORMS = {
    "NUL in a field": (FORM, b"reason=a%00b"),
    "NUL in a name": (FORM, b"rea%00son=b"),
    "no UTF-8": (FORM, b"reason=%ff%fe"),
    "NUL in a part": (PARTS, multipart_field(b"reason", b"a\0b")),
    "no UTF-8 in a part": (PARTS, multipart_field(b"reason", b"\xff\xfe")),
    "a bomb behind a codec": (f"{PARTS}; charset=bz2_codec", multipart_field(b"reason", b"BZh91AY&SY")),
    "another alphabet": (f"{FORM}; charset=gb2312", b"reason=%b9%fe"),
}
Route = TypeVar("Route")
QUERIES = ["x=%00", "x=%ff", "%00=1", "page=%ed%a0%80", "x=\xff", "sheet=%C0%80"]


def write_routes(*, api: bool) -> list[tuple[str, str, str]]:
    """Return the route, method and one permitted role of every URL that writes."""
    return [
        (route, method, sorted(line.admitted)[0])
        for (route, method), line in matrix_lines().items()
        if method not in {"GET", "HEAD"} and route.startswith(API) == api
    ]


def share_of_routes(name: str, names: Collection[str], routes: list[Route]) -> list[Route]:
    """Return the routes to which the malformed case `name` is sent, three of them the same for all."""
    return routes[:3] + routes[3:][list(names).index(name) :: len(names)]


def is_expected_refusal(answer: Any, allowed: set[int], *, problem: bool) -> bool:
    """Return whether the response has an allowed status and, if `problem`, is problem+json."""
    kind = answer["Content-Type"].startswith("application/problem+json")
    return answer.status_code in allowed and (not problem or (kind and "detail" in json.loads(answer.content)))


@pytest.mark.django_db
@pytest.mark.parametrize("name", BODIES)
def test_malformed_bodies_are_refused_by_the_api(name: str, signed_in_cast: SignedInCast) -> None:
    kind, body, allowed = BODIES[name]
    registers = {place for place, line in matrix_lines().items() if line.scope == Token.Scope.REGISTER}
    before = table_digests(TRACES)
    wrong = []
    for route, method, _ in share_of_routes(name, BODIES, write_routes(api=True)):
        token = ("officer", "register") if (route, method) in registers else ("reporter", "submit")
        headers = {"If-Match": '"1"', **signed_in_cast.tokens[token]}
        answer = Client(raise_request_exception=False).generic(
            method, signed_in_cast.addresses[route], body, content_type=kind, headers=headers
        )
        uploads = (
            route.endswith(("/uploads/", "/attachments/")) and answer.status_code == 415
        )  # it takes no JSON at all
        keyed = "<upload>" in route or (route, method) in registers
        gone = keyed and answer.status_code == 404  # asked for before its body is looked at
        by_person = (
            not matrix_lines()[route, method].tokens and answer.status_code == 403
        )  # no token may, whatever it sends
        if not (uploads or gone or by_person or is_expected_refusal(answer, allowed, problem=True)):
            wrong.append(f"{method} {route}: {answer.status_code} {answer.content[:200]!r}")
    assert wrong == []
    assert table_digests(TRACES) == before


@pytest.mark.django_db
@pytest.mark.parametrize("name", BODIES)
def test_malformed_bodies_are_refused_by_the_grid(name: str, signed_in_cast: SignedInCast) -> None:
    kind, body, allowed = BODIES[name]
    where = signed_in_cast.addresses["/returns/<city:region>/<month:month>/rows/"]
    client = signed_in_cast.clients["reporter"]
    answer = client.generic("POST", where, body, content_type=kind, HTTP_ACCEPT=JSON)
    assert is_expected_refusal(answer, allowed, problem=True)


@pytest.mark.django_db
@pytest.mark.parametrize("name", FORMS)
def test_malformed_forms_are_refused_by_pages(name: str, signed_in_cast: SignedInCast) -> None:
    kind, body = FORMS[name]
    wrong = []
    for route, method, actor in share_of_routes(name, FORMS, write_routes(api=False)):
        client = signed_in_cast.clients[actor]
        client.raise_request_exception = False
        answer = client.generic(method, signed_in_cast.addresses[route], body, content_type=kind)
        if not is_expected_refusal(answer, {400, 415}, problem=False):
            wrong.append(f"{method} {route}: {answer.status_code}")
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("query", QUERIES)
def test_malformed_query_strings_are_refused_by_pages(query: str, signed_in_cast: SignedInCast) -> None:
    wrong = []
    for route, method in share_of_routes(query, QUERIES, [line for line in matrix_lines() if line[1] == "GET"]):
        actor = sorted(matrix_lines()[route, method].admitted)[0]
        client = signed_in_cast.clients[actor]
        client.raise_request_exception = False
        answer = client.generic("GET", signed_in_cast.addresses[route], QUERY_STRING=query)
        if answer.status_code != 400:
            wrong.append(f"{route}?{query}: {answer.status_code}")
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_COOKIE": 'sessionid="aaaaaaaa\\000"'},
        {"HTTP_COOKIE": 'csrftoken="\\000\\377"'},
        {"PATH_INFO": "/static/\0"},
        {"PATH_INFO": "/reports/\0/"},
    ],
)
def test_malformed_cookies_and_paths_are_refused(headers: dict[str, Any], db: None) -> None:
    answer = Client(raise_request_exception=False).get(headers.get("PATH_INFO", "/login/"), **headers)
    assert answer.status_code in {400, 404, 415}


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["bz2_codec", "utf-16", "klingon", "idna"])
def test_an_unsupported_charset_is_refused_with_415(charset: str) -> None:
    """Call the WSGI application directly, since Django's test client fails on such a charset itself."""
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    asked = {"QUERY_STRING": "page=%41", "CONTENT_TYPE": f"text/html; charset={charset}", "PATH_INFO": "/login/"}
    statuses: list[str] = []

    def start(status: str, *_: object) -> Any:
        statuses.append(status)

    answer = application({**environ, **asked}, start)
    body = b"".join(answer).decode()
    answer.close()
    assert statuses == ["415 Unsupported Media Type"] and "UTF-8" in body


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, 411, "Content-Length"),
        ({"CONTENT_LENGTH": "24000001"}, 413, "24 MB"),
    ],
)
def test_a_body_of_unknown_or_excessive_length_is_refused_unread(
    headers: dict[str, str], status: int, words: str
) -> None:
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    asked = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/api/v1/returns/1/uploads/",
        "wsgi.input": Mock(read=Mock(side_effect=AssertionError)),
        **headers,
    }
    statuses: list[str] = []

    def start(line: str, *_: object) -> Any:
        statuses.append(line)

    answer = application({**environ, "CONTENT_TYPE": PARTS, **asked}, start)
    body = b"".join(answer).decode()
    answer.close()
    assert statuses[0].startswith(str(status)) and words in body
