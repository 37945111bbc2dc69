"""Tests reading the records of lists through the REST API.

They cover filters, order and pages as on the page, fields, days, validators and refusals.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db.models import DateTimeField
from django.http import QueryDict
from django.test import Client
from rest_framework.test import APIRequestFactory, force_authenticate

from hunan_trade import clock
from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.roles import Permission
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.api import list_version_for_etag
from hunan_trade.lists.api.api_fields import UNITS, fields_of
from hunan_trade.lists.api.api_viewsets import list_viewset
from hunan_trade.lists.declaration import Listing, declared
from hunan_trade.lists.history.history_models import find_history_model, keeps_history
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.tests.records_of_every_list import create_list_rows
from hunan_trade.lists.tests.sample_crane_register import CRANES, Crane, crane, create_cranes
from hunan_trade.lists.tests.sample_firm_list import FIRMS, firm
from hunan_trade.lists.tests.test_every_list import example_values, readers
from hunan_trade.testing.cache_invalidation_checks import untracked_tables
from hunan_trade.testing.shared_rows import shared_rows
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from parks.actions import save_parks
from parks.models import Park

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("rows"),
    pytest.mark.urls("hunan_trade.lists.tests.sample_crane_register"),
]
FIRMS_URL = "/api/v1/firms/"
LISTS = [*(listing for listing in declared() if listing.parts.api), CRANES]  # named by primary keys, and by a code
every_list = pytest.mark.parametrize("listing", LISTS, ids=lambda listing: listing.code)


@pytest.fixture(scope="module")
def rows(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fixture that creates records of every list and of cranes, once for all tests of the module."""

    def create() -> None:
        create_list_rows()
        create_cranes()
        for number in range(1, 9):
            crane(f"CS-{number:04}", f"起重机{number % 3}")
        crane("CS-0009", merged_into=Crane.objects.earliest("pk"))

    with shared_rows(request, create):
        yield


def caller(user: User) -> Client:
    return Client(headers=cast.bearer_headers(user))


def get(client: Client, address: str, status: int = 200, **headers: str) -> Any:
    answer = client.get(address, headers=headers)
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer


