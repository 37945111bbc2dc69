"""Tests that a workbook with 200 bad cells gets 200 findings at once and is not stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pytest_django import Settings

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.actions import filling
from hunan_trade.intake.models import Row
from hunan_trade.intake.tests.return_requests_and_workbooks import (
    form_workbook,
    signed_in_client,
    upload_workbook,
    workbook_bytes,
)
from hunan_trade.periods import Month
from hunan_trade.workflow import MoveRefused

pytestmark = pytest.mark.django_db
FIRMS = 100
BAD = (
    ("约{}", "number.text", "“约{}”不是数"),
    ("{}万", "number.text", "“{}万”不是数"),
    ("-{}", "number.negative", "“-{}”是负数"),
    ("{}.1234567", "number.decimals", "“{}.1234567”小数过多"),
    ("123456789012{}", "number.digits", "“123456789012{}”"),
    ("（{}）", "number.text", "“（{}）”不是数"),
    ("=1+{}", "cell.formula", "“=1+{}”是公式"),
    ("{},5", "number.text", "“{},5”不是数"),
)


@pytest.fixture(autouse=True)
def frozen_in_february(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.FILES_DIR = tmp_path
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        yield


def test_two_hundred_bad_cells_are_all_reported_at_once_and_nothing_is_stored() -> None:
    reporter = cast.reporter()
    for number in range(FIRMS):
        return_factories.enterprise(reporter, name=f"企业{number}")
    january = return_factories.opened("430100", Month(2013, 1))
    book = form_workbook(january)
    for row in range(4, 16):
        book["市州汇总"][f"E{row}"] = 0
    golden = {}
    for at in range(2 * FIRMS):
        cell = f"{'FG'[at % 2]}{4 + at // 2}"
        typed, code, message = BAD[at % len(BAD)]
        book["加工贸易企业"][cell] = typed.format(at + 100)
        golden[cell] = code, message.format(at + 100)
    received = filling.receive_upload(january.pk, workbook_bytes(book), "一月.xlsx", by=reporter)
    blocking = received.checked.blocking
    assert {(f.sheet, f.cell, f.code) for f in blocking} == {
        ("加工贸易企业", cell, code) for cell, (code, _) in golden.items()
    }
    for finding in blocking:
        assert golden[finding.cell][1] in finding.message and finding.message.endswith("。") and finding.record
    assert len(blocking) == received.upload.blocking == 200
    with pytest.raises(MoveRefused, match="200 处必须改"):
        filling.confirm_upload(received.upload.pk, received.upload.file_id, by=reporter)
    assert not Row.objects.exists()
    client = signed_in_client(reporter)
    page = client.get(upload_workbook(client, january, workbook_bytes(book))["Location"]).content.decode()
    assert all(f">加工贸易企业 {cell}<" in page for cell in golden) and page.count("必须改</") >= 200
