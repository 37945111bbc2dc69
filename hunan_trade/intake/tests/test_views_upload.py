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
from enterprises.tests import factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.files import actions as files
from hunan_trade.intake.actions import filling
from hunan_trade.intake.actions.filling import XLSX
from hunan_trade.intake.forms import FILE_BYTES
from hunan_trade.intake.models import MonthlyReturn, Row, Upload
from hunan_trade.intake.tests.browser import address, browser, bytes_of, save, upload, workbook
from hunan_trade.periods import Month
from hunan_trade.workbooks import reader_slots, upload_reader

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def february() -> Iterator[None]:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        yield


@pytest.fixture
def reporter() -> User:
    return cast.reporter()


@pytest.fixture
def firm(reporter: User) -> Enterprise:
    return factories.enterprise(reporter, name="清风电子")


@pytest.fixture
def january(firm: Enterprise) -> MonthlyReturn:
    return factories.opened("430100", Month(2013, 1))


@pytest.fixture
def book(january: MonthlyReturn) -> Workbook:
    """Return a complete workbook: one enterprise, twelve items."""
    book = workbook(january)
    trade, summary = book["加工贸易企业"], book["市州汇总"]
    trade["F4"], trade["G4"] = 100.25, 40
    for row, value in enumerate((140.25, 100.25, 40, 100.25, 40, 0, 0, 0, 0, 0, 0, 0), start=4):
        summary[f"E{row}"] = value
    return book


def test_a_workbook_is_previewed_and_then_written_over(reporter: User, january: MonthlyReturn, book: Workbook) -> None:
    client = browser(reporter)
    answer = upload(client, january, bytes_of(book))
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "文件可以写入，改动 14 处" in page and "100.25" in page
    assert not Row.objects.exists()
    sent = Upload.objects.get()
    done = client.post(address(january, f"uploads/{sent.pk}/confirm/"), {"sha256": sent.file_id}, follow=True)
    assert "检查通过" in done.content.decode()
    assert Row.objects.get(key__endswith="进料加工").texts["export"] == "100.25"


def test_the_confirmation_is_bound_to_file_and_state(
    reporter: User, january: MonthlyReturn, firm: Enterprise, book: Workbook
) -> None:
    client = browser(reporter)
    upload(client, january, bytes_of(book))
    sent = Upload.objects.get()
    confirm = address(january, f"uploads/{sent.pk}/confirm/")
    assert client.post(confirm, {"sha256": "0" * 64}).status_code == 409
    save(client, january, "processing_trade", {"key": f"{firm.customs_code}/进料加工", "texts": {"export": "7"}})
    assert client.post(confirm, {"sha256": sent.file_id}).status_code == 409
    page = client.get(address(january, f"uploads/{sent.pk}/")).content.decode()
    assert "上传之后月报又有改动" in page and "1 格文件和系统中都改过" in page and "写入 13 处" not in page
    assert Row.objects.get().texts == {"export": "7"}


def test_a_file_with_findings_is_told_whole_and_writes_nothing(
    reporter: User, january: MonthlyReturn, book: Workbook
) -> None:
    book["加工贸易企业"]["F4"] = "一百"
    book["加工贸易企业"]["G4"] = "=1+1"
    book["市州汇总"]["E9"] = 1.5
    client = browser(reporter)
    preview = upload(client, january, bytes_of(book))["Location"]
    page = client.get(preview).content.decode()
    assert all(text in page for text in ("文件有", "“一百”不是数", "“=1+1”是公式", "填整数，现填 1.5"))
    sent = Upload.objects.get()
    assert client.post(address(january, f"uploads/{sent.pk}/confirm/"), {"sha256": sent.file_id}).status_code == 409
    assert not Row.objects.exists()
    marked = client.get(address(january, f"uploads/{sent.pk}/annotated/"))
    comment = load_workbook(BytesIO(marked.content))["加工贸易企业"]["F4"].comment
    assert "不是数" in comment.text