def all_rows(client: Client, address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while address:
        body = get(client, address).json()
        found += body["results"]
        address = body["next"]
    return found


def faults(client: Client, address: str) -> list[str]:
    """Return the names of what is refused with 400."""
    answer = get(client, address, 400)
    assert answer["Content-Type"] == "application/problem+json"
    return [fault["field"] for fault in answer.json()["errors"]]


def url_of(listing: Listing) -> str:
    return f"/api/v1/{listing.code}/"


# --- Every list -----------------------------------------------------------------------------------------------------
@every_list
def test_without_the_right_there_is_no_api(listing: Listing) -> None:
    for user in readers(listing, admitted=False):
        assert get(caller(user), url_of(listing), 403)


@every_list
def test_each_filter_and_order_gives_the_records_of_the_page(listing: Listing) -> None:
    user = next(readers(listing))
    client, query = caller(user), ListQuery(listing, user, QueryDict())
    assert query.rows.exists(), "give ROWS some of it"
    asked = [""]
    asked += [
        each for name, filter_ in query.full_filterset.filters.items() for each in example_values(name, filter_, query)
    ]
    asked += [f"sort={sign}{column.key}" for column in query.all_columns if column.sort for sign in ("", "-")]
    for each in asked:
        on_page = list(ListQuery(listing, user, QueryDict(each)).rows.values_list(listing.key, flat=True))
        size = 7 if not each or each.startswith("sort") else 200  # pages of every order, some end within equal values
        rows = all_rows(client, f"{url_of(listing)}?{each}&page_size={size}".replace("?&", "?"))
        assert [row["id"] for row in rows] == on_page, each


@every_list
def test_a_record_reads_as_in_its_list(listing: Listing) -> None:
    for user in readers(listing):
        client = caller(user)
        for row in get(client, f"{url_of(listing)}?page_size=3").json()["results"]:
            record = get(client, f"{url_of(listing)}{row['id']}/").json()
            assert {name: value for name, value in record.items() if name != "linked"} == row
        get(client, f"{url_of(listing)}999999999999999999999/", 404)


@every_list
def test_the_api_refuses_what_it_does_not_know(listing: Listing) -> None:
    client, first = caller(next(readers(listing))), listing.columns[0].key
    assert faults(client, f"{url_of(listing)}?unknown=1&id=2") == ["unknown", "id"]
    assert faults(client, f"{url_of(listing)}?fields={first}&fields={first}") == ["fields"]
    for name in ("columns", "page", "view", "open"):
        assert faults(client, f"{url_of(listing)}?{name}=1") == [name], "of the page alone"
    for name in ("sort", "fields", "cursor", "page_size"):
        assert faults(client, f"{url_of(listing)}?{name}=@") == faults(client, f"{url_of(listing)}?{name}=") == [name]
    for row in get(client, f"{url_of(listing)}?page_size=1").json()["results"]:
        assert faults(client, f"{url_of(listing)}{row['id']}/?q=1&sort={first}") == ["q", "sort"]


# Read along, though no version counts it: it changes only together with rows of a table that is declared.
WRITTEN_TOGETHER = {"projects": {"intake_round"}}  # a round is decided with the months of projects that it accepts


def known_tables(listing: Listing) -> set[str]:
    """Return the tables whose changes the list's registers tell, in their records and histories."""
    registers = [each for each in listing.reads if not isinstance(each, str)]
    histories = [find_history_model(register) for register in registers if keeps_history(register)]
    return {each._meta.db_table for each in (*registers, *histories)} | WRITTEN_TOGETHER.get(listing.code, set())


@pytest.mark.parametrize("listing", [listing for listing in LISTS if listing.reads], ids=lambda listing: listing.code)
def test_a_list_reads_nothing_but_what_it_declares(listing: Listing) -> None:
    """Or an unchanged answer would be confirmed although something else has changed."""
    view = list_viewset(listing).as_view({"get": "list"})

    def read_all(user: User) -> None:
        query = ListQuery(listing, user, QueryDict())
        asked = [
            each for name, part in query.full_filterset.filters.items() for each in example_values(name, part, query)
        ]
        asked += [f"sort={column.key}" for column in query.all_columns if column.sort]
        asked += [f"as_of={clock.today()}"] if listing.has_history else []
        asked += ["q=a"] if listing.has_history and listing.search else []
        for each in ("", *asked):
            request = APIRequestFactory().get(f"{url_of(listing)}?{each}")
            force_authenticate(request, user)  # so that no query is about who asks
            assert view(request).status_code == 200, each

    for user in readers(listing):
        tables = untracked_tables(partial(read_all, user), [each for each in listing.reads if isinstance(each, str)])
        assert set(tables) <= known_tables(listing), user.role


@pytest.mark.parametrize("listing", [listing for listing in LISTS if listing.reads], ids=lambda listing: listing.code)
def test_an_answer_changes_within_a_day_at_declared_moments_alone(
    listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unread, a list is confirmed for the rest of the day: no answer may change by the clock meanwhile."""
    user = next(readers(listing))
    view = list_viewset(listing).as_view({"get": "list"})

    def read(**headers: str) -> Any:
        request = APIRequestFactory().get(url_of(listing), headers=headers)
        force_authenticate(request, user)
        return view(request)

    ended = f"SELECT {2**62}, {2**62}, %s"  # the test's own transaction counts as ended, too
    monkeypatch.setattr(list_version_for_etag, "HORIZON", ended)
    fields = [field.name for field in listing.model._meta.concrete_fields if isinstance(field, DateTimeField)]
    moments = {getattr(record, name) for record in listing.visible_rows(user) for name in fields} - {None}
    assert moments or not fields
    for moment in moments:
        with clock.frozen_at(moment):
            before = read()
        with clock.frozen_at(moment + timedelta(seconds=1)):
            confirmed, after = read(If_None_Match=before["ETag"]), read()
        assert confirmed.status_code == (304 if after.data == before.data else 200), moment


@every_list
def test_a_wrong_value_of_a_filter_is_refused_by_name(listing: Listing) -> None:
    user = next(readers(listing))
    for name, filter_ in ListQuery(listing, user, QueryDict()).full_filterset.filters.items():
        for parameter in filter_.parameters(name) if name != "q" else ():
            assert faults(caller(user), f"{url_of(listing)}?{parameter}=@") == [name]
            assert faults(caller(user), f"{url_of(listing)}?{parameter}=") == [parameter]


@pytest.mark.parametrize("listing", [*LISTS, FIRMS], ids=lambda listing: listing.code)
def test_an_amount_has_its_unit_in_the_name(listing: Listing) -> None:
    for column in listing.columns:
        if column.kind.unit.endswith("元"):
            assert column.key.endswith(tuple(UNITS)), column.key
    names = [field.name for field in fields_of(listing, User(role="province_lead"))]
    assert len(set(names)) == len(names) and not {"id", "version", "reason"} & set(names)


# --- A day ----------------------------------------------------------------------------------------------------------
def test_a_list_and_a_record_read_as_of_a_day() -> None:
    """Filters, order and fields are those of the day (traps H4)."""
    officer, park, today = cast.officer(), Park.objects.order_by("pk")[0], clock.today()
    next_transaction()
    change = RecordChange({"level": "county", "note": "改级"}, park.pk, park.version)
    with clock.frozen_at(clock.now() + timedelta(days=30)):
        save_parks(changes=[change], by=officer, kind=Act.Kind.EDITED, reason="文件")
        client, before = caller(officer), clock.today() - timedelta(days=1)
        for query, level, version in (("", "county", 2), (f"as_of={before}", park.level, 1)):
            row = get(client, f"/api/v1/parks/{park.pk}/?{query}").json()
            assert (row.pop("linked", None) is None) == bool(query), "what hangs on it today"
            assert (row["level"], row["version"]) == (level, version)
            listed = all_rows(client, f"/api/v1/parks/?level={level}&{query}".rstrip("&"))
            assert row in listed
        assert park.pk not in {row["id"] for row in all_rows(client, f"/api/v1/parks/?level=county&as_of={before}")}
        unknown = today - timedelta(days=2)
        assert faults(client, f"/api/v1/parks/?as_of={unknown}") == ["as_of"], "not known, instead of empty (traps H2)"
        assert faults(client, "/api/v1/parks/?as_of=2013-13-01") == ["as_of"]
    assert faults(client, f"/api/v1/returns/?as_of={today}") == ["as_of"], "has no history"


# --- Values ---------------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("firms_table")
@pytest.mark.urls("hunan_trade.lists.tests.urls")
class TestFirms:
    """Tests with a list that has a field of every kind and a column with a right of its own."""

    def test_values_are_typed_and_exact(self) -> None:
        made = firm("长沙蓝思", "F-1", kind="parts", capital_usd=Decimal("1234567.80"), signed_on=date(2013, 6, 1))
        client = caller(cast.officer())
        assert get(client, FIRMS_URL).json()["results"] == [
            {
                "id": made.pk,
                "name": "长沙蓝思",
                "code": "F-1",
                "city": "430100",
                "kind": "parts",
                "capital_usd": "1234567.80",
                "signed_on": "2013-06-01",
                "note": None,
                "phone": "",
            }
        ]

    def test_only_the_named_fields_are_sent_in_their_order(self) -> None:
        made = firm("长沙蓝思", kind="parts")
        client = caller(cast.officer())
        (row,) = get(client, f"{FIRMS_URL}?fields=kind,name").json()["results"]
        assert list(row.items()) == [("id", made.pk), ("kind", "parts"), ("name", "长沙蓝思")]
        assert get(client, f"{FIRMS_URL}{made.pk}/?fields=name").json() == {"id": made.pk, "name": "长沙蓝思"}

    def test_another_citys_record_does_not_exist(self) -> None:
        own, other = firm("长沙蓝思"), firm("衡阳特变", city_id="430400")
        client = caller(cast.reporter())
        assert [row["id"] for row in all_rows(client, FIRMS_URL)] == [own.pk]
        refused = [get(client, f"{FIRMS_URL}{key}/", 404).json() for key in (other.pk, 999_999)]
        assert refused[0] | {"instance": ""} == refused[1] | {"instance": ""}

    def test_a_field_with_a_right_of_its_own_answers_as_one_that_does_not_exist(self) -> None:
        """(traps V6)"""
        made = firm("长沙蓝思", phone="0731-8888")
        client = caller(cast.reporter())
        for address in (FIRMS_URL, f"{FIRMS_URL}{made.pk}/"):
            body = get(client, address).content.decode()
            assert "phone" not in body and "8888" not in body
        for asked in ("fields={}", "sort={}", "{}=yes", "fields=name,{}"):
            hidden, unknown = (
                get(client, f"{FIRMS_URL}?{asked.format(name)}", 400).content.decode().replace(name, "?")
                for name in ("phone", "enohp")
            )
            assert json.loads(hidden) | {"instance": ""} == json.loads(unknown) | {"instance": ""}, asked
        assert all_rows(client, f"{FIRMS_URL}?q=8888") == [] != all_rows(caller(cast.officer()), f"{FIRMS_URL}?q=8888")

    def test_a_token_reads_personal_data_with_the_scope_for_it_alone(self) -> None:
        firm("长沙蓝思", phone="0731-8888")
        columns = (
            replace(each, see=Permission.SEE_CONTACTS) if each.key == "phone" else each for each in FIRMS.columns
        )
        listing, officer = replace(FIRMS, columns=tuple(columns)), cast.officer()
        view = list_viewset(listing).as_view({"get": "list"})

        def read(scope: str, query: str = "") -> Any:
            return view(APIRequestFactory().get(f"{FIRMS_URL}{query}", headers=cast.bearer_headers(officer, scope)))

        for scope in Token.Scope.values:
            (row,) = read(scope).data["results"]
            assert ("phone" in row) is (scope == "contacts"), scope
        for query in ("?fields=phone", "?sort=phone", "?phone=yes"):
            assert [read(scope, query).status_code for scope in ("register", "contacts")] == [400, 200], query
        assert [len(read(scope, "?q=8888").data["results"]) for scope in ("register", "contacts")] == [0, 1]
        (phone,) = (each for each in fields_of(listing, officer) if each.name == "phone")
        assert "令牌的范围须是“读取联系方式”" in phone.description

    def test_pages_hold_each_record_once_with_nulls_and_ties(self) -> None:
        """(traps F7)"""
        for at in range(23):
            firm(
                f"第 {at % 5} 家\u3000",
                capital_usd=[None, 1_000_000, 2_000_000][at % 3],
                signed_on=[date(2013, 1, 1), None][at % 2],
                note=[None, "", "甲\n乙"][at % 3],
                kind=["", "parts"][at % 2],
            )
        user, every = cast.officer(), [*(column.key for column in FIRMS.columns if column.sort)]
        assert {"capital_usd", "signed_on", "note"} <= set(every)
        for sort in ("", *(f"sort={sign}{key}" for key in every for sign in ("", "-")), "q=第"):
            plain = [each.pk for each in ListQuery(FIRMS, user, QueryDict(sort)).rows]
            paged = [row["id"] for row in all_rows(caller(user), f"{FIRMS_URL}?{sort}&page_size=4".replace("?&", "?"))]
            assert paged == plain and len(set(paged)) == 23, sort

    def test_a_cursor_of_another_order_is_refused_or_read_as_a_place(self) -> None:
        for _ in range(3):
            firm("长沙蓝思", signed_on=date(2013, 1, 1))
        client = caller(cast.officer())
        following = get(client, f"{FIRMS_URL}?page_size=1").json()["next"]
        assert faults(client, f"{following}&sort=signed_on") == ["cursor"]
        assert faults(client, f"{FIRMS_URL}?cursor=WyJcdTAwMDAiLCAxXQ") == ["cursor"]

    def test_unchanged_answers_are_304_for_this_caller_alone(self) -> None:
        """(traps F8)"""
        made = firm("长沙蓝思")
        first, second = caller(cast.officer()), caller(cast.officer())
        for address in (FIRMS_URL, f"{FIRMS_URL}{made.pk}/"):
            answer = get(first, address)
            assert "private" in answer["Cache-Control"]
            assert get(first, address, 304, If_None_Match=answer["ETag"]).content == b""
            get(second, address, 200, If_None_Match=answer["ETag"])
        made.name = "长沙比亚迪"
        made.save()
        get(first, FIRMS_URL, 200, If_None_Match=answer["ETag"])
