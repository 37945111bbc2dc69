"""Tests how the portal works and recovers when the disk, the broker or the database fails.

Each line of docs/manual/faults.md is tested.
"""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from enterprises.tests import return_factories as returns
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.files.actions import store_file
from hunan_trade.files.models import StoredFile
from hunan_trade.intake import return_sheets
from hunan_trade.intake.actions import filling
from hunan_trade.intake.models import MonthlyReturn, Upload
from hunan_trade.jobs.models import Job
from hunan_trade.periods import Month
from hunan_trade.testing.plugin import ClonedDatabase
from reporting.models import Report
from reporting.tests import factories

KEY = {"Idempotency-Key": "disk-2013-01"}
FREE_BYTES = 2_000  # bytes that still fit into a file


@pytest.fixture(autouse=True)
def fixed_clock() -> Iterator[None]:
    with clock.frozen_at(clock.at(date(2013, 2, 8), 10)):
        yield


@pytest.fixture
def files_dir(settings: Settings, tmp_path: Path) -> Path:
    settings.FILES_DIR, settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "files", str(tmp_path)
    return tmp_path


@contextmanager
def full_disk() -> Iterator[None]:
    """Context manager that simulates a full disk, on which only a file's first bytes are written."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FREE_BYTES, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def files_below(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


def signed_in_client(user: User) -> Client:
    client = factories.logged_in_client(user)
    client.raise_request_exception = False
    return client


@pytest.fixture
def january(db: None) -> tuple[User, MonthlyReturn, bytes]:
    place = factories.create_city("430100")
    monthly_return = returns.opened("430100", Month(2013, 1))
    book = return_sheets.stored_sheets(monthly_return).workbook(version=monthly_return.version, demo=True)
    assert len(book) > FREE_BYTES
    return place.reporter, monthly_return, book


# --- The disk is full -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("in_memory", [True, False])
def test_an_upload_onto_a_full_disk_leaves_nothing_and_succeeds_later(
    january: tuple[User, MonthlyReturn, bytes], files_dir: Path, settings: Settings, in_memory: bool
) -> None:
    """Fill the disk where files are stored, and where Django puts large uploads."""
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10_000_000 if in_memory else 0
    reporter, _, book = january
    client, where = signed_in_client(reporter), "/returns/430100/2013-01/upload/"

    def send() -> Any:
        return client.post(where, {"file": SimpleUploadedFile("1月.xlsx", book)}, headers=KEY)

    with full_disk():
        answer = send()
    page = answer.content.decode()
    assert answer.status_code == 507 and answer["Retry-After"] and "存储空间已满" in page and "信息中心" in page
    assert files_below(files_dir) == [] and not StoredFile.objects.exists() and not Upload.objects.exists()
    assert not Event.objects.filter(verb="return.uploaded").exists()
    assert send().status_code == 302 and Upload.objects.get().file.read() == book


def test_a_file_too_large_for_the_disk_leaves_nothing_and_is_stored_later(files_dir: Path, db: None) -> None:
    with full_disk(), pytest.raises(OSError, match="File too large"):
        store_file(b"x" * 50_000, content_type="text/plain")
    assert files_below(files_dir) == [] and not StoredFile.objects.exists()
    assert store_file(b"x" * 50_000, content_type="text/plain").read() == b"x" * 50_000


def test_an_api_upload_onto_a_full_disk_gets_problem_json(
    january: tuple[User, MonthlyReturn, bytes], files_dir: Path
) -> None:
    reporter, monthly_return, book = january
    client = Client(raise_request_exception=False, headers=cast.bearer_headers(reporter, "submit"))
    with full_disk():
        answer = client.post(f"/api/v1/returns/{monthly_return.pk}/uploads/", book, filling.XLSX, headers=KEY)
    assert answer.status_code == 507 and answer["Content-Type"].startswith("application/problem+json")
    assert "存储空间已满" in answer.json()["detail"] and files_below(files_dir) == []
    assert (
        client.post(f"/api/v1/returns/{monthly_return.pk}/uploads/", book, filling.XLSX, headers=KEY).status_code == 201
    )


@pytest.mark.slow
def test_a_bulletin_whose_files_cannot_be_stored_is_not_issued(files_dir: Path, db: None) -> None:
    people, place = factories.create_province(), factories.create_city("430100")
    for year, figures in ((2012, ("100", "40")), (2013, ("150", "50"))):
        factories.accepted(place, Month(year, 1), figures, people.officer)
    report = factories.reviewed(people)
    before = files_below(files_dir)
    sent = {"shown": report.content_sha256, "confirm_missing": "on"}
    client = signed_in_client(people.boss)
    with full_disk():
        answer = client.post(f"/reports/{report.pk}/issue/", sent, headers=KEY)
    assert answer.status_code == 507 and "本次没有保存" in answer.content.decode()
    assert files_below(files_dir) == before and not Event.objects.filter(verb="report.issued").exists()
    assert client.post(f"/reports/{report.pk}/issue/", sent, headers=KEY).status_code == 302
    assert Report.objects.get(pk=report.pk).number == 1


def test_typing_and_reading_work_while_the_disk_is_full(
    january: tuple[User, MonthlyReturn, bytes], files_dir: Path
) -> None:
    with full_disk():
        client = signed_in_client(january[0])
        assert client.get("/returns/430100/2013-01/").status_code == 200
        body = {"sheet": "city_summary", "rows": [{"key": "06", "version": 0, "texts": {"month": "3"}}]}
        assert client.post("/returns/430100/2013-01/rows/", body, "application/json").status_code == 200


# --- The broker is gone ---------------------------------------------------------------------------------------------
def test_without_the_broker_pages_work_and_jobs_wait(
    settings: Settings, db: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    cast.reporter("430100")
    returns.opened("430100", Month(2013, 1))
    client = signed_in_client(cast.officer())
    with django_capture_on_commit_callbacks(execute=True):
        asked = client.post("/reports/prepare/", {"kind": "monthly-bulletin", "month": "2013-01"})
    assert asked.status_code == 302 and Job.objects.get().state == Job.State.WAITING
    assert client.get("/reports/").status_code == 200
    health = client.get("/healthz")
    assert health.status_code == 503 and health.json()["broker"] is False and health.json()["database"] is True


# --- The database is gone -------------------------------------------------------------------------------------------
@pytest.fixture
def no_database(cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Fixture that yields a monkeypatch with which a test takes the database away.

    Undoing the patch brings the database back.
    """
    with pytest.MonkeyPatch.context() as gone:
        yield gone
    connection.close()


