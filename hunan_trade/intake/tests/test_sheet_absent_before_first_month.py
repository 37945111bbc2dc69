"""Tests that returns of months before a sheet's first month lack that sheet on pages, in files and in the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from openpyxl import load_workbook
from pytest_django import Settings

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake import datasets, receipts, return_sheets, review_page, sheet_progress
from hunan_trade.intake.actions import deciding, filling
from hunan_trade.intake.models import MonthlyReturn, Row, Status
from hunan_trade.intake.tests import sample_dataset_declaration
from hunan_trade.intake.tests.return_requests_and_workbooks import (
    form_workbook,
    return_url,
    save_grid_rows,
    signed_in_client,
    upload_workbook,
    workbook_bytes,
)
from hunan_trade.periods import Month
from hunan_trade.tabular.table_types import PrefilledRow

pytestmark = pytest.mark.django_db
JANUARY, FEBRUARY = Month(2013, 1), Month(2013, 2)
CODE, SHEET = sample_dataset_declaration.PROJECTS.code, sample_dataset_declaration.SHEET
OLD = ["加工贸易企业", "市州汇总", "项目进度"]


@pytest.fixture(autouse=True)
def third(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.FILES_DIR = tmp_path
    row = PrefilledRow("CS-2013-0001", "触控模组", {"name": "触控模组"}, {"stage": "意向"})
    with sample_dataset_declaration.declared(row), clock.frozen_at(clock.at(date(2013, 3, 2), 10)):
        yield


@pytest.fixture
def reporter() -> User:
    return cast.reporter()


def opened(month: Month) -> MonthlyReturn:
    return return_factories.opened("430100", month)


def sheets_of(monthly_return: MonthlyReturn, client: Client, program: Client) -> dict[str, list[str]]:
    """Return the sheets of a return by where they are read."""
    form = return_sheets.stored_sheets(monthly_return)
    book = load_workbook(BytesIO(form.workbook(version=1, demo=True)))
    page = client.get(return_url(monthly_return)).content.decode()
    answer = program.get(f"/api/v1/returns/{monthly_return.pk}/sheets/").json()
    known = [*OLD, SHEET]
    return {
        "check": [table.spec.sheet for table in form.check().tables.values()],
        "workbook": [name for name in book.sheetnames if name in known],
        "page": [name for name in known if name in page],
        "api": [sheet["title"] for sheet in answer["sheets"]],
        "progress": [sheet.dataset.sheet for sheet in sheet_progress.return_progress(monthly_return)],
    }


def test_a_return_before_the_first_month_never_shows_the_sheet(reporter: User) -> None:
    client, program = signed_in_client(reporter), Client(headers=cast.bearer_headers(reporter, "submit"))
    early, late = (sheets_of(opened(month), client, program) for month in (JANUARY, FEBRUARY))
    assert all(sheets == OLD for sheets in early.values()), early
    assert all(sheets == [*OLD, SHEET] for sheets in late.values()), late


def test_an_earlier_return_is_complete_accepted_and_printed_without_the_sheet(reporter: User) -> None:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        january = opened(JANUARY)
        return_factories.filled(january, reporter, {})
        round_ = return_factories.handed_up_and_signed(january, reporter, cast.lead())
        january.refresh_from_db()
        assert [sheet.sheet for sheet in receipts.build_receipt(round_).sheets] == OLD
        officer = cast.officer()
        review = review_page.review_page(january, officer, "all")
        assert review is not None and {section.title.split("，")[0] for section in review.sections} == {OLD[1]}
        deciding.accept(january.pk, by=officer, seen=round_.digest)
    january.refresh_from_db()
    assert january.status == Status.ACCEPTED and not sample_dataset_declaration.STORED


def test_a_nil_return_of_an_earlier_month_fills_no_later_sheet(reporter: User) -> None:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        return_factories.declare_nil(opened(JANUARY), "企业停产", reporter)
    assert set(Row.objects.values_list("dataset", flat=True)) == {"city_summary"}
    return_factories.declare_nil(opened(FEBRUARY), "企业停产", reporter)
    assert Row.objects.get(dataset=CODE).texts["paid_in"] == "0"


def test_nobody_writes_into_the_sheet_of_an_earlier_return(reporter: User) -> None:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        january = opened(JANUARY)
        row = {"key": "CS-2013-0001", "texts": {"paid_in": "1"}}
        assert save_grid_rows(signed_in_client(reporter), january, CODE, row).status_code == 400
        program = Client(headers=cast.bearer_headers(reporter, "submit") | {"If-Match": "*"})
        body = json.dumps({"rows": [{**row, "version": 0}]})
        path = f"/api/v1/returns/{january.pk}/sheets/{CODE}/"
        assert program.patch(path, body, "application/json").status_code == 404
        edit = filling.RowEdit("CS-2013-0001", {"paid_in": "1"})
        with pytest.raises(KeyError):
            filling.save_rows(january.pk, datasets.get(CODE), [edit], by=reporter)
    assert not Row.objects.exists()


def test_the_later_sheet_in_an_earlier_workbook_is_told_and_not_read(reporter: User) -> None:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        january = opened(JANUARY)
        return_factories.filled(january, reporter, {})
        book = form_workbook(january)
        extra = book.create_sheet(SHEET)
        extra["A4"], extra["E4"] = "CS-2013-0001", 5
        answer = upload_workbook(signed_in_client(reporter), january, workbook_bytes(book))
        page = signed_in_client(reporter).get(answer["Location"]).content.decode()
    assert f"工作表“{SHEET}”不是报表的一部分，不读入" in page


def test_a_workbook_without_the_sheet_is_refused_from_its_first_month_on(reporter: User) -> None:
    february = opened(FEBRUARY)
    book = form_workbook(february)
    del book[SHEET]
    page = upload_workbook(signed_in_client(reporter), february, workbook_bytes(book)).content.decode()
    assert f"找不到工作表“{SHEET}”" in page
