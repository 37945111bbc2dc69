"""Tests with random files that an import writes what its check has shown, row by row and cell by cell (traps I1)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.imports import actions
from hunan_trade.lists.imports.models import Import
from hunan_trade.lists.record_change_preparation import writable_fields
from hunan_trade.lists.tests.import_factories import csv_file
from hunan_trade.lists.tests.sample_venture_list import VENTURES, Venture, create_ventures_table

pytestmark = pytest.mark.django_db
HEAD = ("项目", "编号", "市州", "总投资（万元）", "签约日期", "阶段")
NAMES = ("甲触控项目", "乙电声项目", "丙模具项目", "丙模具项目二期", "")
ROWS = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(["", "", "C-1", "C-2", "C-9", "0" * 21, "清空"]),
    st.sampled_from(["长沙市", "长沙", "郴州市", "火星", ""]),
    st.sampled_from(["", "120", "1,200", "8,600", "很多", "1" * 17, "清空"]),
    st.sampled_from(["", "2013-05-08", "2013.2.30", "41338"]),
    st.sampled_from(["签约", "投产", "筹建", "", "清空"]),
)
CHOICES = st.fixed_dictionaries(
    {
        "rows": st.dictionaries(st.sampled_from("2345"), st.sampled_from(["new", "skip", "link"])),
        "cells": st.dictionaries(st.sampled_from(["2:stage", "3:total_cny"]), st.sampled_from(["file", "register"])),
        "others": st.sampled_from(["", "file", "register"]),
    }
)


@pytest.fixture
def reporter(db: None) -> User:
    """Create two ventures of the own city, and one of another that nobody here sees, whose code is taken."""
    create_ventures_table()
    own = {"city_id": cast.CHANGSHA, "total_cny": 86_000_000}
    Venture.objects.create(name=NAMES[0], code="C-1", **own)
    Venture.objects.create(name=NAMES[1], stage="running", **own)
    Venture.objects.create(name="别市项目", code="C-9", city_id=cast.CHENZHOU)
    return cast.reporter(cast.CHANGSHA)


def stored() -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in Venture.objects.values("id", *writable_fields(Venture))}


@given(rows=st.lists(ROWS, min_size=1, max_size=6), choices=CHOICES)
@settings(max_examples=60)
def test_what_the_check_has_shown_is_what_is_written(
    rows: list[tuple[str, ...]], choices: dict[str, Any], reporter: User
) -> None:
    """Verdicts, refused cells and new values (traps I1); all rows of the file are accounted for (traps I3)."""
    links = {"link": f"link:{Venture.objects.get(name=NAMES[0]).pk}"}
    choices = {**choices, "rows": {row: links.get(choice, choice) for row, choice in choices["rows"].items()}}
    with transaction.atomic():
        found = actions.receive(VENTURES, csv_file(*rows, head=HEAD), "项目.csv", by=reporter)
        assert not actions.check(VENTURES, found, by=reporter, seen=1, choices=choices)
        shown, before = found.result, stored()
        counts = shown["counts"]
        assert sum(counts.values()) + len(shown["no_records"]) == sum(any(row) for row in rows)
        if counts["new"] + counts["changed"]:
            actions.confirm(VENTURES, found, by=reporter, seen=found.version, choices=found.choices, reason="来函")
            written = Import.objects.get(pk=found.pk).result
            for name in ("counts", "findings", "refused", "returned"):
                assert written[name] == shown[name], name
        after = stored()
        new = [row for key, row in after.items() if key not in before]
        assert sorted(row["name"] for row in new) == sorted(name for _, name in shown["new"])
        differing = {
            (row["name"], name) for key, row in before.items() for name in row if after[key][name] != row[name]
        }
        assert len({name for name, _ in differing}) == counts["changed"], (rows, choices, shown, before, after)
        assert len(differing) == shown["cells"]
        transaction.set_rollback(True)