def test_a_number_written_otherwise_is_no_change(
    reporter: User, january: MonthlyReturn, firm: Enterprise, book: Workbook
) -> None:
    client = browser(reporter)
    typed = {"export": "100.250", "import": "40.0"}
    save(client, january, "processing_trade", {"key": f"{firm.customs_code}/进料加工", "texts": typed})
    page = client.get(upload(client, january, bytes_of(book))["Location"]).content.decode()
    assert "文件可以写入，改动 12 处" in page


def test_a_kept_file_that_can_no_longer_be_read_is_refused_with_its_sentence(
    reporter: User, january: MonthlyReturn, book: Workbook, settings: Settings, tmp_path: Path
) -> None:
    settings.FILES_DIR = tmp_path
    client = browser(reporter)
    upload(client, january, bytes_of(book))
    sent = Upload.objects.get()
    torn = files.store_file(b"PK\x03\x04" + b"\0" * 60, content_type=XLSX)  # as somebody uploaded it, by older rules
    Upload.objects.update(file=torn)
    sent.refresh_from_db()
    for answer in (
        client.get(address(january, f"uploads/{sent.pk}/")),
        client.get(address(january, f"uploads/{sent.pk}/annotated/")),
        client.post(address(january, f"uploads/{sent.pk}/confirm/"), {"sha256": sent.file_id}),
    ):
        assert answer.status_code == 422 and "损坏" in answer.content.decode()
    assert not Row.objects.exists()


def test_who_finds_all_readers_busy_is_not_told_of_a_recovery(
    reporter: User, january: MonthlyReturn, book: Workbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBOOK_WAIT_SECONDS", "0")
    monkeypatch.setattr(reader_slots, "slot_count", lambda: 0)
    client = browser(reporter)
    client.raise_request_exception = False
    answer = upload(client, january, bytes_of(book))
    page = answer.content.decode()
    assert answer.status_code == 503 and answer["Retry-After"] == "60"
    assert "<h1>现在上传的人多" in page and "过一分钟再办一次" in page and "恢复" not in page


def test_the_workbook_that_was_taken_over_is_known_again_until_something_changes(
    reporter: User, january: MonthlyReturn, firm: Enterprise, book: Workbook
) -> None:
    client, data = browser(reporter), bytes_of(book)
    upload(client, january, data)
    sent = Upload.objects.get()
    client.post(address(january, f"uploads/{sent.pk}/confirm/"), {"sha256": sent.file_id})
    answer = upload(client, january, data, name="又一次.xlsx")
    assert answer["Location"] == address(january, f"uploads/{sent.pk}/") and Upload.objects.count() == 1
    page = client.get(answer["Location"]).content.decode()
    assert "已写入" in page and "没有改动" in page
    save(
        client,
        january,
        "processing_trade",
        {"key": f"{firm.customs_code}/进料加工", "version": 1, "texts": {"export": "7"}},
    )
    again = client.get(upload(client, january, data)["Location"]).content.decode()
    assert Upload.objects.count() == 2 and "1 格文件和系统中都改过" in again


def test_what_both_sides_changed_is_chosen_on_the_page(
    reporter: User, january: MonthlyReturn, firm: Enterprise, book: Workbook
) -> None:
    client, key = browser(reporter), f"{firm.customs_code}/进料加工"
    save(client, january, "processing_trade", {"key": key, "texts": {"export": "7"}})
    preview = upload(client, january, bytes_of(book))["Location"]
    sent, field = Upload.objects.get(), f"cell|processing_trade|{key}|export"
    page = client.get(preview).content.decode()
    assert "1 格文件和系统中都改过，选定后写入" in page and f'name="{field}"' in page and "<b>7</b>" in page
    told = {"sha256": sent.file_id, "version": MonthlyReturn.objects.get(pk=january.pk).version}
    unsaid = client.post(f"{preview}confirm/", told)
    assert unsaid.status_code == 422 and "还有 1 格没有选" in unsaid.content.decode()
    assert Row.objects.get().texts == {"export": "7"}
    older = client.post(f"{preview}confirm/", {**told, "version": january.version, field: "mine"})
    assert older.status_code == 409 and Row.objects.get().texts == {"export": "7"}
    wrong = client.post(
        f"{preview}confirm/", {**told, field: "theirs"}
    )  # 7 does not agree with the summary of the file
    assert wrong.status_code == 409 and 'value="theirs" checked' in wrong.content.decode()
    assert Row.objects.get().texts == {"export": "7"}
    done = client.post(f"{preview}confirm/", {**told, field: "mine"}, follow=True)
    assert "已写入" in done.content.decode() and Row.objects.get(key=key).texts["export"] == "100.25"
    assert client.get(preview).status_code == 200


def test_the_annotated_copy_says_at_its_cell_what_both_sides_changed(
    reporter: User, january: MonthlyReturn, firm: Enterprise, book: Workbook
) -> None:
    client, key = browser(reporter), f"{firm.customs_code}/进料加工"
    save(client, january, "processing_trade", {"key": key, "texts": {"export": "7"}})
    preview = upload(client, january, bytes_of(book))["Location"]
    marked = load_workbook(BytesIO(client.get(f"{preview}annotated/").content))
    comment = marked["加工贸易企业"]["F4"].comment.text
    assert "下载时是空白" in comment and "现在是“7”" in comment and "文件中是“100.25”" in comment


def test_who_works_on_the_return_does_not_wait_for_a_file_to_be_read(
    reporter: User, january: MonthlyReturn, book: Workbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser(reporter)
    upload(client, january, bytes_of(book))
    sent = Upload.objects.get()
    order: list[str] = []

    def noted(name: str, real: Callable[..., Any], *given: Any) -> Any:
        order.append(name)
        return real(*given)

    for module, name in ((upload_reader, "read"), (filling, "locked")):
        monkeypatch.setattr(module, name, partial(noted, name, getattr(module, name)))
    filling.confirm(sent.pk, sent.file_id, by=reporter)
    assert order == ["read", "locked"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "文件是空的"),
        (b"x" * (FILE_BYTES + 1), "文件超过 10 MB"),
        (b"not a workbook", "另存"),
        (b"PK\x03\x04" + b"\0" * 60, "损坏"),
    ],
)
def test_a_file_that_is_no_return_is_refused_with_one_sentence(
    reporter: User, january: MonthlyReturn, data: bytes, told: str
) -> None:
    answer = upload(browser(reporter), january, data)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Upload.objects.exists()


