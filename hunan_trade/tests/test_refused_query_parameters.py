"""Tests that lists refuse undeclared query parameters and filter values with status 400."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.urls import reverse

from hunan_trade.lists.declaration import Listing, declared
from hunan_trade.lists.list_query import ListQuery, ParameterRefused
from hunan_trade.tests.conftest import SignedInCast
from hunan_trade.tests.portal_urls import API, parameters_of, routes
from hunan_trade.tests.test_access_matrix import ACCOUNTS, matrix_lines

# Addresses without keys that are read and list nothing: homes, forms, texts.
NO_LISTS = {
    "/", "/login/", "/login/again/", "/activate/", "/password/", "/roles/", "/gallery/", "/robots.txt", "/healthz",
    "/accounts/new/", "/tokens/new/", "/enterprises/new/", "/enterprises/import/", "/projects/new/", "/projects/import/", "/parks/new/", "/parks/import/", "/events/new/", "/events/import/", "/fortune/new/", "/fortune/import/", "/projects/batches/new/", "/rosters/new/", "/rosters/import/", "/returns/home/", "/api/v1/schema/", "/api/v1/status-dictionary/", "/api/v1/docs/",
}  # fmt: skip
LISTS = sorted(
    route
    for route in routes()
    if not parameters_of(route) and (route, "GET") in matrix_lines() and route not in NO_LISTS
)
UNDECLARED_PARAMETERS = [
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
PROBES = ("user__password__startswith", "pk__in", "sort", "")  # of each kind one
CURSORS = ["x", "e30", "W10", "9" * 400, base64.urlsafe_b64encode(b'["\\u0000"]').decode(), "WyIxIiwiMiIsIjMiXQ"]


def admitted_actor(route: str) -> str:
    return next(actor for actor in ACCOUNTS if actor in matrix_lines()[route, "GET"].admitted)


def refused_parameters(answer: Any) -> set[str]:
    """Return the parameters that the API's refusal names."""
    return {error["field"] for error in answer.json().get("errors", ())} if answer.status_code == 400 else set()


@pytest.mark.django_db
@pytest.mark.parametrize("route", [route for route in LISTS if route.startswith(API)])
def test_an_api_list_refuses_each_undeclared_parameter(route: str, signed_in_cast: SignedInCast) -> None:
    who = admitted_actor(route)
    assert signed_in_cast.send_request(who, "GET", route).status_code == 200
    together = urlencode({name: VALUES.get(name, "1") for name in UNDECLARED_PARAMETERS})
    named = refused_parameters(signed_in_cast.send_request(who, "GET", f"{route}?{together}"))
    statuses = {
        name: signed_in_cast.send_request(who, "GET", f"{route}?{name}={VALUES.get(name, '1')}").status_code
        for name in (*PROBES, *UNDECLARED_PARAMETERS)
        if name in PROBES or name not in named  # a parameter of this list with another meaning
    }
    assert set(statuses.values()) == {400}, statuses


@pytest.mark.django_db
@pytest.mark.parametrize("route", [route for route in LISTS if not route.startswith(API)])
def test_a_page_refuses_undeclared_parameters(route: str, signed_in_cast: SignedInCast) -> None:
    """Each address hands its parameters to a check that the next test asks about every name."""
    who = admitted_actor(route)
    assert signed_in_cast.send_request(who, "GET", route).status_code == 200
    statuses = {
        name: signed_in_cast.send_request(who, "GET", f"{route}?{name}={VALUES.get(name, '1')}").status_code
        for name in PROBES
    }
    assert set(statuses.values()) == {400}, statuses


@pytest.mark.django_db
@pytest.mark.parametrize("listing", declared(), ids=lambda listing: listing.code)
def test_a_list_refuses_each_undeclared_parameter(listing: Listing, signed_in_cast: SignedInCast) -> None:
    user = signed_in_cast.cast[admitted_actor(reverse(f"{listing.code}:home"))]
    accepted = []
    for name in UNDECLARED_PARAMETERS:
        try:
            ListQuery(listing, user, QueryDict(f"{name}={VALUES.get(name, '1')}"))
        except ParameterRefused:
            continue
        accepted.append(name)
    assert accepted == []


@pytest.mark.django_db
@pytest.mark.parametrize("route", [route for route in LISTS if route.startswith("/api/")])
def test_api_lists_refuse_invalid_cursors_and_page_sizes(route: str, signed_in_cast: SignedInCast) -> None:
    queries = [f"cursor={cursor}" for cursor in CURSORS]
    queries += [f"page_size={size}" for size in ("0", "-1", "201", "9" * 30, "1e2", "٣", "", "NaN")]
    statuses = {
        query: signed_in_cast.send_request(admitted_actor(route), "GET", f"{route}?{query}").status_code
        for query in queries
    }
    assert set(statuses.values()) == {400}, statuses


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("route", "queries"),
    [
        ("/accounts/", ["role=root", "region=430000", "region=x", "state=1", "q=%00", "q=a&q=b"]),
        ("/grants/", ["role=root", "q=a&q=b"]),
        ("/tokens/", ["scope=all", "q=%00", "q=a&q=b"]),
        ("/audit/", ["at_after=x", "at_before=9999999-01-01", "kind=%25", "result=1", "region=1", "q=%00"]),
        ("/enterprises/", ["city=430000", "city=x", "q=a&q=b", "mode=x", "q=%00"]),
        (
            "/projects/",
            ["city=430000", "stage=x", "status=x", "contracted_total_usd_min=x", "intended_on_after=x", "q=%00"],
        ),
        (
            "/projects/increases/",
            ["city=430000", "state=unaccepted", "amount_usd_min=x", "effective_on_after=x", "q=%00"],
        ),
        ("/projects/", ["alert=late", "follower=1", "follower=own"]),
        ("/projects/", ["batch=99999", "batch=x"]),
        ("/projects/batches/", ["item=99999", "opened_on_after=x", "q=x"]),
        ("/projects/batches/memberships/", ["city=430000", "batch=x", "left_on=1", "joined_on_after=x", "q=%00"]),
        ("/projects/contacts/", ["city=430000", "contacted_on_after=x", "q=%00"]),
        ("/projects/stages/", ["city=430000", "stage=intended", "state=x", "effective_on_after=x", "q=%00"]),
        ("/events/", ["year=2012", "year=x", "kind=1", "q=%00"]),
        ("/parks/", ["city=1", "level=1", "kind=1", "q=%00"]),
        (
            "/api/v1/returns/",
            ["region=430000", "month=2013-01", "month=13", "year=x", "status=x", "nil_reason=1"],
        ),
        ("/api/v1/observations/", ["indicator=x", "region=0", "as_of=yesterday", "since=%00", "source=x"]),
        ("/api/v1/reports/", ["kind=x", "year=x", "year=1e400", "year=" + "9" * 400, "status=x", "issued_at_after=x"]),
        ("/api/v1/regions/", ["level=x", "parent=x", "parent=%00"]),
    ],
)
def test_a_filter_refuses_values_that_it_does_not_offer(
    route: str, queries: list[str], signed_in_cast: SignedInCast
) -> None:
    statuses = {
        query: signed_in_cast.send_request(admitted_actor(route), "GET", f"{route}?{query}").status_code
        for query in queries
    }
    assert {query: status for query, status in statuses.items() if status != 400} == {}
