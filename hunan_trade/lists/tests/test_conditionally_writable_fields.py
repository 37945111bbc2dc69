"""Tests fields that users may write only in new records, only with a permission, or not through the list.

In the form, the API, imports, bulk edits, take-back and undo.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.roles import Permission
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.api import api_writes
from hunan_trade.lists.api.api_fields import unwritable_fields
from hunan_trade.lists.editing import bulk_edit
from hunan_trade.lists.editing.bulk_edit_form import bulk_columns
from hunan_trade.lists.editing.record_form import LockedField, RecordForm, record_form_class
from hunan_trade.lists.editing.undo import undo_preview
from hunan_trade.lists.history import timeline
from hunan_trade.lists.imports import actions
from hunan_trade.lists.imports.models import Import
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.tests.import_factories import csv_file
from hunan_trade.lists.tests.sample_firm_list import OF_THE_PROVINCE
from hunan_trade.lists.tests.sample_venture_list import VENTURES, Venture, create_ventures_table
from hunan_trade.lists.tests.test_columns_with_own_permission import request
from hunan_trade.lists.tests.test_record_pages import created, save
from hunan_trade.workflow import MoveRefused
from parks.models import Park
from parks.tables import PARKS

pytestmark = pytest.mark.django_db
assert VENTURES.editing and VENTURES.importing and PARKS.editing
# 总投资 is written once, 签约日期 by the province, the stage by moves and 到位内资 by the monthly return.
EDITING = replace(VENTURES.editing, only_new={"total_cny": "由增资改"}, rights={"signed_on": OF_THE_PROVINCE})
LISTING = replace(
    VENTURES,
    editing=EDITING,
    importing=replace(
        VENTURES.importing,
        columns=("name", "code", "city", "total_cny", "signed_on"),
        told={"paid_in_cny": "由月报报送", "stage": "在项目页办理"},
    ),
)
HEAD = ("项目", "市州", "总投资（万元）", "签约日期", "到位内资（万元）", "阶段")


@pytest.fixture(autouse=True)
def table() -> None:
    create_ventures_table()


@pytest.fixture
def reporter() -> User:
    return cast.reporter(cast.CHANGSHA)


@pytest.fixture
def parks() -> Any:
    """The list of parks, whose level changes in another way."""
    editing: Any = PARKS.editing
    return replace(PARKS, editing=replace(editing, only_new={"level": "由省政府批复改"}))


def venture(**values: Any) -> Any:
    values = {"name": "甲项目", "city_id": cast.CHANGSHA, "total_cny": Decimal(80_000_000), "changed_xid": 1} | values
    return Venture.objects.create(**values)


# --- The form -------------------------------------------------------------------------------------------------------
def opened(user: User, row: Venture) -> RecordForm:
    return record_form_class(LISTING, user, is_new=row.pk is None)(row=row, user=user)


def texts(form: RecordForm) -> dict[str, tuple[str, str]]:
    shown = [each for _, fields in form.groups for each, _ in fields if isinstance(each, LockedField)]
    return {each.label: (each.text, each.why) for each in shown}


def test_the_form_shows_as_text_what_the_user_may_not_write(reporter: User) -> None:
    standing, new = opened(reporter, venture()), opened(reporter, Venture())
    province = f"由有“{OF_THE_PROVINCE.label}”权限的人填。"
    assert texts(standing) == {"总投资": ("8,000 万元", "由增资改。"), "签约日期": ("", province)}
    assert texts(new) == {"签约日期": ("", province)} and "total_cny" in new.fields
    assert texts(opened(cast.officer(), venture(name="乙"))).keys() == {"总投资"}


def test_the_form_reads_nothing_that_is_sent_for_such_a_field(reporter: User) -> None:
    row = venture()
    sent, form = QueryDict(mutable=True), opened(reporter, row)
    sent.update({name: str(form[name].value() or "") for name in ("version", "base", "name", "city", "stage")})
    sent.update({"total_cny": "1", "signed_on": "2013-06-01"})
    bound = record_form_class(LISTING, reporter)(sent, row=row, user=reporter)
    assert bound.is_valid(), bound.errors
    assert not bound.record_values.keys() & {"total_cny", "signed_on"}


def test_nothing_of_them_is_offered_for_many_records_at_once(reporter: User) -> None:
    assert bulk_columns(LISTING, reporter).keys() == {"stage", "lines"}
    assert bulk_columns(LISTING, cast.officer()).keys() == {"stage", "lines", "signed_on"}


def test_a_bulk_edit_of_a_field_that_was_locked_since_is_not_written(parks: Any) -> None:
    officer, park = cast.officer(), created(name="甲园")
    rows, operations = Park.objects.filter(pk=park.pk), {"level": ["set", "provincial"]}
    edit = bulk_edit.prepare(PARKS, rows, by=officer, operations=operations, reason="批复", query="")
    with pytest.raises(MoveRefused, match="不能改其中的 1 项"):
        bulk_edit.write(parks, edit.pk, by=officer)
    assert bulk_edit.write(PARKS, edit.pk, by=officer) == 1


# --- The API --------------------------------------------------------------------------------------------------------
def refusals(user: User, body: dict[str, Any], row: Venture | None = None, token: Token | None = None) -> Any:
    sent = request(body, user)
    sent.auth, sent.headers, sent.META = token, {"If-Match": '"1"'}, {"HTTP_IF_MATCH": '"1"'}
    with pytest.raises(ValidationError) as refused:
        if row is None:
            api_writes.create(LISTING, EDITING, sent)
        else:
            api_writes.update(LISTING, EDITING, sent, row.pk)
    return {name: str(*sentences) for name, sentences in refused.value.detail.items()}  # type: ignore[union-attr]


def test_the_api_refuses_such_a_field_with_the_sentence(reporter: User) -> None:
    body = {"total_cny": "1.00", "signed_on": "2013-06-01"}
    of_province = {"signed_on": f"这一项由有“{OF_THE_PROVINCE.label}”权限的人填。"}
    assert refusals(reporter, body, venture()) == {"total_cny": "这一项由增资改。"} | of_province
    assert refusals(reporter, body) == of_province
    assert Venture.objects.get().total_cny == 80_000_000


def test_a_token_writes_a_field_with_a_right_where_its_scope_holds_the_right() -> None:
    officer = cast.officer()
    token, _ = cast.token(officer, Token.Scope.REGISTER)
    locked = unwritable_fields(LISTING, officer, token, is_new=True)
    assert locked == {"signed_on": "由本人登录后填"} and not unwritable_fields(LISTING, officer, None, is_new=True)
    held = replace(LISTING, editing=replace(EDITING, rights={"signed_on": Permission.MAINTAIN_REGISTERS}))
    assert not unwritable_fields(held, officer, token, is_new=True)


# --- Imports --------------------------------------------------------------------------------------------------------
def imported(user: User, *rows: tuple[str, ...]) -> tuple[Import, list[str]]:
    """Write a file and return its import with the notes of the check."""
    found = actions.receive(LISTING, csv_file(*rows, head=HEAD), "项目.csv", by=user)
    assert not actions.check(LISTING, found, by=user, seen=1)
    if found.result["counts"]["new"] + found.result["counts"]["changed"]:
        actions.confirm(LISTING, found, by=user, seen=found.version, choices={}, reason="来函")
    return found, [f"{finding['cell']} {finding['message']}" for finding in found.result["findings"]]


def test_an_import_tells_what_it_does_not_write(reporter: User) -> None:
    """(lists.md: compared, and a changed one is told)"""
    row = venture(paid_in_cny=Decimal(5_000_000))
    found, notes = imported(reporter, ("甲项目", "长沙市", "9000", "2013.6.1", "600", "投产"))
    assert sorted(notes) == [
        "C2 总投资由增资改，这一格不写入。",
        f"D2 签约日期由有“{OF_THE_PROVINCE.label}”权限的人填，这一格不写入。",
        "E2 到位内资由月报报送，这一格不写入。",
        "F2 阶段在项目页办理，这一格不写入。",
    ]
    assert found.result["counts"]["same"] == 1
    row.refresh_from_db()
    assert (row.total_cny, row.signed_on, row.paid_in_cny) == (80_000_000, None, 5_000_000)
    assert (row.stage, row.version) == ("signed", 1)


def test_what_is_the_same_is_not_told_however_it_is_spelt(reporter: User) -> None:
    venture(paid_in_cny=Decimal(5_000_000), stage="running")
    _, notes = imported(reporter, ("甲项目", "长沙市", "8,000", "", " 500.00 ", "投产"))
    assert not [note for note in notes if "不写入" in note]


def test_a_cell_that_nobody_can_read_is_told_and_refuses_no_row(reporter: User) -> None:
    venture()
    found, notes = imported(reporter, ("甲项目", "长沙市", "8000", "", "很多", "不成阶段"))
    assert found.result["counts"]["same"] == 1 and len([note for note in notes if "不写入" in note]) == 2


def test_a_new_record_takes_what_is_written_once_and_begins_with_the_rest_at_its_default(reporter: User) -> None:
    _, notes = imported(
        reporter,
        ("新项目", "长沙市", "7000", "2013-06-01", "600", "投产"),
        ("又一项目", "长沙市", "6000", "", "", "签约"),
    )
    first, second = list[Any](Venture.objects.order_by("total_cny").reverse())
    assert (first.total_cny, first.signed_on, first.paid_in_cny, first.stage) == (70_000_000, None, None, "signed")
    assert second.total_cny == 60_000_000
    assert sorted(note[:2] for note in notes if "不写入" in note) == ["D2", "E2", "F2"]


# --- Taking back and undo -------------------------------------------------------------------------------------------
def test_neither_taking_back_nor_undo_writes_such_a_field(parks: Any) -> None:
    officer, park = cast.officer(), created(note="旧")
    save(RecordChange({"level": "provincial", "note": "新"}, park.pk, 1), by=officer)
    assert undo_preview(parks, reference=f"act:{Act.objects.latest('pk').pk}", by=officer).set_back == 1
    save(RecordChange({"level": "national"}, park.pk, 2), by=officer)
    versions = timeline.versions_of(parks, park.pk, officer)
    level, both, _ = timeline.timeline_entries(parks, versions, officer)
    assert level.refusal == "没有可撤回的改动" and not both.refusal
    assert timeline.reverting_change(versions, both).values == {"note": "旧"}
    last = f"act:{Act.objects.latest('pk').pk}"
    assert [undo_preview(listing, reference=last, by=officer).set_back for listing in (parks, PARKS)] == [0, 1]
