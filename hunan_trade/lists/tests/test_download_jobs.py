"""Tests downloads that background jobs write, with their offer, completeness, access and expiry."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from unittest import mock

import openpyxl
import pytest
from django.conf import settings
from django.core.exceptions import BadRequest
from django.db.models import F
from django.http import QueryDict
from django.test import Client

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.audit.models import Event
from hunan_trade.files.models import StoredFile
from hunan_trade.jobs import actions as jobs
from hunan_trade.jobs.expired_data_deletion import delete_old_jobs
from hunan_trade.jobs.lease import Lease
from hunan_trade.jobs.models import Job
from hunan_trade.lists.downloads import download_jobs, list_file_writer
from hunan_trade.lists.downloads.list_file_writer import DownloadQuery
from hunan_trade.lists.models import ColumnChoice, ListDownload
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.workflow import MoveRefused
from parks.actions import load_parks
from parks.models import Park
from parks.tables import PARKS
from reporting.tests.factories import logged_in_client

CITY = "431000"


@pytest.fixture
def reporter(cloned_database: ClonedDatabase) -> User:
    """Jobs save their progress on a connection of their own, so all is committed."""
    regions.load_regions()
    load_parks(by=System("初始化"))
    return cast.reporter(CITY)


def request(user: User, address: str = "") -> ListDownload:
    asked = DownloadQuery.from_parameters(PARKS, user, QueryDict(address))
    return download_jobs.request_download(asked, by=user)


def run(download: ListDownload) -> ListDownload:
    jobs.run_job(download.job_id, worker="w")
    return ListDownload.objects.select_related("job", "file").get(pk=download.pk)


def file_url(download: ListDownload) -> str:
    return f"/downloads/{download.pk}/"


def content(answer: Any) -> bytes:
    data = b"".join(answer.streaming_content)
    answer.close()
    return data


def grow_old(download: ListDownload, age: timedelta) -> None:
    ListDownload.objects.filter(pk=download.pk).update(created_at=F("created_at") - age)


# --- From the list to the file --------------------------------------------------------------------------------------
def test_a_large_list_is_offered_as_a_job_and_arrives_whole(reporter: User) -> None:
    client = logged_in_client(reporter)
    address = "/parks/download/?sort=-name&format=xlsx"
    with mock.patch.object(list_file_writer, "LIMIT", 26):
        assert client.get(address)["Content-Disposition"].startswith("attachment")
    with mock.patch.object(list_file_writer, "LIMIT", 25):
        offer = client.get(address).content.decode()
    assert (
        "筛选出 26 个，超过 25 个，在后台生成" in offer
        and 'action="/parks/download/?sort=-name&amp;format=xlsx"' in offer
    )
    assert client.post(address).headers["Location"] == "/downloads/" and Job.objects.count() == 1
    waiting = client.get("/downloads/").content.decode()
    assert "导出园区平台 .xlsx" in waiting and "排队等待" in waiting
    download = run(ListDownload.objects.get())
    done = client.get(f"{file_url(download)}progress/").content.decode()
    assert "26 条，保存到" in done and f'href="{file_url(download)}"' in done and "hx-get" not in done
    answer = client.get(file_url(download))
    sheet = openpyxl.load_workbook(BytesIO(content(answer))).worksheets[0]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == list(
        Park.objects.order_by("-name_order").values_list("name", flat=True)
    )
    assert answer["Content-Disposition"].startswith("attachment") and answer["Content-Type"].startswith(
        "application/vnd"
    )
    event = Event.objects.latest("seq")
    assert (event.verb, event.actor_id) == ("file.downloaded", reporter.pk) and event.after
    assert event.after["rows"] == 26


def test_the_job_shows_its_progress_while_it_reads_one_snapshot(reporter: User) -> None:
    """(traps D3)"""
    seen: list[tuple[int, int | None]] = []
    advance = Lease.advance

    def note(lease: Lease, done: int, total: int | None = None, note: str = "") -> None:
        advance(lease, done, total, note)
        seen.append(Job.objects.values_list("done", "total").get(pk=lease.job_id))
        Park.objects.create(
            name=f"新园{done}", city_id=CITY, kind="park", level="county", certainty="seen", as_of_2013=True
        )

    with mock.patch.object(list_file_writer, "CHUNK", 10), mock.patch.object(Lease, "advance", note):
        download = run(request(reporter))
    assert seen == [(10, 26), (20, 26), (26, 26)] and Park.objects.count() == 29
    assert download.count == 26 and download.file is not None
    book = openpyxl.load_workbook(BytesIO(download.file.read()))
    assert book.worksheets[0].max_row == 27 and ("条数", "26 个") in book.worksheets[1].iter_rows(values_only=True)


def test_the_file_is_what_was_asked_whatever_the_reader_chooses_meanwhile(reporter: User) -> None:
    download = request(reporter, "columns=name,level&city=own&format=csv")
    every = request(reporter, "format=csv")
    ColumnChoice.objects.create(user=reporter, listing="parks", columns=["note"])
    data = run(download).file.read().decode("utf-8-sig")  # type: ignore[union-attr]
    assert data.splitlines()[0] == "园区,级别" and len(data.splitlines()) == 1 + Park.objects.filter(city=CITY).count()
    assert run(every).file.read().decode("utf-8-sig").startswith("园区,市州,")  # type: ignore[union-attr]


def test_words_such_as_this_month_are_read_as_on_the_day_of_the_request(reporter: User) -> None:
    """(traps P4)"""
    with clock.frozen_at(clock.now() - timedelta(days=60)):
        then = clock.today()
        download = request(reporter)
    days: list[date] = []

    def read_address(*_: Any) -> None:
        days.append(clock.today())
        raise BadRequest

    with mock.patch.object(DownloadQuery, "from_parameters", side_effect=read_address):
        assert "请到名录页重新导出" in run(download).job.error
    assert days == [then]


def test_the_same_wish_is_one_job_and_a_person_waits_for_a_few_files_only(reporter: User) -> None:
    first = request(reporter)
    assert request(reporter).pk == first.pk and request(reporter, "format=csv").pk != first.pk
    request(reporter, "sort=name")
    with pytest.raises(MoveRefused, match="已有 3 份文件在生成"):
        request(reporter, "sort=-name")
    run(first)
    assert request(reporter).pk != first.pk


def test_more_records_than_a_sheet_holds_end_the_job_with_a_sentence(reporter: User) -> None:
    with mock.patch.object(list_file_writer, "MAX_RECORDS", 25):
        download = run(request(reporter))
    assert download.file is None and download.job.state == "failed"
    assert "请改为导出 .csv" in logged_in_client(reporter).get("/downloads/").content.decode()


# --- Who may get it, and for how long -------------------------------------------------------------------------------
def status(client: Client, download: ListDownload) -> int:
    answer = client.get(file_url(download))
    answer.close()
    return answer.status_code


@pytest.mark.parametrize("change", [{"region_id": "430100"}, {"role": "province_officer", "region_id": None}])
def test_only_who_asked_gets_the_file_and_only_in_the_same_place(reporter: User, change: dict[str, Any]) -> None:
    """(traps D2)"""
    download, waiting = run(request(reporter)), request(reporter, "format=csv")
    assert status(logged_in_client(reporter), download) == 200
    for other in (cast.reporter(CITY), cast.lead(CITY), cast.officer(), cast.administrator()):
        assert status(logged_in_client(other), download) in (403, 404)
        assert "导出园区平台" not in logged_in_client(other).get("/downloads/").content.decode()
    User.objects.filter(pk=reporter.pk).update(**change)
    moved = logged_in_client(User.objects.get(pk=reporter.pk))
    assert status(moved, download) == 404 and moved.get(f"{file_url(download)}progress/").status_code == 404
    assert "导出园区平台" not in moved.get("/downloads/").content.decode()
    assert run(waiting).file is None and Job.objects.get(pk=waiting.job_id).state == "failed"


def test_the_list_must_still_be_open_to_the_reader(reporter: User) -> None:
    """(traps D2)"""
    download, waiting = run(request(reporter)), request(reporter, "format=csv")
    with mock.patch.object(download_jobs, "declared", return_value=[]):
        assert status(logged_in_client(reporter), download) == 404
        assert "请到名录页重新导出" in run(waiting).job.error


def test_a_file_is_deleted_after_its_days_and_before_its_job(reporter: User) -> None:
    """(traps D2)"""
    old, new = run(request(reporter)), run(request(reporter, "format=csv"))
    grow_old(old, settings.LIST_DOWNLOADS_KEPT + timedelta(minutes=1))
    grow_old(new, settings.LIST_DOWNLOADS_KEPT - timedelta(minutes=1))
    assert old.file is not None and old.file.location.exists()
    assert download_jobs.delete_expired_downloads() == 1 and list(ListDownload.objects.all()) == [new]
    assert not StoredFile.objects.filter(pk=old.file_id).exists() and not old.file.location.exists()
    assert status(logged_in_client(reporter), new) == 200
    names = list(settings.HOUSEKEEPING)
    assert names.index("导出的文件") < names.index("旧任务") and settings.LIST_DOWNLOADS_KEPT <= settings.JOBS_KEPT
    Job.objects.filter(pk=old.job_id).update(finished_at=F("finished_at") - 2 * settings.JOBS_KEPT)
    assert delete_old_jobs() == 1


def test_a_damaged_file_is_not_handed_out(reporter: User) -> None:
    download = run(request(reporter, "format=csv"))
    assert download.file is not None
    download.file.location.write_bytes(b"x")
    answer = logged_in_client(reporter).get(file_url(download))
    assert answer.status_code >= 400 and "已损坏" in answer.content.decode()


def test_the_menu_says_what_happens_to_a_large_list(reporter: User) -> None:
    page = logged_in_client(reporter).get("/parks/").content.decode()
    assert re.search(r"超过 5,000 个在后台生成，不会少一个", page) and 'href="/downloads/"' in page
    assert " download>" not in page, "the browser would store the page that offers a job as a file"