def test_without_the_database_everything_answers_503_and_recovers_by_itself(
    no_database: pytest.MonkeyPatch,
) -> None:
    user = cast.officer()
    client = signed_in_client(user)
    headers = cast.bearer_headers(user)
    client.raise_request_exception = False
    connection.close()
    no_database.setitem(connection.settings_dict, "HOST", "/nowhere")
    for answer in (client.get("/returns/"), client.get("/login/"), client.post("/reports/prepare/", {})):
        page = answer.content.decode()
        assert answer.status_code == 503 and answer["Retry-After"] == "5" and "数据库没有应答" in page
        assert "系统正在恢复" in page and "Traceback" not in page and "/nowhere" not in page
    program = Client(raise_request_exception=False, headers=headers).get("/api/v1/regions/")
    assert program.status_code == 503 and program["Content-Type"].startswith("application/problem+json")
    assert program["Retry-After"] == "5"
    health = Client().get("/healthz")
    assert (health.status_code, health.json()["status"], health.json()["database"]) == (503, "failing", False)
    style = Client().get("/static/css/tokens.css")
    style.close()
    assert style.status_code == 200
    no_database.undo()
    assert client.get("/returns/").status_code == 200


# --- The clock is off -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("off", [timedelta(minutes=10), timedelta(minutes=-10)])
def test_a_clock_ten_minutes_off_signs_nobody_out(db: None, monkeypatch: pytest.MonkeyPatch, off: timedelta) -> None:
    client = signed_in_client(cast.officer())
    program = Client(headers=cast.bearer_headers(cast.officer()))
    real = clock.real_now
    monkeypatch.setattr(clock, "real_now", lambda: real() + off)
    assert client.get("/returns/").status_code == 200
    assert program.get("/api/v1/regions/").status_code == 200


def test_the_table_of_faults_names_existing_tests() -> None:
    manual = (Path(__file__).parents[2] / "docs/manual/faults.md").read_text()
    tests = {name for name in globals() if name.startswith("test_")}
    rows = [line for line in manual.splitlines() if line.startswith("| ") and not line.startswith("| Fault")]
    assert len(rows) >= 9 and all(line.count(" | ") >= 4 for line in rows)
    cited = {word.strip("`") for line in rows for word in line.split() if word.startswith("`test_")}
    elsewhere = json.dumps(
        [path.read_text() for path in Path(__file__).parents[2].glob("hunan_trade/**/tests/test_*.py")]
    )
    assert all(name in tests or f"def {name}(" in elsewhere for name in cited) and len(cited) >= 9
