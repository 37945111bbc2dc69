"""Tests that a confirmation reads and checks the workbook again, since the preview may be outdated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from pytest_django import Settings

from enterprises.models import Enterprise
from enterprises.tests import factories
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.actions import filling
from hunan_trade.intake.models import MonthlyReturn, Row
from hunan_trade.intake.tests.browser import bytes_of, workbook
from hunan_trade.periods import Month
from hunan_trade.workflow import MoveRefused

pytestmark = pytest.mark.django_db


class Desk:
    """January of a city with one enterprise, and its workbook rightly filled."""

    def __init__(self) -> None:
        self.reporter = cast.reporter()
        self.firm = factories.enterprise(self.reporter)
        self.january: MonthlyReturn = factories.opened("430100", Month(2013, 1))

    def book(self, exports: object = 100.25) -> bytes:
        book = workbook(self.january)
        book["加工贸易企业"]["F4"], book["加工贸易企业"]["G4"] = exports, 40
        for row, value in enumerate((140.25, 100.25, 40, 100.25, 40, 0, 0, 0, 0, 0, 0, 0), start=4):
            book["市州汇总"][f"E{row}"] = value
        return bytes_of(book)

    def previewed(self, data: bytes) -> Callable[[], MonthlyReturn]:
        """Press the button under the preview."""
        upload = filling.receive(self.january.pk, data, "一月.xlsx", by=self.reporter).upload
        return lambda: filling.confirm(upload.pk, upload.file_id, by=self.reporter)


@pytest.fixture
def desk(settings: Settings, tmp_path: Path) -> Iterator[Desk]:
    settings.FILES_DIR = tmp_path
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        yield Desk()


def stored() -> dict[str, str]:
    return {row.key: row.texts["export"] for row in Row.objects.filter(dataset="processing_trade")}


def test_while_nothing_changes_the_confirmation_takes_over_what_the_preview_checked(desk: Desk) -> None:
    confirm = desk.previewed(desk.book())
    confirm()
    assert stored() == {f"{desk.firm.customs_code}/进料加工": "100.25"}


def test_what_the_preview_refused_is_refused_at_the_confirmation(desk: Desk) -> None:
    confirm = desk.previewed(desk.book("许多"))
    with pytest.raises(MoveRefused, match="必须改"):
        confirm()
    assert not stored()


def closed(desk: Desk) -> None:
    Enterprise.objects.filter(pk=desk.firm.pk).update(closed_on=date(2012, 12, 31))


def another(desk: Desk) -> None:
    factories.enterprise(desk.reporter)


def renamed(desk: Desk) -> None:
    Enterprise.objects.filter(pk=desk.firm.pk).update(name="改名电子")


@pytest.mark.parametrize("change", [closed, another, renamed])
def test_a_register_that_changed_meanwhile_is_held_against_the_workbook(
    desk: Desk, change: Callable[[Desk], None]
) -> None:
    confirm = desk.previewed(desk.book())
    change(desk)
    with pytest.raises(MoveRefused, match="必须改"):
        confirm()
    assert not stored()


def test_of_two_workbooks_each_is_taken_over_as_itself(desk: Desk) -> None:
    first = desk.previewed(desk.book())
    desk.previewed(desk.book("许多"))
    first()
    assert stored() == {f"{desk.firm.customs_code}/进料加工": "100.25"}