def test_a_file_name_is_only_a_text(reporter: User, january: MonthlyReturn, book: Workbook) -> None:
    client = browser(reporter)
    upload(client, january, bytes_of(book), name="<b>一月\u202e.xlsx")
    page = client.get(address(january, f"uploads/{Upload.objects.get().pk}/")).content.decode()
    assert "&lt;b&gt;一月" in page and "<b>一月" not in page


def test_nobody_uploads_to_a_return_that_was_sent(reporter: User, january: MonthlyReturn, firm: Enterprise) -> None:
    factories.filled(january, reporter, {firm.customs_code: ("100", "40")})
    factories.handed_up_and_signed(january, reporter, cast.lead())
    client = browser(reporter)
    assert client.get(address(january, "upload/")).status_code == 409
    assert upload(client, MonthlyReturn.objects.get(pk=january.pk), b"").status_code == 409


@pytest.mark.parametrize(
    ("mark", "value", "told"),
    [
        ("region", "430400", "这是衡阳市的报表，本页是长沙市"),
        ("month", "2012-12", "这是2012年12月的报表，本页是2013年1月"),
        ("month", "", "不是从本平台下载的月报表"),
    ],
)
def test_another_citys_or_months_form_is_refused_by_name(
    reporter: User, january: MonthlyReturn, book: Workbook, mark: str, value: str, told: str
) -> None:
    for name, cell in book["_portal"].iter_rows(min_col=1, max_col=2):
        if name.value == mark:
            cell.value = value
    answer = upload(browser(reporter), january, bytes_of(book))
    assert answer.status_code == 422 and told in answer.content.decode()
    assert not Upload.objects.exists()
