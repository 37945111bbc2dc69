"""Tests that every URL sends as many queries as `query_counts.txt` says, however many rows there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hunan_trade import clock
from hunan_trade.testing.table_versions import change_all_versions
from hunan_trade.tests import committed_lists, query_data, two_cities
from hunan_trade.tests.access_urls import address
from hunan_trade.tests.query_data import QueryData
from hunan_trade.tests.test_access import gate, lines

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
GROWING = {"/returns/review/": "every return that waits is checked anew as a whole; there is one a city and month"}
BOOKKEEPING = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


def readers(route: str) -> list[str]:
    """Choose somebody of the province and of a city, or whoever else the address admits; for the home page, everybody."""
    admitted = lines()[route, "GET"].admitted
    if "anonymous" in admitted:
        return ["anonymous"]
    groups = [group for group in GROUPS if set(group) & admitted]
    if route == "/":
        return [role for group in groups for role in group]
    return [next(role for role in group if role in admitted) for group in groups[:2]]


def counted(data: QueryData) -> Counts:
    """Ask every address as each of its readers, but for rows that a reader does not see."""
    found = {}
    for route in (route for route, method in lines() if method == "GET"):
        for role in readers(route):
            answer, count = ask(data, route, role)
            if gate(answer) == "hidden":  # the row is another's
                continue
            said = f"{role} GET {route}: {answer.status_code}"
            assert gate(answer) == "admitted" and answer.status_code in {200, 302}, said
            found[route, role] = count
    return found


def ask(data: QueryData, route: str, role: str) -> tuple[Any, int]:
    """Return the answer and the number of statements sent for it. What it writes is undone."""
    by_token = lines()[route, "GET"].tokens
    client, headers = data.clients["anonymous" if by_token else role], data.tokens[role] if by_token else {}
    where = address(route, query_data.keys(data, route, role))
    with transaction.atomic():
        change_all_versions()
        with CaptureQueriesContext(connection) as captured:
            answer: Any = client.get(where, headers=headers)
            b"".join(answer)
        transaction.set_rollback(True)
    return answer, sum(not query["sql"].startswith(BOOKKEEPING) for query in captured)


def written(counts: Counts) -> list[str]:
    """Write the lines of the file, in the order of access_matrix.txt."""
    roles = defaultdict(list)
    for (route, role), count in counts.items():
        roles[route, count].append(role)
    return HEAD.splitlines() + [f"{count:7}  {route:66} {' '.join(who)}" for (route, count), who in roles.items()]


@pytest.fixture(scope="module")
def counts(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Counts, Counts]]:
    """Count in a data of few rows, and in the same one when it has grown."""
    with django_db_blocker.unblock(), transaction.atomic(), two_cities.today():
        with mock.patch.object(clock, "real_now", return_value=clock.real_now()):
            data = query_data.create_query_data()
            few = counted(data)
            query_data.add_many_rows(data)
            many = counted(data)
            yield few, many
        transaction.set_rollback(True)


def test_every_address_is_counted(counts: tuple[Counts, Counts]) -> None:
    answering = {route for route, method in lines() if method == "GET"}
    assert answering - {route for route, _ in counts[1]} == set(), "give query_data.keys a row of it"


def test_every_address_asks_as_often_as_is_committed(counts: tuple[Counts, Counts]) -> None:
    difference = committed_lists.difference_from_committed(
        "query_counts.txt", written(counts[1]), "hunan_trade/tests/test_query_counts.py"
    )
    assert not difference, difference


def test_no_address_asks_more_often_for_more_rows(counts: tuple[Counts, Counts]) -> None:
    few, many = counts
    grown = {key: (few.get(key), count) for key, count in many.items() if few.get(key) != count}
    assert {route: roles for route, roles in grown.items() if route[0] not in GROWING} == {}
    assert {route for route, _ in grown} == set(GROWING), "one that no longer grows leaves the list"
