"""Tests that confirming an upload checks the workbook again, as its preview may be outdated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from pytest_django import Settings

from enterprises.models import Enterprise
from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.actions import filling
from hunan_trade.intake.models import MonthlyReturn, Row
from hunan_trade.intake.tests.return_requests_and_workbooks import form_workbook, workbook_bytes
from hunan_trade.periods import Month
from hunan_trade.workflow import MoveRefused

pytestmark = pytest.mark.django_db


class UploadingReporter:
    """A reporter with January of a city with one enterprise, who uploads filled workbooks."""

    def __init__(self) -> None:
        self.reporter = cast.reporter()
        self.firm = return_factories.enterprise(self.reporter)
        self.january: MonthlyReturn = return_factories.opened("430100", Month(2013, 1))

    def book(self, exports: object = 100.25) -> bytes:
        book = form_workbook(self.january)
        book["加工贸易企业"]["F4"], book["加工贸易企业"]["G4"] = exports, 40
        for row, value in enumerate((140.25, 100.25, 40, 100.25, 40, 0, 0, 0, 0, 0, 0, 0), start=4):
            book["市州汇总"][f"E{row}"] = value
        return workbook_bytes(book)

    def preview(self, data: bytes) -> Callable[[], MonthlyReturn]:
        """Upload a workbook and return a function that confirms it."""
        upload = filling.receive_upload(self.january.pk, data, "一月.xlsx", by=self.reporter).upload
        return lambda: filling.confirm_upload(upload.pk, upload.file_id, by=self.reporter)


@pytest.fixture
def uploader(settings: Settings, tmp_path: Path) -> Iterator[UploadingReporter]:
    settings.FILES_DIR = tmp_path
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        yield UploadingReporter()


def stored_exports() -> dict[str, str]:
    return {row.key: row.texts["export"] for row in Row.objects.filter(dataset="processing_trade")}


def test_a_confirmation_without_later_changes_stores_what_was_previewed(uploader: UploadingReporter) -> None:
    confirm = uploader.preview(uploader.book())
    confirm()
    assert stored_exports() == {f"{uploader.firm.customs_code}/进料加工": "100.25"}


def test_a_workbook_with_blocking_findings_cannot_be_confirmed(uploader: UploadingReporter) -> None:
    confirm = uploader.preview(uploader.book("许多"))
    with pytest.raises(MoveRefused, match="必须改"):
        confirm()
    assert not stored_exports()


def close_enterprise(uploader: UploadingReporter) -> None:
    Enterprise.objects.filter(pk=uploader.firm.pk).update(closed_on=date(2012, 12, 31))


def add_enterprise(uploader: UploadingReporter) -> None:
    return_factories.enterprise(uploader.reporter)


def rename_enterprise(uploader: UploadingReporter) -> None:
    Enterprise.objects.filter(pk=uploader.firm.pk).update(name="改名电子")


@pytest.mark.parametrize("change", [close_enterprise, add_enterprise, rename_enterprise])
def test_a_confirmation_checks_against_the_register_as_changed_meanwhile(
    uploader: UploadingReporter, change: Callable[[UploadingReporter], None]
) -> None:
    confirm = uploader.preview(uploader.book())
    change(uploader)
    with pytest.raises(MoveRefused, match="必须改"):
        confirm()
    assert not stored_exports()


def test_confirming_the_first_of_two_uploads_stores_the_first(uploader: UploadingReporter) -> None:
    first = uploader.preview(uploader.book())
    uploader.preview(uploader.book("许多"))
    first()
    assert stored_exports() == {f"{uploader.firm.customs_code}/进料加工": "100.25"}
