"""Tests every declared list for permissions, filters, sorting and views, and for bad URL parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import GRANTS, Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.declaration import Listing, declared
from hunan_trade.lists.filter_fields import ChoicesField, DaysField
from hunan_trade.lists.filters import ChoicesFilter, FilledFilter, ListFilter
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.lists.record_keys import matches_key_pattern
from hunan_trade.lists.search.text_search import SearchTextField

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_tables")]
LISTS = list(declared())
OWN_ADDRESSES = ("new", "import", "summary", "download", "tabs", "views", "columns", "bulk", "undo", "changes")
every_list = pytest.mark.parametrize("listing", LISTS, ids=lambda listing: listing.code)


def readers(listing: Listing, *, admitted: bool = True) -> Iterator[User]:
    for role in Role:
        if (listing.own_rows or listing.see in GRANTS[role]) is admitted:
            yield cast.person(role, region=cast.CHANGSHA if role in ("city_reporter", "city_lead") else "")


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def get(client: Client, listing: Listing, query: str = "") -> Any:
    return client.get(f"{reverse(f'{listing.code}:home')}?{query}")


def some_of(codes: Iterable[str]) -> list[str]:
    """Return all of a few codes, and of many, such as industries, some from the first to nearly the last."""
    every = list(codes)
    return every[:: max(1, len(every) // 8)]


def example_values(name: str, filter_: ListFilter, query: ListQuery) -> Iterator[str]:
    """Yield query strings that the filter reads, with each of its parameters."""
    field: Any = query.full_filterset.filters[name].field
    if isinstance(field, ChoicesField):
        if not (codes := list(field.labels)):
            return
        yield f"{name}={codes[0]}"
        yield "&".join(f"{name}={code}" for code in codes) + f"&{name}_not=on"
    elif isinstance(field, DaysField):
        yield from (f"{name}_after=2013-01-01&{name}_before=2013-12-31", f"{name}_in=this_month")
    elif name == "q":
        yield from ("q=长", "q=长沙", "q=cs", "q=1")
    else:
        codes = some_of([code for code, _ in getattr(field, "choices", ()) if code]) or ["1"]
        yield from (f"{parameter}={code}" for parameter in filter_.parameters(name) for code in codes)


# --- The declaration ------------------------------------------------------------------------------------------------
@every_list
def test_a_declaration_holds_together(listing: Listing) -> None:
    keys = [column.key for column in listing.columns]
    assert len(set(keys)) == len(keys) and listing.columns[0].see is None, "the first column is everybody's"
    hidden = {path for column in listing.columns if column.see for path in column.lookup_paths()}
    assert not hidden & {name.removeprefix("-") for name in listing.ordering}, "a hidden column must not order"
    assert all(isinstance(each, ListFilter) for each in listing.filters.base_filters.values())
    assert set(listing.summary.columns if listing.summary else ()) <= set(keys)
    names = {field.name for field in listing.model._meta.get_fields()}
    if editing := listing.editing:
        assert editing.only_new.keys() | editing.rights.keys() <= {name for g in editing.groups for name in g.fields}
    if importing := listing.importing:
        assert importing.told.keys() <= {*keys, *names} - {*importing.columns}, "told or written"
    assert {name.partition("__")[0] for name in listing.search} <= names
    if listing.merged_into:
        link: Any = listing.model._meta.get_field(listing.merged_into)
        assert link.related_model is listing.model and link.null and listing.has_history
    assert listing.key == "pk" or not any(matches_key_pattern(listing, word) for word in OWN_ADDRESSES), (
        "a page is no record"
    )
    for text in (field for field in listing.model._meta.get_fields() if isinstance(field, SearchTextField)):
        assert set(text.sources) <= set(listing.search), "else it is never searched"
        assert len({source in hidden for source in text.sources}) == 1, "one text, one right"


# --- Who sees it ----------------------------------------------------------------------------------------------------
@every_list
def test_without_the_right_there_is_no_list(listing: Listing) -> None:
    for user in readers(listing, admitted=False):
        client = browser(user)
        for part in ("", "summary/", "tabs/"):
            assert client.get(reverse(f"{listing.code}:home") + part).status_code == 403, user.role
        for part in ("views/", "views/1/", "columns/"):
            assert client.post(reverse(f"{listing.code}:home") + part).status_code == 403, user.role


@every_list
def test_a_reader_lists_what_is_visible_to_them(listing: Listing) -> None:
    for user in readers(listing):
        rows = set(ListQuery(listing, user, QueryDict()).rows.values_list("pk", flat=True))
        visible: Any = listing.rows() if listing.reference else listing.rows().visible_to(user)  # type: ignore[attr-defined]
        assert rows == set(visible.filter(listing.unmerged).values_list("pk", flat=True)), user.role


# --- What can be asked ----------------------------------------------------------------------------------------------
@every_list
def test_each_filter_answers_and_says_itself_in_words(listing: Listing) -> None:
    for user in (next(readers(listing)), list(readers(listing))[-1]):
        client, query = browser(user), ListQuery(listing, user, QueryDict())
        for name, filter_ in query.full_filterset.filters.items():
            for asked in example_values(name, filter_, query):
                answer = get(client, listing, asked)
                assert answer.status_code == 200, (asked, answer.content.decode()[:300])
                (words,) = set(ListQuery(listing, user, QueryDict(asked)).words().values())
                assert words.startswith(f"{filter_.label} ") and words.partition(" ")[2], asked


@every_list
def test_is_and_is_not_are_all(listing: Listing) -> None:
    """(traps V5)"""
    user = next(readers(listing))
    every = set(ListQuery(listing, user, QueryDict()).rows.values_list("pk", flat=True))
    query = ListQuery(listing, user, QueryDict())
    for name, filter_ in query.full_filterset.filters.items():
        for code in some_of(filter_.choices()) if isinstance(filter_, ChoicesFilter) else ():
            parts = [
                set(ListQuery(listing, user, QueryDict(f"{name}={code}{more}")).rows.values_list("pk", flat=True))
                for more in ("", f"&{name}_not=on")
            ]
            assert parts[0] | parts[1] == every and not parts[0] & parts[1], (name, code)
        if isinstance(filter_, FilledFilter):
            filled, empty = (
                set(ListQuery(listing, user, QueryDict(f"{name}={word}")).rows.values_list("pk", flat=True))
                for word in ("yes", "no")
            )
            assert filled | empty == every and not filled & empty, name


@every_list
def test_each_order_shows_each_record_once(listing: Listing) -> None:
    """Nulls and ties included, page by page (traps F7)."""
    user = next(readers(listing))
    client = browser(user)
    for column in listing.visible_columns(user):
        for sort in (column.key, f"-{column.key}") if column.sort else ():
            every = set(listing.visible_rows(user).values_list("pk", flat=True))
            rows = ListQuery(listing, user, QueryDict(f"sort={sort}")).rows
            paged = [each.pk for at in range(0, len(every), 7) for each in rows[at : at + 7]]
            assert len(paged) == len(every) and set(paged) == every, sort
            assert get(client, listing, f"sort={sort}").status_code == 200


@every_list
def test_each_view_and_all_columns_open(listing: Listing) -> None:
    for user in readers(listing):
        client = browser(user)
        for view in listing.views:
            if user.is_city or not view.of_cities:
                assert get(client, listing, view.query).status_code == 200, view.title
        keys = ",".join(column.key for column in listing.visible_columns(user))
        assert get(client, listing, f"columns={keys}").status_code == 200
        assert client.get(reverse(f"{listing.code}:tabs")).status_code == 200


# --- What is refused ------------------------------------------------------------------------------------------------
@every_list
def test_unknown_and_doubled_parameters_are_refused(listing: Listing) -> None:
    client = browser(next(readers(listing)))
    for asked in (
        "unknown=1",
        "sort=unknown",
        "columns=unknown",
        "page=0",
        "view=x",
        "open=x",
        "sort=a&sort=b",
        "id=1",
    ):
        for part in ("", "summary/", "tabs/"):
            status = client.get(f"{reverse(f'{listing.code}:home')}{part}?{asked}").status_code
            assert status == 400, (part, asked)


@every_list
def test_a_wrong_value_is_a_sentence_beside_its_field(listing: Listing) -> None:
    user = next(readers(listing))
    client = browser(user)
    for name, filter_ in ListQuery(listing, user, QueryDict()).full_filterset.filters.items():
        if name == "q":
            continue
        for parameter in filter_.parameters(name):
            answer = get(client, listing, f"{parameter}=<x>")
            page = answer.content.decode()
            assert answer.status_code == 400 and "field-error" in page and "条件有误" in page, parameter
            _, block, records = page.partition('id="list-block"')  # tables above the list stand
            assert "<x>" not in page and block and "<tbody>" not in records, parameter


@every_list
def test_a_column_with_a_right_of_its_own_does_not_exist_for_others(listing: Listing) -> None:
    """(traps V6)"""
    for user in readers(listing):
        client = browser(user)
        for column in listing.columns:
            if column.see is not None and not user.may(column.see):
                for asked in (f"columns={column.key}", f"sort={column.key}", f"{column.key}=1"):
                    assert get(client, listing, asked).status_code == 400, asked
                assert f'data-label="{column.title}"' not in get(client, listing).content.decode()
