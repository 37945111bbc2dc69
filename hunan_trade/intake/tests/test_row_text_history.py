"""Tests that every earlier text of a return's rows stays stored, and that the audit log refers to it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.intake import datasets
from hunan_trade.intake.actions import filling
from hunan_trade.intake.models import MonthlyReturn, ReplacedRow, Row
from hunan_trade.intake.tests.return_requests_and_workbooks import form_workbook, workbook_bytes
from hunan_trade.periods import Month

pytestmark = pytest.mark.django_db
TRADE, SUMMARY = datasets.get("processing_trade"), datasets.get("city_summary")
ITEMS = 12


@pytest.fixture(autouse=True)
def frozen_in_february(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.FILES_DIR = tmp_path
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        yield


@pytest.fixture
def reporter() -> User:
    return cast.reporter()


def open_january(reporter: User, firms: int) -> MonthlyReturn:
    for _ in range(firms):
        return_factories.enterprise(reporter)
    return return_factories.opened("430100", Month(2013, 1))


def type_all(monthly_return: MonthlyReturn, reporter: User, text: str) -> list[str]:
    """Type every enterprise's exports in one request and return the records' keys."""
    keys = [row.key for row in TRADE.load(monthly_return.region_id, monthly_return.period, None).rows]
    filling.save_rows(
        monthly_return.pk, TRADE, [filling.RowEdit(key, {"export": text, "import": "1"}) for key in keys], by=reporter
    )
    return keys


def digest_of_rows(rows: Iterable[Row | ReplacedRow]) -> str:
    """Compute from the rows the digest that the log must name."""
    with connection.cursor() as cursor:
        lines = []
        for row in sorted(rows, key=lambda row: (row.dataset, row.key)):
            cursor.execute(f"SELECT texts::text FROM {row._meta.db_table} WHERE id = %s", [row.pk])
            lines.append("\t".join((row.dataset, row.key, cursor.fetchone()[0])))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def test_the_log_names_a_digest_of_many_changed_rows_and_the_history_stores_the_old_ones(
    reporter: User,
) -> None:
    january = open_january(reporter, 58)
    keys = type_all(january, reporter, "100")
    type_all(january, reporter, "200")
    event = Event.objects.filter(verb="return.filled").latest("seq")
    version = MonthlyReturn.objects.get(pk=january.pk).version
    replaced = ReplacedRow.objects.filter(monthly_return=january, until=version)
    assert sorted(row.key for row in replaced) == sorted(keys)
    assert {row.texts["export"] for row in replaced} == {"100"}
    assert event.before and event.after
    assert (event.before["rows"], event.after["rows"], event.after["version"]) == (58, 58, version)
    assert event.before["rows_digest"] == digest_of_rows(replaced)
    assert event.after["rows_digest"] == digest_of_rows(Row.objects.filter(monthly_return=january, since=version))


def test_a_few_changed_rows_are_logged_in_full(reporter: User) -> None:
    january = open_january(reporter, 1)
    (key,) = type_all(january, reporter, "100")
    type_all(january, reporter, "200")
    event = Event.objects.filter(verb="return.filled").latest("seq")
    assert event.before == {key: {"export": "100", "import": "1"}}
    assert event.after == {key: {"export": "200", "import": "1"}}


def test_a_nil_return_and_an_import_log_the_rows_they_replaced(reporter: User) -> None:
    january = open_january(reporter, 1)
    (key,) = type_all(january, reporter, "100")
    return_factories.declare_nil(january, "全月停产", reporter)
    nil = Event.objects.get(verb="return.declared_nil")
    assert nil.before and nil.after
    assert nil.before["rows"] == 1 and nil.before[f"加工贸易企业 {key}"] == {"export": "100", "import": "1"}
    assert nil.after[f"加工贸易企业 {key}"]["export"] == "0"
    january.refresh_from_db()
    book = form_workbook(january)
    book["加工贸易企业"]["F4"], book["市州汇总"]["E4"], book["市州汇总"]["E5"], book["市州汇总"]["E7"] = 7, 7, 7, 7
    upload = filling.receive_upload(january.pk, workbook_bytes(book), "一月.xlsx", by=reporter).upload
    filling.confirm_upload(upload.pk, upload.file_id, by=reporter)
    imported = Event.objects.get(verb="return.imported")
    assert imported.before and imported.after
    assert imported.before["rows"] == 4 and imported.before[f"加工贸易企业 {key}"]["export"] == "0"
    assert imported.after["sha256"] == upload.file_id and imported.after[f"加工贸易企业 {key}"]["export"] == "7"
    assert imported.before["rows_digest"] == digest_of_rows(ReplacedRow.objects.filter(until=imported.after["version"]))


def test_a_first_import_logs_only_its_file(reporter: User) -> None:
    january = open_january(reporter, 1)
    book = form_workbook(january)
    book["加工贸易企业"]["F4"], book["加工贸易企业"]["G4"] = 7, 0
    for at in range(4, 4 + ITEMS):
        book["市州汇总"][f"E{at}"] = 7 if at in (4, 5, 7) else 0
    upload = filling.receive_upload(january.pk, workbook_bytes(book), "一月.xlsx", by=reporter).upload
    filling.confirm_upload(upload.pk, upload.file_id, by=reporter)
    event = Event.objects.get(verb="return.imported")
    assert event.before is None and event.after == {"sha256": upload.file_id, "name": "一月.xlsx"}
    assert not ReplacedRow.objects.exists()


def test_every_old_text_of_a_row_can_be_found_by_version(reporter: User) -> None:
    january = open_january(reporter, 0)
    seen = {}
    for text in ("1", "2", "2", "3"):
        filling.save_rows(january.pk, SUMMARY, [filling.RowEdit("06", {"month": text})], by=reporter)
        seen[MonthlyReturn.objects.get(pk=january.pk).version] = text
    row = Row.objects.get()
    stood = [(old.since, old.until, old.version, old.texts["month"]) for old in ReplacedRow.objects.order_by("since")]
    assert stood == [(2, 3, 1, "1"), (3, 4, 2, "2")] and (row.since, row.version) == (4, 3)
    assert seen == {2: "1", 3: "2", 4: "3"}


@pytest.mark.parametrize("change", ['UPDATE intake_row SET texts = \'{"month": "9"}\'', "DELETE FROM intake_row"])
def test_direct_sql_writes_store_the_old_text_too(reporter: User, change: str) -> None:
    january = open_january(reporter, 0)
    filling.save_rows(january.pk, SUMMARY, [filling.RowEdit("06", {"month": "1"})], by=reporter)
    with connection.cursor() as cursor:
        cursor.execute(change)
    assert ReplacedRow.objects.get().texts == {"month": "1"}
    for refused in ("UPDATE intake_replacedrow SET key = ''", "DELETE FROM intake_replacedrow"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(refused)


def test_the_form_can_be_rebuilt_at_every_earlier_version(reporter: User) -> None:
    january, draw = open_january(reporter, 0), random.Random(20130204)
    known: dict[int, dict[str, str]] = {MonthlyReturn.objects.get(pk=january.pk).version: {}}
    for _ in range(40):
        stands = dict(known[max(known)])
        edits = {f"{draw.randint(1, ITEMS):02}": str(draw.randint(0, 3)) for _ in range(draw.randint(1, 4))}
        filling.save_rows(
            january.pk, SUMMARY, [filling.RowEdit(k, {"month": t}) for k, t in edits.items()], by=reporter
        )
        known[MonthlyReturn.objects.get(pk=january.pk).version] = stands | edits
    for version, texts in known.items():
        rows = Row.objects.filter(since__lte=version).values_list("key", "texts__month")
        older = ReplacedRow.objects.filter(since__lte=version, until__gt=version).values_list("key", "texts__month")
        assert sorted([*rows, *older]) == sorted(texts.items())
