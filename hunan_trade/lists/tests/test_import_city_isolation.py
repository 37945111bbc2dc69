"""Tests that an import by one city neither reveals nor changes records of other cities."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.columns import Column
from hunan_trade.lists.exported_row_ids import ExportedRowId
from hunan_trade.lists.imports import actions
from hunan_trade.lists.imports.models import Import
from hunan_trade.lists.imports.related_record_names import related_names
from hunan_trade.lists.tests.import_factories import csv_file
from hunan_trade.lists.tests.sample_venture_list import VENTURES, Venture, create_ventures_table
from hunan_trade.text_cleaning import normal_form_for_comparison

pytestmark = pytest.mark.django_db
HEAD = ("项目", "市州", "合同内资（万元）", "记录标识")


@pytest.fixture(autouse=True)
def theirs() -> Venture:
    create_ventures_table()
    venture: Venture = Venture.objects.create(name="郴州演示触控模组项目", city_id=cast.CHENZHOU)
    return venture


@pytest.fixture
def reporter() -> User:
    return cast.reporter(cast.CHANGSHA)


def checked(by: User, *rows: tuple[str, ...]) -> Import:
    found = actions.receive(VENTURES, csv_file(*rows, head=HEAD), "项目.csv", by=by)
    problems = actions.check(VENTURES, found, by=by, seen=1)
    assert not problems, problems
    return found


def test_another_city_s_record_is_as_unknown_as_one_that_never_was(reporter: User, theirs: Venture) -> None:
    marks = [str(ExportedRowId(str(pk), 1)) for pk in (theirs.pk, 987654)]
    found = checked(reporter, *(("随便写的", "长沙市", "1", mark) for mark in marks))
    first, second = found.result["findings"]
    assert first["message"] == second["message"] and theirs.name not in str(found.result)


def test_a_cell_refers_to_no_record_of_another_city(reporter: User, theirs: Venture) -> None:
    """Of two records of one name only the own one is a candidate (traps R4)."""
    own = Venture.objects.create(name=theirs.name, city_id=cast.CHANGSHA)
    relation: Any = SimpleNamespace(is_relation=True, related_model=Venture, get_limit_choices_to=dict)
    model: Any = SimpleNamespace(_meta=SimpleNamespace(get_field=lambda name: relation))
    found = related_names(model, [Column("venture", "项目")], reporter)["venture"]
    assert [candidate.key for candidate in found[normal_form_for_comparison(theirs.name)]] == [own.pk]


def test_alike_names_of_another_city_are_not_offered(reporter: User, theirs: Venture) -> None:
    found = checked(reporter, (theirs.name + "二期", "长沙市", "1", ""))
    assert found.result["duplicates"] == [] and found.result["counts"]["new"] == 1


def test_another_city_s_change_does_not_void_a_check(reporter: User, theirs: Venture) -> None:
    found = checked(reporter, (theirs.name, "长沙市", "1,200", ""))
    Venture.objects.filter(pk=theirs.pk).update(version=2, contract_cny=1)
    actions.confirm(VENTURES, found, by=reporter, seen=found.version, choices={})
    assert Import.objects.get().state == "written"
    assert Venture.objects.get(city=cast.CHANGSHA).contract_cny == 12_000_000


def test_an_amount_that_moves_by_much_keeps_what_stands_unless_chosen(reporter: User) -> None:
    own = Venture.objects.create(name="长沙演示项目", city_id=cast.CHANGSHA, contract_cny=86_000_000)
    found = checked(reporter, (own.name, "长沙市", "86,000", ""))
    (change,) = found.result["changes"]
    assert (change["difference"], change["side"], change["stands"], change["file"]) == (
        "10 倍", "register", "8,600 万元", "86,000 万元",
    )  # fmt: skip
    assert found.result["counts"]["same"] == 1
    choices = {"rows": {}, "cells": {"2:contract_cny": "file"}, "others": ""}
    actions.confirm(VENTURES, found, by=reporter, seen=found.version, choices=choices)
    own.refresh_from_db()
    assert own.contract_cny == 860_000_000
