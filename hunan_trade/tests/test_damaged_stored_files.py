"""Tests that no URL sends a stored file that is damaged or missing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from enterprises.tests import return_factories as firms
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.files import actions as files
from hunan_trade.files.models import StoredFile
from hunan_trade.intake import return_sheets
from hunan_trade.intake.actions import filling
from hunan_trade.intake.models import Upload
from hunan_trade.periods import Month
from hunan_trade.tests.test_code_conventions import code_files
from hunan_trade.tests.test_layers import ROOT
from reporting.models import Report
from reporting.tests import factories
from reporting.tests.factories import JANUARY, City, Province, logged_in_client

FEBRUARY = Month(2013, 2)
MESSAGES = {"damaged": "存放的文件已损坏，与存入时不一致", "missing": "存放的文件不见了"}


@pytest.fixture
def issued_report_and_upload(db: None) -> Iterator[tuple[Province, City]]:
    """Create an issued report of January and an unconfirmed upload for February."""
    people, place = factories.create_province(), factories.create_city("430100")
    factories.accepted(place, JANUARY, ("150", "50"), people.officer)
    with factories.clock_in_month_after(JANUARY, day=8):
        factories.issued(people)
    with factories.clock_in_month_after(FEBRUARY):
        monthly_return = firms.opened("430100", FEBRUARY)
        book = return_sheets.stored_sheets(monthly_return).workbook(version=monthly_return.version, demo=True)
        filling.receive_upload(monthly_return.pk, book, "月报.xlsx", by=place.reporter)
        yield people, place


def change_stored_files(fault: str) -> None:
    for stored in StoredFile.objects.all():
        data = stored.location.read_bytes()
        stored.location.unlink()
        if fault == "damaged":
            stored.location.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


@pytest.mark.parametrize("fault", ["damaged", "missing"])
def test_no_url_sends_a_damaged_or_missing_file(issued_report_and_upload: tuple[Province, City], fault: str) -> None:
    people, place = issued_report_and_upload
    report, upload = Report.objects.get(), Upload.objects.get()
    exports = "enterprises.processing_trade_export/430100/2013-01"
    january, february = "/returns/430100/2013-01/", f"/returns/430100/2013-02/uploads/{upload.pk}/"
    change_stored_files(fault)
    officer, reporter = logged_in_client(people.officer), logged_in_client(place.reporter)
    answers = {
        **{
            path: officer.get(path)
            for path in (
                *(f"/reports/{report.pk}/files/{format_}/" for format_ in ("pdf", "docx", "xlsx", "html")),
                f"/reports/{report.pk}/?figure={exports}",
                f"{january}rounds/1/workbook/",
                f"{january}rounds/1/",
            )
        },
        **{path: reporter.get(path) for path in (february, f"{february}annotated/")},
        "confirm": reporter.post(f"{february}confirm/", {"sha256": upload.file_id}),
    }
    for path, answer in answers.items():
        page = answer.content.decode()
        assert answer.status_code == 500 and MESSAGES[fault] in page and "文件不能取用" in page, (path, page[-900:])
        assert re.search("编号 [0-9a-f-]{36}", page), path
        assert "/files/" not in page.replace(f"/reports/{report.pk}/files/", "") and upload.file_id not in page, path
        assert answer["Content-Type"].startswith("text/html"), path
    assert not Event.objects.filter(verb__in=["file.downloaded", "return.imported"]).exists()
    sha256s = list(Event.objects.filter(verb=f"file.{fault}").values_list("after__sha256", flat=True))
    assert sorted(sha256s) == sorted(StoredFile.objects.values_list("pk", flat=True))  # each once, however often asked
    assert set(Event.objects.filter(verb=f"file.{fault}").values_list("result", flat=True)) == {"failed"}


def test_administrators_and_monitoring_see_the_number_of_unreadable_files(
    issued_report_and_upload: tuple[Province, City],
) -> None:
    home = logged_in_client(cast.administrator())
    assert "没有查出损坏和缺失" in home.get("/").content.decode()
    assert "unreadable_files" not in home.get("/healthz").json()
    change_stored_files("missing")
    for stored in StoredFile.objects.all()[:2]:
        files.check_file(stored.pk, by=cast.officer())
    page = home.get("/").content.decode()
    assert "2 份文件不见了" in page and "verify_files" in page
    assert home.get("/healthz").json()["unreadable_files"] == 2


def test_only_the_files_app_knows_where_stored_files_are() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in code_files()
        if "tests" not in path.parts and "testing" not in path.parts and path.parts[-2] != "files"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\.location\b|\bFILES_DIR\b", line)
        if path.name != "settings.py" and path.parts[-4:-1] != ("files", "management", "commands")
    ]
    assert not wrong, "\n".join(wrong)
