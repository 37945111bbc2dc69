"""Tests that a column with its own permission does not exist for other users where records are written.

The edit form, the bulk form, the mapping of an import and the API (traps V6).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.core.signing import Signer
from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.api import api_writes
from hunan_trade.lists.editing.bulk_edit_form import BulkEditForm
from hunan_trade.lists.editing.record_form import RecordForm, record_form_class
from hunan_trade.lists.imports import actions
from hunan_trade.lists.imports.forms import read_mapping
from hunan_trade.lists.tests.import_factories import csv_file
from hunan_trade.lists.tests.sample_firm_list import OF_THE_PROVINCE
from hunan_trade.lists.tests.sample_venture_list import VENTURES, Venture, create_ventures_table

pytestmark = pytest.mark.django_db
SIGNED_ON = date(2013, 5, 8)
# Ventures, whose 签约日期 only the province sees. Names and titles of the other column are as long.
LISTING = replace(
    VENTURES,
    columns=tuple(
        replace(column, see=OF_THE_PROVINCE) if column.key == "signed_on" else column for column in VENTURES.columns
    ),
)
NEVER_WAS = {"signed_on": "never_was", "签约日期": "传真号码"}


@pytest.fixture
def reporter() -> User:
    create_ventures_table()
    return cast.reporter(cast.CHANGSHA)


def unnamed(text: object) -> str:
    """Return the text with the names of both columns replaced by the same."""
    found = str(text)
    for known, unknown in NEVER_WAS.items():
        found = found.replace(known, unknown)
    return found


def form(user: User, **sent: str) -> RecordForm:
    venture = Venture(pk=7, version=1, name="长沙演示项目", city_id=cast.CHANGSHA, signed_on=SIGNED_ON)
    form_class = record_form_class(LISTING, user)
    opened = form_class(row=venture, user=user)
    data = QueryDict(mutable=True)
    data.update({name: str(opened[name].value()) for name in ("version", "base", "name", "city", "stage")})
    data.update(sent)
    bound = form_class(data, row=venture, user=user)
    bound.is_valid()
    return bound


def test_the_edit_form_neither_asks_for_it_nor_sends_it_along_nor_reads_it(reporter: User) -> None:
    known, unknown = form(reporter, signed_on="2013-06-01"), form(reporter, never_was="2013-06-01")
    assert "signed_on" not in known.fields and known.record_values == unknown.record_values
    assert (known.errors, known.changed_data, known.own_changes) == (unknown.errors, [], [])
    shown = Signer(salt="hunan_trade.web.edits").unsign_object(known.initial["base"])
    assert "项目" in shown and "签约日期" not in shown, "nor in what the page carries of the record"
    page = "".join(str(field) for _, fields in known.groups for field, _ in fields)
    assert "signed_on" not in page and "签约" in page  # a stage of that name is another matter
    assert form(cast.officer(), signed_on="2013-06-01").record_values["signed_on"] == date(2013, 6, 1)


def test_the_bulk_form_does_not_have_it(reporter: User) -> None:
    def errors(name: str) -> Any:
        sent = QueryDict(f"{name}__how=set&{name}=2013-05-08&reason=x")
        return BulkEditForm(LISTING, reporter, sent).errors

    assert errors("signed_on") == errors("never_was") == {"__all__": ["至少改一项。"]}
    assert "签约日期" not in str(BulkEditForm(LISTING, reporter))
    assert "签约日期" in str(BulkEditForm(LISTING, cast.officer()))


def test_the_mapping_of_an_import_does_not_offer_it(reporter: User) -> None:
    """A heading of its name is no column, whatever is chosen for it."""

    def mapped(title: str, name: str) -> tuple[str, str]:
        data = csv_file(("长沙演示项目", "长沙市", "2013-05-08"), head=("项目", "市州", title))
        found = actions.receive(LISTING, data, "项目.csv", by=reporter)
        opened = actions.open_import(LISTING, found, by=reporter)
        chosen = read_mapping(opened, found, QueryDict(f"column-2={name}"))
        assert not actions.check(LISTING, found, by=reporter, seen=1, mapping=chosen)
        offered = [column.title for column in opened.offered]
        return unnamed([found.result, offered]), unnamed([[match.column for match in opened.mapping.matches], chosen])

    assert mapped("签约日期", "signed_on") == mapped("传真号码", "never_was")


def test_the_api_refuses_it_as_a_name_that_never_was(reporter: User) -> None:
    def faults(name: str) -> str:
        with pytest.raises(ValidationError) as refused:
            api_writes.create(LISTING, LISTING.editing, request({name: "2013-05-08", "name": "甲"}, reporter))  # type: ignore[arg-type]
        return unnamed(refused.value.detail)

    assert faults("signed_on") == faults("never_was")


def request(body: dict[str, Any], user: User) -> Any:
    class Request:
        data, query_params, GET, auth = body, QueryDict(), QueryDict(), None

    sent = Request()
    sent.user = user  # type: ignore[attr-defined]
    return sent
