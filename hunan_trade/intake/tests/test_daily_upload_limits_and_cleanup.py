"""Tests of daily upload limits, the deletion of unconfirmed uploads, and file names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client
from openpyxl import Workbook
from pytest_django import Settings

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.files.models import StoredFile
from hunan_trade.intake.actions import filling, upload_cleanup
from hunan_trade.intake.models import MonthlyReturn, Upload, WorkbookReading
from hunan_trade.intake.tests.return_requests_and_workbooks import (
    form_workbook,
    return_url,
    signed_in_client,
    upload_workbook,
    workbook_bytes,
)
from hunan_trade.periods import Month
from hunan_trade.testing.response_type import Response
from hunan_trade.workflow import MoveRefused

pytestmark = pytest.mark.django_db
MORNING = clock.at(date(2013, 2, 4), 10)
NAMES = [
    "../../x.xlsx",
    "..\\..\\x.xlsx",
    "CON.xlsx",
    "长" * 300 + ".xlsx",
    "表\u202excod.xlsx",
    "a\0b.xlsx",
    "a\r\nSet-Cookie: x=1.xlsx",
]
NAMES += ['a"; filename="b.exe', "<img src=x>.xlsx", ".xlsx", "月报.xlsx", "C:\\表.xlsx", "a/b.xlsx", "%2e%2e%2fx.xlsx"]


@pytest.fixture(autouse=True)
def files(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    settings.FILES_DIR = tmp_path
    with clock.frozen_at(MORNING):
        yield tmp_path


@pytest.fixture
def reporter() -> User:
    return cast.reporter()


@pytest.fixture
def january(reporter: User) -> MonthlyReturn:
    return_factories.enterprise(reporter, name="清风电子")
    return return_factories.opened("430100", Month(2013, 1))


@pytest.fixture
def book(january: MonthlyReturn) -> Workbook:
    book = form_workbook(january)
    book["加工贸易企业"]["F4"], book["加工贸易企业"]["G4"] = 100.25, 40
    for row, value in enumerate((140.25, 100.25, 40, 100.25, 40, 0, 0, 0, 0, 0, 0, 0), start=4):
        book["市州汇总"][f"E{row}"] = value
    return book


def test_a_person_cannot_exceed_the_daily_limit_of_uploads(
    settings: Settings, reporter: User, january: MonthlyReturn, book: Workbook
) -> None:
    settings.UPLOADS_A_DAY = 2
    data = workbook_bytes(book)
    for _ in range(2):
        filling.receive_upload(january.pk, data, "一月.xlsx", by=reporter)
    with pytest.raises(MoveRefused, match="本账号一天的上限"):
        filling.receive_upload(january.pk, data, "一月.xlsx", by=reporter)
    filling.receive_upload(january.pk, data, "一月.xlsx", by=cast.reporter())
    with clock.frozen_at(MORNING + timedelta(hours=14)):  # the next day began at midnight in Changsha
        filling.receive_upload(january.pk, data, "一月.xlsx", by=reporter)
    answer = upload_workbook(signed_in_client(reporter), january, data)
    assert answer.status_code == 409 and "改在网页上填，或明天再传" in answer.content.decode()


def test_every_reading_of_a_workbook_counts_towards_the_daily_limit(
    settings: Settings, reporter: User, january: MonthlyReturn, book: Workbook
) -> None:
    settings.UPLOADS_A_DAY = 5
    data, page, program = (
        workbook_bytes(book),
        signed_in_client(reporter),
        Client(headers=cast.bearer_headers(reporter, "submit")),
    )
    uploads_api = f"/api/v1/returns/{january.pk}/uploads/"
    first = program.post(uploads_api, data, filling.XLSX).json()["id"]
    confirming = {"sha256": Upload.objects.get().file_id}
    ways: list[Callable[[], Response]] = [
        lambda: program.post(f"{uploads_api}?dry_run=1", data, filling.XLSX),
        lambda: program.get(f"{uploads_api}{first}/"),
        lambda: page.get(return_url(january, f"uploads/{first}/")),
        lambda: page.get(return_url(january, f"uploads/{first}/annotated/")),
        lambda: page.post(return_url(january, f"uploads/{first}/confirm/"), confirming),
    ]
    assert [way().status_code for way in ways] == [200, 200, 200, 200, 409]
    assert {way().status_code for way in ways} == {409} and "到了本账号一天的上限" in ways[0]().json()["detail"]
    assert WorkbookReading.objects.count() == 5
    with clock.frozen_at(MORNING + timedelta(hours=14)):
        assert ways[-1]().status_code == 302
        assert program.post(uploads_api, data, filling.XLSX).json()["id"] == first  # known again, and looked at again
        assert WorkbookReading.objects.count() == 7
    with clock.frozen_at(MORNING + timedelta(days=3)):
        upload_cleanup.delete_unconfirmed_uploads()
        assert not WorkbookReading.objects.exists()


def test_a_city_cannot_exceed_its_daily_limit_of_uploads(
    settings: Settings, reporter: User, january: MonthlyReturn, book: Workbook
) -> None:
    settings.CITY_UPLOADS_A_DAY = 1
    filling.receive_upload(january.pk, workbook_bytes(book), "一月.xlsx", by=reporter)
    with pytest.raises(MoveRefused, match="长沙市今天已上传 1 次"):
        filling.receive_upload(january.pk, workbook_bytes(book), "一月.xlsx", by=cast.reporter())


def test_unconfirmed_uploads_are_deleted_after_a_day_and_confirmed_ones_stay(
    reporter: User, january: MonthlyReturn, book: Workbook
) -> None:
    data = workbook_bytes(book)
    book["加工贸易企业"]["I4"] = "另一份"
    unconfirmed, confirmed = (
        filling.receive_upload(january.pk, d, "一月.xlsx", by=reporter).upload for d in (workbook_bytes(book), data)
    )
    again = filling.receive_upload(january.pk, data, "又传.xlsx", by=reporter).upload
    filling.confirm_upload(confirmed.pk, confirmed.file_id, by=reporter)
    assert upload_cleanup.delete_unconfirmed_uploads() == 0
    with clock.frozen_at(MORNING + timedelta(hours=24, seconds=1)):
        assert upload_cleanup.delete_unconfirmed_uploads() == 2 and upload_cleanup.delete_unconfirmed_uploads() == 0
        assert set(Upload.objects.values_list("pk", flat=True)) == {confirmed.pk} and again.pk
        assert set(StoredFile.objects.values_list("pk", flat=True)) == {confirmed.file_id}
        assert confirmed.file.read() == data and not unconfirmed.file.location.exists()
        assert signed_in_client(reporter).get(return_url(january, f"uploads/{unconfirmed.pk}/")).status_code == 404
        assert Event.objects.filter(verb="return.uploaded", after__sha256=unconfirmed.file_id).exists()
        assert filling.receive_upload(january.pk, data, "三传.xlsx", by=reporter).upload.file.read() == data


def test_upload_ids_are_random(reporter: User, january: MonthlyReturn, book: Workbook) -> None:
    ids = []
    for note in ("甲", "乙"):
        book["加工贸易企业"]["I4"] = note
        answer = upload_workbook(signed_in_client(reporter), january, workbook_bytes(book))
        ids.append(UUID(answer["Location"].rstrip("/").rpartition("/")[2]))
    assert {received.version for received in ids} == {4} and len(set(ids)) == 2
    assert (
        Client(headers=cast.bearer_headers(reporter, "read"))
        .get(f"/api/v1/returns/{january.pk}/uploads/1/")
        .status_code
        == 404
    )
    assert signed_in_client(reporter).get(return_url(january, "uploads/1/")).status_code == 404


@pytest.mark.parametrize("api", [False, True], ids=["page", "program"])
def test_a_file_whose_name_is_in_gbk_is_read(reporter: User, january: MonthlyReturn, book: Workbook, api: bool) -> None:
    head = 'Content-Disposition: form-data; name="file"; filename="长沙囍1月报.xlsx"'.encode("gbk")
    body = (
        b"--b\r\n"
        + head
        + b"\r\nContent-Type: application/octet-stream\r\n\r\n"
        + workbook_bytes(book)
        + b"\r\n--b--\r\n"
    )
    client = Client(headers=cast.bearer_headers(reporter, "submit")) if api else signed_in_client(reporter)
    where = f"/api/v1/returns/{january.pk}/uploads/" if api else return_url(january, "upload/")
    assert client.post(where, body, content_type="multipart/form-data; boundary=b").status_code in {201, 302}
    assert Upload.objects.get().name == "长沙囍1月报.xlsx"


def test_a_file_name_in_no_known_encoding_is_refused_with_a_message(
    reporter: User, january: MonthlyReturn, book: Workbook
) -> None:
    head = b'Content-Disposition: form-data; name="file"; filename="\xff\xff.xlsx"'
    body = b"--b\r\n" + head + b"\r\n\r\n" + workbook_bytes(book) + b"\r\n--b--\r\n"
    answer = signed_in_client(reporter).post(
        return_url(january, "upload/"), body, content_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code == 400 and "不是文字" in answer.content.decode()


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_file_name_is_stored_as_text_and_downloaded_as_a_safe_name(
    reporter: User, january: MonthlyReturn, book: Workbook, files: Path, name: str
) -> None:
    sent = filling.receive_upload(january.pk, workbook_bytes(book), name, by=reporter).upload
    assert sent.name.isprintable() and 0 < len(sent.name) <= 255
    stored = [path.name for path in files.rglob("*") if path.is_file()]
    assert stored == [sent.file_id]
    answer = signed_in_client(reporter).get(return_url(january, f"uploads/{sent.pk}/annotated/"))
    header = answer["Content-Disposition"]
    assert header.startswith("attachment; filename") and header.isascii() and header.isprintable() and len(header) < 800
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["Content-Type"].endswith("spreadsheetml.sheet")
    saved = answer.headers["Content-Disposition"].partition("=")[2]
    assert not any(part in saved.lower() for part in ("/", "\\", "%2f", "%5c", "%0d", "%0a", "%e2%80%ae", '_.exe"'))
    assert saved.rstrip('"').endswith(".xlsx")
