"""Tests sheet columns for choices, days and words, and cells that are read-only in single rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook
from pytest_django import Settings

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake import datasets, receipts, return_sheets, review_page, row_totals, sheet_progress
from hunan_trade.intake.actions import deciding, filling
from hunan_trade.intake.models import MonthlyReturn, Row, Status
from hunan_trade.intake.tests import sample_dataset_declaration
from hunan_trade.intake.tests.return_requests_and_workbooks import (
    form_workbook,
    return_url,
    signed_in_client,
    workbook_bytes,
)
from hunan_trade.intake.workbook_merge import same_text
from hunan_trade.periods import Month
from hunan_trade.tabular.date_column_parser import date_parser
from hunan_trade.tabular.table_types import PrefilledRow
from hunan_trade.workflow import MoveRefused

pytestmark = pytest.mark.django_db
FEBRUARY = Month(2013, 2)
DATASET, SHEET = sample_dataset_declaration.PROJECTS, sample_dataset_declaration.SHEET
PLAIN = PrefilledRow("CS-1", "触控模组", {"name": "触控模组"}, {"stage": "签约", "stage_on": "2013-02-06", "words": ""})
LATE = PrefilledRow(  # a step told late: no money, and nothing to choose
    "CS-2",
    "电机",
    {"name": "电机", "stage": "签约", "stage_on": "2013-01-09"},
    locked_columns=frozenset({"stage", "stage_on", "paid_in", "paid_in_usd"}),
)
BLANK_MONEY = {"E4", "F4"}


@pytest.fixture(autouse=True)
def third(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.FILES_DIR = tmp_path
    with sample_dataset_declaration.declared(PLAIN, LATE), clock.frozen_at(clock.at(date(2013, 3, 2), 10)):
        yield


@pytest.fixture
def reporter() -> User:
    return cast.reporter()


@pytest.fixture
def february(reporter: User) -> MonthlyReturn:
    found = return_factories.opened("430100", FEBRUARY)
    return_factories.filled(found, reporter, {})
    found.refresh_from_db()
    return found


def save(monthly_return: MonthlyReturn, by: User, key: str = "CS-1", **texts: str) -> None:
    filling.save_rows(monthly_return.pk, DATASET, [filling.RowEdit(key, texts)], by=by)


def checked(monthly_return: MonthlyReturn) -> Any:
    found = MonthlyReturn.objects.with_region().get(pk=monthly_return.pk)
    return return_sheets.stored_sheets(found).check()


def findings(monthly_return: MonthlyReturn) -> set[tuple[str, str]]:
    return {(finding.cell, finding.code) for finding in checked(monthly_return).findings_of_sheet(DATASET.code)}


def api_rows(by: User, monthly_return: MonthlyReturn) -> list[dict[str, Any]]:
    program = Client(headers=cast.bearer_headers(by, "submit"))
    sheets = program.get(f"/api/v1/returns/{monthly_return.pk}/sheets/").json()["sheets"]
    return next(sheet["rows"] for sheet in sheets if sheet["code"] == DATASET.code)


# --- Defaults -------------------------------------------------------------------------------------------------------
def test_a_default_stands_in_page_workbook_api_and_check(reporter: User, february: MonthlyReturn) -> None:
    page = signed_in_client(reporter).get(return_url(february) + f"?sheet={DATASET.code}").content.decode()
    assert '<input name="stage" value="签约" list="choices-stage"' in page and '<datalist id="choices-stage">' in page
    assert '<input name="stage_on" value="2013-02-06"' in page
    cells = form_workbook(february)[SHEET]
    assert [cells[place].value for place in ("C4", "D4", "E4")] == ["签约", "2013-02-06", None]
    assert api_rows(reporter, february)[0]["texts"] | PLAIN.defaults == api_rows(reporter, february)[0]["texts"]
    values = checked(february).tables[DATASET.code].values
    assert (values["stage"][0], values["stage_on"][0]) == ("签约", date(2013, 2, 6))
    assert findings(february) == {(cell, "cell.blank") for cell in BLANK_MONEY}


def test_the_stored_row_holds_what_was_typed_and_the_defaults_beside(reporter: User, february: MonthlyReturn) -> None:
    save(february, reporter, paid_in="5")
    assert Row.objects.get(key="CS-1").texts == {**PLAIN.defaults, "paid_in": "5"}
    save(february, reporter, stage="落地", stage_on="")
    assert Row.objects.get(key="CS-1").texts == {**PLAIN.defaults, "paid_in": "5", "stage": "落地", "stage_on": ""}
    values = checked(february).tables[DATASET.code].values
    assert (values["stage"][0], values["stage_on"][0]) == ("落地", None)


@pytest.mark.parametrize(
    ("column", "text", "cell", "code"),
    [
        ("stage", "", "C4", "entry.blank"),
        ("stage", "投了", "C4", "choice.unknown"),
        ("stage_on", "2月6日", "D4", "date.unreadable"),
        ("stage_on", "2013-02-30", "D4", "date.unreadable"),
        ("stage_on", "2013-02", "D4", "date.unreadable"),
        ("words", "字" * 21, "G4", "text.long"),
    ],
)
def test_an_entry_that_is_none_is_told_at_its_cell(
    reporter: User, february: MonthlyReturn, column: str, text: str, cell: str, code: str
) -> None:
    save(february, reporter, paid_in="5", paid_in_usd="0", **{column: text})
    assert findings(february) == {(cell, code)}


@pytest.mark.parametrize(
    "text", ["2013-02-06", "2013.2.6", "2013年2月6日", "２０１３／２／６", "20130206", "2013-02-06 00:00:00"]
)
def test_a_day_is_read_in_the_spellings_of_the_house(text: str) -> None:
    assert date_parser()([text, ""]).values == [date(2013, 2, 6), None]
    assert same_text(DATASET.column("stage_on"), text, "2013-02-06")


# --- Nil return -----------------------------------------------------------------------------------------------------
def test_a_nil_return_writes_what_each_column_says(reporter: User, february: MonthlyReturn) -> None:
    return_factories.declare_nil(february, "没有进展", reporter)
    nil = {"stage": "签约", "stage_on": "2013-02-06", "paid_in": "0", "paid_in_usd": "0", "words": "本月没有进展"}
    assert Row.objects.get(key="CS-1").texts == nil | {"reason": "没有进展"}
    assert Row.objects.get(key="CS-2").texts == {"words": "本月没有进展", "reason": "没有进展"}
    assert not checked(february).blocking


# --- Workbooks ------------------------------------------------------------------------------------------------------
def test_a_workbook_changes_only_the_entries_that_somebody_changed(reporter: User, february: MonthlyReturn) -> None:
    book = form_workbook(february)
    cells = book[SHEET]
    cells["D4"], cells["E4"], cells["F4"] = datetime(2013, 2, 8), 5, 0  # a real date, as Excel makes it
    received = filling.receive_upload(february.pk, workbook_bytes(book), "二月.xlsx", by=reporter)
    assert not received.checked.blocking
    changes = [change[2:] for change in received.changes]
    assert changes == [("日期", "2013-02-06", "2013-02-08"), ("到位资金", "", "5"), ("到位外资", "", "0")]
    filling.confirm_upload(received.upload.pk, received.upload.file_id, by=reporter)
    assert Row.objects.get(key="CS-1").texts["stage_on"] == "2013-02-08"
    assert checked(february).tables[DATASET.code].values["stage_on"][0] == date(2013, 2, 8)


def test_an_older_workbook_keeps_the_entry_that_a_colleague_typed(reporter: User, february: MonthlyReturn) -> None:
    book = form_workbook(february)
    save(february, cast.reporter(), stage="落地")
    book[SHEET]["E4"], book[SHEET]["F4"] = 5, 0
    received = filling.receive_upload(february.pk, workbook_bytes(book), "二月.xlsx", by=reporter)
    assert [change[2] for change in received.merge.kept_cells] == ["阶段"] and not received.merge.conflicts
    filling.confirm_upload(received.upload.pk, received.upload.file_id, by=reporter)
    assert Row.objects.get(key="CS-1").texts["stage"] == "落地"


def test_a_workbook_that_does_not_say_its_version_conflicts_only_with_what_was_typed(
    reporter: User, february: MonthlyReturn
) -> None:
    book = form_workbook(february)
    save(february, cast.reporter(), paid_in="7")
    for row in book["_portal"].iter_rows(max_col=2):
        if row[0].value == "version":
            row[1].value = None
    book[SHEET]["C4"], book[SHEET]["E4"], book[SHEET]["F4"] = "落地", 5, 0
    received = filling.receive_upload(february.pk, workbook_bytes(book), "二月.xlsx", by=reporter)
    assert [conflict.column.key for conflict in received.merge.conflicts] == ["paid_in"]


# --- Locked cells ---------------------------------------------------------------------------------------------------
def test_a_locked_cell_takes_no_text_and_asks_for_none(reporter: User, february: MonthlyReturn) -> None:
    page = signed_in_client(reporter).get(return_url(february) + f"?sheet={DATASET.code}").content.decode()
    assert 'id="c-E5" data-locked></td>' in page and 'id="c-C5" data-locked>签约</td>' in page
    book = form_workbook(february)[SHEET]
    assert [book[place].protection.locked for place in ("E4", "E5", "C5", "G5")] == [False, True, True, False]
    assert api_rows(reporter, february)[1]["locked"] == ["paid_in", "paid_in_usd", "stage", "stage_on"]
    assert "locked" not in api_rows(reporter, february)[0]
    save(february, reporter, "CS-2", stage="签约", words="补报")
    with pytest.raises(MoveRefused, match="“电机”一行的到位资金是锁定的"):
        save(february, reporter, "CS-2", paid_in="5")
    program = Client(headers=cast.bearer_headers(reporter, "submit") | {"If-Match": "*"})
    body = json.dumps({"rows": [{"key": "CS-2", "version": 1, "texts": {"stage": "落地"}}]})
    answer = program.patch(f"/api/v1/returns/{february.pk}/sheets/{DATASET.code}/", body, "application/json")
    assert answer.status_code == 409 and "阶段是锁定的" in answer.json()["detail"]
    assert Row.objects.get(key="CS-2").texts["stage"] == "签约" and not Row.objects.get(key="CS-2").texts["paid_in"]
    assert findings(february) == {(cell, "cell.blank") for cell in BLANK_MONEY}


def test_a_workbook_with_a_figure_in_a_locked_cell_is_refused_at_the_cell(
    reporter: User, february: MonthlyReturn
) -> None:
    book = form_workbook(february)
    for place, value in {"E4": 5, "F4": 0, "E5": 9, "C5": "落地"}.items():
        book[SHEET][place] = value
    received = filling.receive_upload(february.pk, workbook_bytes(book), "二月.xlsx", by=reporter)
    assert {(f.cell, f.code) for f in received.checked.blocking} == {("C5", "cell.locked"), ("E5", "cell.locked")}
    assert {change[1] for change in received.changes} == {"触控模组"}
    book[SHEET]["E5"], book[SHEET]["C5"] = None, "签约"
    received = filling.receive_upload(february.pk, workbook_bytes(book), "二月.xlsx", by=reporter)
    filling.confirm_upload(received.upload.pk, received.upload.file_id, by=reporter)
    assert not checked(february).blocking


def test_a_changed_locked_cell_is_told_in_a_row_that_lacks_nothing(reporter: User, february: MonthlyReturn) -> None:
    sample_dataset_declaration.ROWS[:] = [
        PLAIN._replace(texts={**PLAIN.texts, "stage": "签约"}, locked_columns=frozenset({"stage"}))
    ]
    book = form_workbook(february)
    book[SHEET]["C4"], book[SHEET]["E4"], book[SHEET]["F4"] = "落地", 5, 0
    received = filling.receive_upload(february.pk, workbook_bytes(book), "二月.xlsx", by=reporter)
    assert [(f.cell, f.code) for f in received.checked.blocking] == [("C4", "cell.locked")]


def test_a_return_with_locked_cells_is_counted_sent_reviewed_and_accepted(
    reporter: User, february: MonthlyReturn
) -> None:
    save(february, reporter, paid_in="5", paid_in_usd="2")
    february.refresh_from_db()
    progress = next(p for p in sheet_progress.return_progress(february) if p.dataset is DATASET)
    assert (progress.rows, progress.filled, progress.state) == (2, 2, ("ok", "检查通过"))
    round_ = return_factories.handed_up_and_signed(february, reporter, cast.lead())
    facts = receipts.build_receipt(round_).sheets[-1].facts
    assert [fact.value for fact in facts] == ["5.00 万元", "2.00 万美元"]
    officer = cast.officer()
    page = review_page.review_page(MonthlyReturn.objects.with_region().get(pk=february.pk), officer, "all")
    assert page is not None and {c.key for c in page.sections[-1].changes} == {"CS-1"}
    deciding.accept(february.pk, by=officer, seen=round_.digest)
    (table,) = sample_dataset_declaration.STORED
    assert table.values["paid_in"][1] is None and table.values["stage_on"][1] == date(2013, 1, 9)


def test_a_given_back_return_names_an_entry(reporter: User, february: MonthlyReturn) -> None:
    save(february, reporter, paid_in="5", paid_in_usd="2")
    return_factories.handed_up_and_signed(february, reporter, cast.lead())
    cell = deciding.RemarkedCell(DATASET.code, "CS-1", "stage_on")
    remark = return_factories.given_back(february, "核对日期", cast.officer(), [cell]).remarks.get()
    assert (remark.cell, remark.value) == ("D4", "2013-02-06")


def test_figures_in_different_units_are_never_added() -> None:
    assert row_totals.row_total(DATASET, {"paid_in": 5, "paid_in_usd": 2}) == 5  # type: ignore[dict-item]
    assert not row_totals.month_columns_share_unit(DATASET)


# --- No rows --------------------------------------------------------------------------------------------------------
def test_a_sheet_without_rows_is_complete_by_page_workbook_and_nil_return(
    reporter: User, february: MonthlyReturn
) -> None:
    sample_dataset_declaration.ROWS.clear()
    page = signed_in_client(reporter).get(return_url(february) + f"?sheet={DATASET.code}").content.decode()
    assert "没有要填的项目，这张表不用填" in page
    data = workbook_bytes(form_workbook(february))
    received = filling.receive_upload(february.pk, data, "二月.xlsx", by=reporter)
    filling.confirm_upload(received.upload.pk, received.upload.file_id, by=reporter)
    february.refresh_from_db()
    progress = next(p for p in sheet_progress.return_progress(february) if p.dataset is DATASET)
    assert (progress.rows, progress.state) == (0, ("ok", "检查通过"))
    return_factories.declare_nil(february, "没有项目", reporter)
    round_ = return_factories.handed_up_and_signed(february, reporter, cast.lead())
    assert [(sheet.sheet, sheet.rows) for sheet in receipts.build_receipt(round_).sheets][-1] == (SHEET, 0)
    book = load_workbook(BytesIO(round_.workbook.read()))[SHEET]
    assert book["A4"].value is None
    officer = cast.officer()
    assert signed_in_client(officer).get(return_url(february, "review/")).status_code == 200
    deciding.accept(february.pk, by=officer, seen=round_.digest)
    assert MonthlyReturn.objects.get(pk=february.pk).status == Status.ACCEPTED


# --- Lock -----------------------------------------------------------------------------------------------------------
def test_a_dataset_is_locked_before_the_instant_of_the_hand_up_is_taken(
    reporter: User, february: MonthlyReturn, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(february, reporter, paid_in="5", paid_in_usd="2")
    now = clock.now()
    ticks = iter(now + timedelta(seconds=second) for second in range(1000))
    monkeypatch.setattr(clock, "now", lambda: next(ticks))
    assert not sample_dataset_declaration.LOCKED
    return_factories.handed_up(february, reporter)
    ((region, at),) = sample_dataset_declaration.LOCKED
    handed_up_at = MonthlyReturn.objects.get(pk=february.pk).handed_up_at
    assert region == "430100" and handed_up_at is not None and at < handed_up_at
    assert datasets.get(DATASET.code).lock is sample_dataset_declaration.lock
