"""Tests what a bulk edit does to each kind of field, and the bulk edit of every declared list that has one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import GRANTS, Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.declaration import Listing, declared
from hunan_trade.lists.editing import bulk_edit
from hunan_trade.lists.editing.bulk_edit_form import BulkEditForm
from hunan_trade.lists.filters import ChoicesFilter
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.lists.models import BulkEdit
from hunan_trade.lists.record_change_preparation import writable_fields
from hunan_trade.lists.record_keys import key_of
from hunan_trade.lists.tests.records_of_every_list import ROWS
from hunan_trade.lists.tests.sample_venture_list import VENTURES, Venture, create_ventures_table
from hunan_trade.lists.tests.test_every_list import some_of
from hunan_trade.regions import actions_load_reference_tables as regions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_tables")]

LISTS = [listing for listing in declared() if listing.editing and listing.editing.bulk]
FIELDS = [(listing, name) for listing in LISTS if listing.editing for name in listing.editing.bulk]


def editor_of(listing: Listing) -> User:
    """Return an officer who may edit the list, after some records of it were made."""
    regions.load_regions()
    officer = cast.officer()
    for code in dict.fromkeys(("rosters", listing.code)):  # the work plan first, to which some records refer
        ROWS[code]()
    assert listing.editing and listing.editing.permission in GRANTS[Role.PROVINCE_OFFICER]
    return officer


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def rows_of(listing: Listing, keys: list[int]) -> list[dict[str, Any]]:
    rows = listing.model._base_manager.filter(pk__in=keys).order_by("pk")
    return list(rows.values("id", *writable_fields(listing.model)))


def another_value(form: BulkEditForm, record: Any, name: str) -> tuple[str, Any]:
    """Return a value that the record has not, as the form sends it and as the model stores it."""
    model_field: Any = record._meta.get_field(name)
    now = getattr(record, model_field.attname)
    if isinstance(model_field, ArrayField) and model_field.base_field.choices:
        code = next(code for code, _ in model_field.base_field.choices if [code] != now)
        return code, [code]
    if model_field.is_relation:
        keys = list(form.fields[name].queryset.exclude(pk=now).values_list("pk", flat=True))  # type: ignore[attr-defined]
        key = next((key for key in keys if str(key)[:4] == record.region_code[:4]), keys[0])
        return str(key), key
    if model_field.choices:
        code = next(code for code, _ in model_field.choices if code != now)
        return code, code
    if isinstance(model_field, models.BooleanField):
        return "0" if now else "1", not now
    if isinstance(model_field, models.DateField):
        return "2012-03-04", date(2012, 3, 4)
    if isinstance(model_field, models.IntegerField | models.DecimalField):
        return str((now or 0) + 1), (now or 0) + 1
    return "2012-03-04", "2012-03-04"


# --- Every list -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("listing", LISTS, ids=lambda listing: listing.code)
def test_everything_filtered_is_all_that_search_and_filter_let_through(listing: Listing) -> None:
    """The address of a second page gives neither that page alone nor the whole list (traps V1)"""
    officer = editor_of(listing)
    every = set(listing.visible_rows(officer).values_list("pk", flat=True))
    assert listing.editing
    name = listing.editing.bulk[0]
    for address in _narrowing_addresses(listing, officer):
        chosen = ListQuery(listing, officer, QueryDict(address)).rows
        keys, (first, *_) = {row.pk for row in chosen}, chosen
        assert keys and keys < every
        sent, _ = another_value(BulkEditForm(listing, officer), first, name)
        answer = browser(officer).post(
            f"{reverse(f'{listing.code}:bulk-all')}?{address}", {f"{name}__how": "set", name: sent, "reason": "核对"}
        )
        assert answer.status_code == 302, answer.context["form"].errors
        assert set(BulkEdit.objects.latest("pk").keys) == keys, address


def _narrowing_addresses(listing: Listing, user: User) -> list[str]:
    """Return addresses with a search, a filter and the second page that let some of the records through, not all."""
    query = ListQuery(listing, user, QueryDict())
    signs, total = sorted({sign for row in query.rows for sign in str(row)}), query.rows.count()
    found = [
        address
        for key, filter_ in query.full_filterset.filters.items()
        for code in (some_of(filter_.choices()) if isinstance(filter_, ChoicesFilter) else ())
        for sign in signs[:: max(1, len(signs) // 5)]
        if 0 < ListQuery(listing, user, QueryDict(address := f"q={sign}&{key}={code}&page=2")).rows.count() < total
    ]
    assert len(found) > 3
    return found[:: len(found) // 3][:3]


@pytest.mark.parametrize(("listing", "name"), FIELDS, ids=[f"{listing.code}-{name}" for listing, name in FIELDS])
def test_a_field_is_changed_alone_and_all_others_stay(listing: Listing, name: str) -> None:
    """(traps V2)"""
    officer = editor_of(listing)
    client, home = browser(officer), reverse(f"{listing.code}:home")
    first, *others = listing.visible_rows(officer).order_by("pk")
    records = [first, *(each for each in others if each.region_code == first.region_code)][
        :3
    ]  # a county is of one city
    keys = [record.pk for record in records]
    sent, stored = another_value(BulkEditForm(listing, officer), records[0], name)
    before = rows_of(listing, keys)
    form = {f"{name}__how": "set", name: sent, "reason": "核对"}
    answer = client.post(f"{home}bulk/?{'&'.join(f'pick={key_of(listing, each)}' for each in records)}", form)
    assert answer.status_code == 302, answer.context["form"].errors
    assert rows_of(listing, keys) == before, "a preview writes nothing"
    preview = client.get(answer["Location"]).context["preview"]
    assert (preview.changed + preview.same, preview.refused) == (len(keys), 0), [line.why for line in preview.lines]
    client.post(answer["Location"])
    assert rows_of(listing, keys) == [row | {name: stored} for row in before] != before
    untouched = listing.model._base_manager.exclude(pk__in=keys)
    assert set(untouched.values_list("version", flat=True)) <= {1}


# --- Every kind of field --------------------------------------------------------------------------------------------
@pytest.fixture
def venture() -> Venture:
    create_ventures_table()
    made: Venture = Venture.objects.create(
        name="长沙演示项目",
        city_id=cast.CHANGSHA,
        total_cny=Decimal(50_000),
        signed_on=date(2013, 5, 8),
        stage="building",
        lines=["parts", "tools"],
    )
    return made


def written(venture: Venture, **fields: str | list[str]) -> dict[str, Any]:
    """Return the fields of the venture that differ after a bulk edit, such as `lines__how="add", lines=["cases"]`."""
    officer = cast.reporter(cast.CHANGSHA)
    data = QueryDict(mutable=True)
    for name, value in {**fields, "reason": "核对"}.items():
        data.setlist(name, [value] if isinstance(value, str) else value)
    form = BulkEditForm(VENTURES, officer, data)
    assert form.is_valid(), form.errors
    rows = Venture.objects.filter(pk=venture.pk)
    names = writable_fields(Venture)
    (before,) = rows.values(*names)
    operations = form.operations()
    edit = bulk_edit.prepare(VENTURES, rows, by=officer, operations=operations, reason="核对", query="")
    bulk_edit.write(VENTURES, edit.pk, by=officer)
    (after,) = rows.values(*names)
    return {name: after[name] for name in names if after[name] != before[name]}


@pytest.mark.parametrize(
    ("how", "given", "lines"),
    [
        ("add", ["tools", "cases"], ["parts", "tools", "cases"]),
        ("remove", ["parts", "cases"], ["tools"]),
        ("set", ["cases"], ["cases"]),
        ("clear", [], []),
    ],
)
def test_values_of_a_list_are_added_removed_replaced_or_cleared(
    venture: Venture, how: str, given: list[str], lines: list[str]
) -> None:
    """(traps V2)"""
    assert written(venture, lines__how=how, lines=given) == {"lines": lines}


def test_of_a_list_nobody_touched_nothing_changes(venture: Venture) -> None:
    """(traps V2)"""
    assert written(venture, stage__how="set", stage="running") == {"stage": "running"}


@pytest.mark.parametrize("name", ["signed_on", "total_cny"])
def test_a_day_or_an_amount_is_cleared(venture: Venture, name: str) -> None:
    """(traps V2)"""
    assert written(venture, **{f"{name}__how": "clear"}) == {name: None}


def test_what_must_not_be_blank_cannot_be_cleared(venture: Venture) -> None:
    form = BulkEditForm(VENTURES, cast.reporter(), QueryDict("stage__how=clear&reason=x"))
    assert set(form.errors) == {"stage__how"}
