"""Tests filing by workbook over HTTP: refusals, preview and confirmation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from pytest_django import Settings

from enterprises.models import Enterprise
from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.files import actions as files
from hunan_trade.intake.actions import filling
from hunan_trade.intake.actions.filling import XLSX
from hunan_trade.intake.forms import FILE_BYTES
from hunan_trade.intake.models import MonthlyReturn, Row, Upload
from hunan_trade.intake.tests.return_requests_and_workbooks import (
    form_workbook,
    return_url,
    save_grid_rows,
    signed_in_client,
    upload_workbook,
    workbook_bytes,
)
from hunan_trade.periods import Month
from hunan_trade.workbooks import reader_slots, upload_reader

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def frozen_in_february() -> Iterator[None]:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        yield


@pytest.fixture
def reporter() -> User:
    return cast.reporter()


@pytest.fixture
def firm(reporter: User) -> Enterprise:
    return return_factories.enterprise(reporter, name="清风电子")


@pytest.fixture
def january(firm: Enterprise) -> MonthlyReturn:
    return return_factories.opened("430100", Month(2013, 1))


@pytest.fixture
def book(january: MonthlyReturn) -> Workbook:
    """Return a complete workbook with one enterprise and twelve items."""
    book = form_workbook(january)
    trade, summary = book["加工贸易企业"], book["市州汇总"]
    trade["F4"], trade["G4"] = 100.25, 40
    for row, value in enumerate((140.25, 100.25, 40, 100.25, 40, 0, 0, 0, 0, 0, 0, 0), start=4):
        summary[f"E{row}"] = value
    return book


def test_a_workbook_is_previewed_and_then_stored(reporter: User, january: MonthlyReturn, book: Workbook) -> None:
    client = signed_in_client(reporter)
    answer = upload_workbook(client, january, workbook_bytes(book))
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "文件可以写入，改动 14 处" in page and "100.25" in page
    assert not Row.objects.exists()
    sent = Upload.objects.get()
    done = client.post(return_url(january, f"uploads/{sent.pk}/confirm/"), {"sha256": sent.file_id}, follow=True)
    assert "检查通过" in done.content.decode()
    assert Row.objects.get(key__endswith="进料加工").texts["export"] == "100.25"


def test_a_confirmation_for_another_file_or_version_is_refused(
    reporter: User, january: MonthlyReturn, firm: Enterprise, book: Workbook
) -> None:
    client = signed_in_client(reporter)
    upload_workbook(client, january, workbook_bytes(book))
    sent = Upload.objects.get()
    confirm = return_url(january, f"uploads/{sent.pk}/confirm/")
    assert client.post(confirm, {"sha256": "0" * 64}).status_code == 409
    save_grid_rows(
        client, january, "processing_trade", {"key": f"{firm.customs_code}/进料加工", "texts": {"export": "7"}}
    )
    assert client.post(confirm, {"sha256": sent.file_id}).status_code == 409
    page = client.get(return_url(january, f"uploads/{sent.pk}/")).content.decode()
    assert "上传之后月报又有改动" in page and "1 格文件和系统中都改过" in page and "写入 13 处" not in page
    assert Row.objects.get().texts == {"export": "7"}


def test_a_file_with_findings_lists_them_all_and_stores_nothing(
    reporter: User, january: MonthlyReturn, book: Workbook
) -> None:
    book["加工贸易企业"]["F4"] = "一百"
    book["加工贸易企业"]["G4"] = "=1+1"
    book["市州汇总"]["E9"] = 1.5
    client = signed_in_client(reporter)
    preview = upload_workbook(client, january, workbook_bytes(book))["Location"]
    page = client.get(preview).content.decode()
    assert all(text in page for text in ("文件有", "“一百”不是数", "“=1+1”是公式", "填整数，现填 1.5"))
    sent = Upload.objects.get()
    assert client.post(return_url(january, f"uploads/{sent.pk}/confirm/"), {"sha256": sent.file_id}).status_code == 409
    assert not Row.objects.exists()
    marked = client.get(return_url(january, f"uploads/{sent.pk}/annotated/"))
    comment = load_workbook(BytesIO(marked.content))["加工贸易企业"]["F4"].comment
    assert "不是数" in comment.text


def test_the_same_number_written_differently_is_no_change(
    reporter: User, january: MonthlyReturn, firm: Enterprise, book: Workbook
) -> None:
    client = signed_in_client(reporter)
    typed = {"export": "100.250", "import": "40.0"}
    save_grid_rows(client, january, "processing_trade", {"key": f"{firm.customs_code}/进料加工", "texts": typed})
    page = client.get(upload_workbook(client, january, workbook_bytes(book))["Location"]).content.decode()
    assert "文件可以写入，改动 12 处" in page


def test_a_stored_file_that_can_no_longer_be_read_is_refused_with_a_message(
    reporter: User, january: MonthlyReturn, book: Workbook, settings: Settings, tmp_path: Path
) -> None:
    settings.FILES_DIR = tmp_path
    client = signed_in_client(reporter)
    upload_workbook(client, january, workbook_bytes(book))
    sent = Upload.objects.get()
    torn = files.store_file(b"PK\x03\x04" + b"\0" * 60, content_type=XLSX)  # as somebody uploaded it, by older rules
    Upload.objects.update(file=torn)
    sent.refresh_from_db()
    for answer in (
        client.get(return_url(january, f"uploads/{sent.pk}/")),
        client.get(return_url(january, f"uploads/{sent.pk}/annotated/")),
        client.post(return_url(january, f"uploads/{sent.pk}/confirm/"), {"sha256": sent.file_id}),
    ):
        assert answer.status_code == 422 and "损坏" in answer.content.decode()
    assert not Row.objects.exists()


def test_an_upload_while_all_readers_are_busy_gets_503_and_retry_after(
    reporter: User, january: MonthlyReturn, book: Workbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBOOK_WAIT_SECONDS", "0")
    monkeypatch.setattr(reader_slots, "slot_count", lambda: 0)
    client = signed_in_client(reporter)
    client.raise_request_exception = False
    answer = upload_workbook(client, january, workbook_bytes(book))
    page = answer.content.decode()
    assert answer.status_code == 503 and answer["Retry-After"] == "60"
    assert "<h1>现在上传的人多" in page and "过一分钟再办一次" in page and "恢复" not in page


def test_uploading_the_confirmed_workbook_again_finds_the_same_upload_until_the_return_changes(
    reporter: User, january: MonthlyReturn, firm: Enterprise, book: Workbook
) -> None:
    client, data = signed_in_client(reporter), workbook_bytes(book)
    upload_workbook(client, january, data)
    sent = Upload.objects.get()
    client.post(return_url(january, f"uploads/{sent.pk}/confirm/"), {"sha256": sent.file_id})
    answer = upload_workbook(client, january, data, name="又一次.xlsx")
    assert answer["Location"] == return_url(january, f"uploads/{sent.pk}/") and Upload.objects.count() == 1
    page = client.get(answer["Location"]).content.decode()
    assert "已写入" in page and "没有改动" in page
    save_grid_rows(
        client,
        january,
        "processing_trade",
        {"key": f"{firm.customs_code}/进料加工", "version": 1, "texts": {"export": "7"}},
    )
    again = client.get(upload_workbook(client, january, data)["Location"]).content.decode()
    assert Upload.objects.count() == 2 and "1 格文件和系统中都改过" in again


def test_conflicts_are_decided_on_the_preview_page(
    reporter: User, january: MonthlyReturn, firm: Enterprise, book: Workbook
) -> None:
    client, key = signed_in_client(reporter), f"{firm.customs_code}/进料加工"
    save_grid_rows(client, january, "processing_trade", {"key": key, "texts": {"export": "7"}})
    preview = upload_workbook(client, january, workbook_bytes(book))["Location"]
    sent, field = Upload.objects.get(), f"cell|processing_trade|{key}|export"
    page = client.get(preview).content.decode()
    assert "1 格文件和系统中都改过，选定后写入" in page and f'name="{field}"' in page and "<b>7</b>" in page
    fields = {"sha256": sent.file_id, "version": MonthlyReturn.objects.get(pk=january.pk).version}
    unsaid = client.post(f"{preview}confirm/", fields)
    assert unsaid.status_code == 422 and "还有 1 格没有选" in unsaid.content.decode()
    assert Row.objects.get().texts == {"export": "7"}
    older = client.post(f"{preview}confirm/", {**fields, "version": january.version, field: "mine"})
    assert older.status_code == 409 and Row.objects.get().texts == {"export": "7"}
    wrong = client.post(
        f"{preview}confirm/", {**fields, field: "theirs"}
    )  # 7 does not agree with the summary of the file
    assert wrong.status_code == 409 and 'value="theirs" checked' in wrong.content.decode()
    assert Row.objects.get().texts == {"export": "7"}
    done = client.post(f"{preview}confirm/", {**fields, field: "mine"}, follow=True)
    assert "已写入" in done.content.decode() and Row.objects.get(key=key).texts["export"] == "100.25"
    assert client.get(preview).status_code == 200


def test_the_annotated_copy_describes_conflicts_at_their_cells(
    reporter: User, january: MonthlyReturn, firm: Enterprise, book: Workbook
) -> None:
    client, key = signed_in_client(reporter), f"{firm.customs_code}/进料加工"
    save_grid_rows(client, january, "processing_trade", {"key": key, "texts": {"export": "7"}})
    preview = upload_workbook(client, january, workbook_bytes(book))["Location"]
    marked = load_workbook(BytesIO(client.get(f"{preview}annotated/").content))
    comment = marked["加工贸易企业"]["F4"].comment.text
    assert "下载时是空白" in comment and "现在是“7”" in comment and "文件中是“100.25”" in comment


def test_a_workbook_is_read_before_the_return_is_locked(
    reporter: User, january: MonthlyReturn, book: Workbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in_client(reporter)
    upload_workbook(client, january, workbook_bytes(book))
    sent = Upload.objects.get()
    order: list[str] = []

    def noted(name: str, real: Callable[..., Any], *given: Any) -> Any:
        order.append(name)
        return real(*given)

    for module, name in ((upload_reader, "read"), (filling, "select_return_for_update")):
        monkeypatch.setattr(module, name, partial(noted, name, getattr(module, name)))
    filling.confirm_upload(sent.pk, sent.file_id, by=reporter)
    assert order == ["read", "select_return_for_update"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "文件是空的"),
        (b"x" * (FILE_BYTES + 1), "文件超过 10 MB"),
        (b"not a workbook", "另存"),
        (b"PK\x03\x04" + b"\0" * 60, "损坏"),
    ],
)
def test_a_file_that_is_no_return_is_refused_with_one_message(
    reporter: User, january: MonthlyReturn, data: bytes, message: str
) -> None:
    answer = upload_workbook(signed_in_client(reporter), january, data)
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert not Upload.objects.exists()


def test_a_file_name_with_markup_is_shown_as_text(reporter: User, january: MonthlyReturn, book: Workbook) -> None:
    client = signed_in_client(reporter)
    upload_workbook(client, january, workbook_bytes(book), name="<b>一月\u202e.xlsx")
    page = client.get(return_url(january, f"uploads/{Upload.objects.get().pk}/")).content.decode()
    assert "&lt;b&gt;一月" in page and "<b>一月" not in page


def test_an_upload_to_a_sent_return_is_refused(reporter: User, january: MonthlyReturn, firm: Enterprise) -> None:
    return_factories.filled(january, reporter, {firm.customs_code: ("100", "40")})
    return_factories.handed_up_and_signed(january, reporter, cast.lead())
    client = signed_in_client(reporter)
    assert client.get(return_url(january, "upload/")).status_code == 409
    assert upload_workbook(client, MonthlyReturn.objects.get(pk=january.pk), b"").status_code == 409


@pytest.mark.parametrize(
    ("mark", "value", "message"),
    [
        ("region", "430400", "这是衡阳市的报表，本页是长沙市"),
        ("month", "2012-12", "这是2012年12月的报表，本页是2013年1月"),
        ("month", "", "不是从本平台下载的月报表"),
    ],
)
def test_a_form_of_another_city_or_month_is_refused_and_names_it(
    reporter: User, january: MonthlyReturn, book: Workbook, mark: str, value: str, message: str
) -> None:
    for name, cell in book["_portal"].iter_rows(min_col=1, max_col=2):
        if name.value == mark:
            cell.value = value
    answer = upload_workbook(signed_in_client(reporter), january, workbook_bytes(book))
    assert answer.status_code == 422 and message in answer.content.decode()
    assert not Upload.objects.exists()
