"""Tests that the bulk upsert stores texts exactly, also with concurrent writers."""

from __future__ import annotations

import json
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction

from enterprises.models import Enterprise
from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.models import MonthlyReturn, Row
from hunan_trade.jobs.tests.condition_polling import wait_until_true
from hunan_trade.periods import Month
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.tabular.upsert import json_objects, upsert_rows

HOSTILE = ["\\N", "a\\tb\tc", '"引"\\', "换\n行\r", "\\.", "None", ""]


def upsert_texts(monthly_return: MonthlyReturn, by: User, texts: list[str]) -> int:
    return upsert_rows(
        Row,
        ["monthly_return", "dataset", "key"],
        {"key": [f"k{at:04}\\" for at in range(len(texts))], "texts": json_objects({"reason": texts})},
        fixed={"monthly_return": monthly_return.pk, "dataset": "d", "edited_by": by.pk, "edited_at": clock.now()},
        compared_fields=["texts"],
        version_field="version",
    )


def stored_rows() -> list[tuple[str, int]]:
    return [
        (texts["reason"], version) for texts, version in Row.objects.order_by("key").values_list("texts", "version")
    ]


def test_json_objects_equal_their_rows_also_with_constant_columns() -> None:
    columns = {"a": ["%s", "{}", '"\\'], "b": ["", "", ""], 'c"%': ["同", "同", "同"], "d": ["1", "\n", ""]}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    assert [json.loads(text) for text in json_objects(columns)] == rows
    alike = {"a": ["1", "1"], "b": ["", ""]}
    assert json_objects(alike) == ['{"a": "1", "b": ""}'] * 2 and json_objects({"a": []}) == []


@pytest.mark.django_db
@pytest.mark.parametrize("before", [0, 2000], ids=["few", "many"])
def test_backslashes_tabs_and_line_ends_survive_and_only_what_differs_is_written(before: int) -> None:
    reporter, monthly_return = cast.reporter(), return_factories.opened("430100", Month(2013, 1))
    texts = [str(at) for at in range(before)] + HOSTILE
    assert upsert_texts(monthly_return, reporter, texts[:-1]) == len(texts) - 1
    assert upsert_texts(monthly_return, reporter, texts) == 1  # a new one
    assert upsert_texts(monthly_return, reporter, [*texts[:-1], "改"]) == 1
    assert upsert_texts(monthly_return, reporter, [*texts[:-1], "改"]) == 0
    assert stored_rows() == [*((text, 1) for text in texts[:-1]), ("改", 2)]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [3, 2000], ids=["few", "many"])
def test_rows_of_another_return_are_not_changed(count: int) -> None:
    reporter = cast.reporter()
    january, march = (return_factories.opened("430100", Month(2013, month)) for month in (1, 3))
    assert upsert_texts(january, reporter, ["一"] * count) == count
    assert upsert_texts(march, reporter, ["三"] * count) == count
    assert set(Row.objects.filter(monthly_return=january).values_list("texts__reason", "version")) == {("一", 1)}


@pytest.mark.django_db
def test_null_stays_null_and_the_text_none_stays_text() -> None:
    regions.load_regions()
    columns: dict[str, list[Any]] = {
        "customs_code": ["4301000001", "4301000002"],
        "name": ["None", "甲"],
        "county": [None, "430102"],
    }
    fixed = {
        "region": "430100",
        "modes": "{进料加工}",
        "registered_at": clock.now(),
    }
    assert upsert_rows(Enterprise, ["customs_code"], columns, fixed=fixed, compared_fields=["name", "county"]) == 2
    assert upsert_rows(Enterprise, ["customs_code"], columns, fixed=fixed, compared_fields=["name", "county"]) == 0
    assert list(Enterprise.objects.values_list("name", "county")) == [("None", None), ("甲", "430102")]


@pytest.mark.usefixtures("cloned_database")
@pytest.mark.parametrize("count", [3, 2000], ids=["few", "many"])
def test_two_concurrent_upserts_of_the_same_new_rows_both_succeed(count: int) -> None:
    reporter, monthly_return = cast.reporter(), return_factories.opened("430100", Month(2013, 1))
    written: list[int] = []

    def upsert_in_second_thread() -> None:
        with transaction.atomic():
            written.append(upsert_texts(monthly_return, reporter, ["同"] * (count - 1) + ["后"]))
        connection.close()

    with transaction.atomic():
        upsert_texts(monthly_return, reporter, ["同"] * count)
        beside = Thread(target=upsert_in_second_thread)
        beside.start()
        wait_until_true(somebody_waits_for_a_lock, what="the second to wait", seconds=60)
    beside.join()
    assert written == [1]
    assert stored_rows() == [*[("同", 1)] * (count - 1), ("后", 2)]


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction the view shows what it first showed
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")
        return cursor.fetchone() is not None
