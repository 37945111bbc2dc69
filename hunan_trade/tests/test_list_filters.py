"""Tests that lists accept only declared parameters and values; all others are 400, on pages and API."""

from __future__ import annotations

import base64

import pytest

from hunan_trade.tests.access_urls import keys_of, routes
from hunan_trade.tests.conftest import SignedInCast
from hunan_trade.tests.test_access import ACCOUNTS, lines

# Addresses without keys that are read and list nothing: homes, forms, texts.
NO_LISTS = {
    "/", "/login/", "/login/again/", "/activate/", "/password/", "/roles/", "/gallery/", "/robots.txt", "/healthz",
    "/accounts/new/", "/tokens/new/", "/enterprises/register/", "/returns/home/", "/api/v1/schema/", "/api/v1/docs/",
}  # fmt: skip
LISTS = sorted(
    route for route in routes() if not keys_of(route) and (route, "GET") in lines() and route not in NO_LISTS
)
STRANGERS = [
    "user", "user__password", "user__password__startswith", "user__username", "owner", "password", "password__startswith",
    "requested_by__password", "requested_by__token__digest", "registered_by__password__regex", "edited_by", "digest",
    "digest__startswith", "tokens__digest__startswith", "session_key", "id", "pk", "pk__in", "id__gt", "id__isnull",
    "region__in", "region__parent", "region__name__contains", "region_id", "status__in", "month__year", "value__gte",
    "indicator__contains", "rounds__reason__contains", "content", "content__facts", "content__contains", "content__0",
    "texts__export", "before__role", "after__role__contains", "networks__0", "payload__x", "_connector", "_negated",
    "_state", "_result_cache", "__class__", "__init__", "ordering", "order_by", "sort", "o", "fields", "expand",
    "include", "depth", "limit", "offset", "format", "search", "as_of__lt", "cursor__gt", "page_size__gt", "q__regex",
    "q[]", "q.x", "city__parent", "role__in", "$where", "filter{user.password}", "",
]  # fmt: skip
VALUES = {
    "format": "json",
    "ordering": "-user__password",
    "depth": "9",
    "_connector": "OR",
    "pk__in": "1,2",
    "o": "-password",
}
CURSORS = ["x", "e30", "W10", "9" * 400, base64.urlsafe_b64encode(b'["\\u0000"]').decode(), "WyIxIiwiMiIsIjMiXQ"]


def reader(route: str) -> str:
    return next(actor for actor in ACCOUNTS if actor in lines()[route, "GET"].admitted)


@pytest.mark.django_db
@pytest.mark.parametrize("route", LISTS)
def test_a_list_refuses_what_it_does_not_declare(route: str, signed_in: SignedInCast) -> None:
    who = reader(route)
    assert signed_in.ask(who, "GET", route).status_code == 200
    answered = {
        name: status
        for name in STRANGERS
        if (status := signed_in.ask(who, "GET", f"{route}?{name}={VALUES.get(name, '1')}").status_code) != 400
    }
    assert answered == {}


@pytest.mark.django_db
@pytest.mark.parametrize("route", [route for route in LISTS if route.startswith("/api/")])
def test_pages_of_the_api_are_asked_for_by_its_own_cursor_alone(route: str, signed_in: SignedInCast) -> None:
    asked = [f"cursor={cursor}" for cursor in CURSORS]
    asked += [f"page_size={size}" for size in ("0", "-1", "201", "9" * 30, "1e2", "٣", "", "NaN")]
    answered = {query: signed_in.ask(reader(route), "GET", f"{route}?{query}").status_code for query in asked}
    assert set(answered.values()) == {400}, answered


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("route", "queries"),
    [
        ("/accounts/", ["role=root", "region=430000", "region=x", "state=1", "q=%00", "q=a&q=b", "role=&role=none"]),
        ("/grants/", ["role=root", "q=a&q=b"]),
        ("/tokens/", ["scope=all", "q=%00", "scope=read&scope=submit"]),
        ("/audit/", ["since=x", "until=9999999-01-01", "kind=%25", "result=1", "region=1", "q=%00"]),
        ("/enterprises/", ["city=430000", "city=x", "city=431000&city=430100", "mode=x", "q=%00"]),
        ("/parks/", ["city=1", "level=1", "kind=1", "q=%00"]),
        (
            "/api/v1/returns/",
            ["region=430000", "month=2013", "month=2013-13", "status=x", "status=sent&status=filling"],
        ),
        ("/api/v1/observations/", ["indicator=x", "region=0", "as_of=yesterday", "since=%00", "source=x"]),
        ("/api/v1/reports/", ["kind=x", "year=x", "year=1e400", "year=" + "9" * 400, "status=x"]),
        ("/api/v1/regions/", ["level=x", "parent=x", "parent=%00"]),
    ],
)
def test_a_filter_takes_the_values_that_it_offers(route: str, queries: list[str], signed_in: SignedInCast) -> None:
    answered = {query: signed_in.ask(reader(route), "GET", f"{route}?{query}").status_code for query in queries}
    assert {query: status for query, status in answered.items() if status != 400} == {}
