"""Tests that every URL sends as many database queries as `query_counts.txt` lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hunan_trade import clock
from hunan_trade.jobs import actions as jobs
from hunan_trade.testing.cache_invalidation_checks import change_all_versions
from hunan_trade.tests import committed_file_comparison, query_count_data, two_city_data
from hunan_trade.tests.portal_urls import url_of
from hunan_trade.tests.query_count_data import QueryData
from hunan_trade.tests.test_access_matrix import access_outcome, matrix_lines

HEAD = """\
# How many SQL statements each address that answers GET sends, BEGIN and savepoints aside. One line an address and count.
#
# Caches are cold: every table has changed since the process last read it. What opens to a token is asked with one, all
# else by a signed-in browser.
#
# count  address  roles
"""
Counts = dict[tuple[str, str], int]  # by address and role
GROUPS = (("officer", "province_lead"), ("reporter", "lead"), ("admin",), ("security",), ("auditor",))
# Addresses that may ask more often for more rows, and why.
GROWING_URLS = {
    "/projects/download/": "what is paid in and how late a project is are read for each chunk of records",
    "/returns/review/": "every return that waits is checked anew as a whole; there is one a city and month",
}
BOOKKEEPING = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", "SET CONSTRAINTS")


def roles_asking(route: str) -> list[str]:
    """Return the roles as which a route is requested, usually one of the province and one of a city."""
    admitted = matrix_lines()[route, "GET"].admitted
    if "anonymous" in admitted:
        return ["anonymous"]
    groups = [group for group in GROUPS if set(group) & admitted]
    if route == "/":
        return [role for group in groups for role in group]
    return [next(role for role in group if role in admitted) for group in groups[:2]]


def count_queries(data: QueryData) -> Counts:
    """Request every URL in several roles and return the number of queries by route and role."""
    found = {}
    for route in (route for route, method in matrix_lines() if method == "GET"):
        for role in roles_asking(route):
            answer, count = send_request(data, route, role)
            if access_outcome(answer) == "hidden":  # the row is another's
                continue
            description = f"{role} GET {route}: {answer.status_code}"
            assert access_outcome(answer) == "admitted" and answer.status_code in {200, 302}, description
            found[route, role] = count
    return found


def send_request(data: QueryData, route: str, role: str) -> tuple[Any, int]:
    """Request a route in a role, roll back, and return the response and the number of queries."""
    by_token = matrix_lines()[route, "GET"].tokens
    client, headers = data.clients["anonymous" if by_token else role], data.tokens[role] if by_token else {}
    where = url_of(route, query_count_data.keys_visible_to_role(data, route, role))
    with transaction.atomic():
        change_all_versions()
        jobs.record_ping_answer(
            sent_at=clock.real_now(), worker="w"
        )  # a slow machine is long on its way through all addresses
        connection.queries_log.clear()  # it holds a limited number, and all requests before have filled it
        with CaptureQueriesContext(connection) as captured:
            answer: Any = client.get(where, headers=headers)
            b"".join(answer)
        transaction.set_rollback(True)
    return answer, sum(not query["sql"].startswith(BOOKKEEPING) for query in captured)


def lines_of_counts(counts: Counts) -> list[str]:
    """Return the query counts as the lines of `query_counts.txt`."""
    roles = defaultdict(list)
    for (route, role), count in counts.items():
        roles[route, count].append(role)
    return HEAD.splitlines() + [f"{count:7}  {route:66} {' '.join(who)}" for (route, count), who in roles.items()]


@pytest.fixture(scope="module")
def counts(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Counts, Counts]]:
    """Fixture with the query counts for few rows and for many rows."""
    with django_db_blocker.unblock(), transaction.atomic(), two_city_data.clock_at_today():
        with mock.patch.object(clock, "real_now", return_value=clock.real_now()):
            data = query_count_data.create_query_data()
            few = count_queries(data)
            query_count_data.add_many_rows(data)
            many = count_queries(data)
            yield few, many
        transaction.set_rollback(True)


def test_the_queries_of_every_url_are_counted(counts: tuple[Counts, Counts]) -> None:
    answering = {route for route, method in matrix_lines() if method == "GET"}
    assert answering - {route for route, _ in counts[1]} == set(), "give query_count_data.keys a row of it"


def test_query_counts_equal_the_committed_list(counts: tuple[Counts, Counts]) -> None:
    difference = committed_file_comparison.difference_from_committed(
        "query_counts.txt", lines_of_counts(counts[1]), "hunan_trade/tests/test_query_counts.py"
    )
    assert not difference, difference


def test_query_counts_do_not_grow_with_the_number_of_rows(counts: tuple[Counts, Counts]) -> None:
    few, many = counts
    grown = {key: (few.get(key), count) for key, count in many.items() if few.get(key) != count}
    assert {route: roles for route, roles in grown.items() if route[0] not in GROWING_URLS} == {}
    assert {route for route, _ in grown} == set(GROWING_URLS), "one that no longer grows leaves the list"
