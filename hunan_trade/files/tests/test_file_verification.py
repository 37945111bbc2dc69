"""Tests that stored files are compared with their hash at every read and every night."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from pytest_django import Settings

from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.files import actions, file_verification
from hunan_trade.files.models import StoredFile, UnreadableFile
from hunan_trade.jobs import actions as jobs
from hunan_trade.jobs.models import Job, ScheduledRun
from hunan_trade.jobs.tests.condition_polling import wait_until_true
from hunan_trade.tests.test_row_locks import queries_waiting_for

CONTENT = "六月月报".encode()


@pytest.fixture(autouse=True)
def files_folder(settings: Settings, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path / "files"
    return tmp_path / "files"


def store_text(text: str) -> StoredFile:
    return actions.store_file(text.encode(), content_type="text/plain")


def change_one_byte(stored: StoredFile) -> None:
    data = stored.location.read_bytes()
    stored.location.write_bytes(bytes([data[0] ^ 1]) + data[1:])


def run_nightly_verification() -> dict[str, int]:
    job = jobs.enqueue_nightly("files.verify", title="核对存储文件")
    assert job is not None
    jobs.run_job(job.pk, worker="w")
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    result: Any = job.result
    Job.objects.all().delete()
    return dict(result)


@pytest.mark.django_db
def test_a_changed_or_lost_file_is_not_read() -> None:
    changed, gone = store_text("改过的"), store_text("丢了的")
    change_one_byte(changed)
    gone.location.unlink()
    with pytest.raises(UnreadableFile) as damaged:
        changed.read()
    with pytest.raises(UnreadableFile) as missing:
        gone.read()
    assert (damaged.value.fault, missing.value.fault) == (StoredFile.Fault.DAMAGED, StoredFile.Fault.MISSING)


@pytest.mark.django_db
def test_storing_the_same_content_again_repairs_a_damaged_file() -> None:
    stored = store_text("六月")
    change_one_byte(stored)
    actions.check_file(stored.pk, by=cast.officer())
    assert store_text("六月").read() == "六月".encode()
    assert StoredFile.objects.get().fault == ""
    assert list(Event.objects.filter(verb__startswith="file.").values_list("verb", flat=True)) == [
        "file.damaged",
        "file.restored",
    ]


def test_nightly_verification_reports_each_fault_once_and_its_repair(cloned_database: object) -> None:
    whole, changed, gone = store_text("好的"), store_text("改过的"), store_text("丢了的")
    good = changed.location.read_bytes()
    change_one_byte(changed)
    gone.location.unlink()
    assert run_nightly_verification() == {"compared": 3, "remaining": 0, "damaged": 1, "missing": 1}
    assert _reported_faults() == {("file.damaged", changed.pk), ("file.missing", gone.pk)}
    _make_nightly_job_due()
    run_nightly_verification()
    assert Event.objects.filter(verb__in=["file.damaged", "file.missing"]).count() == 2
    changed.location.write_bytes(good)
    _make_nightly_job_due()
    assert run_nightly_verification() == {"compared": 3, "remaining": 0, "damaged": 0, "missing": 1}
    assert _reported_faults() == {
        ("file.damaged", changed.pk),
        ("file.missing", gone.pk),
        ("file.restored", changed.pk),
    }
    whole.refresh_from_db()
    assert whole.fault == "" and whole.looked_at is not None


def test_verification_that_runs_out_of_time_continues_the_next_night(
    cloned_database: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [store_text(f"第{n}份").pk for n in range(5)]
    monkeypatch.setattr(file_verification, "BATCH", 2)
    monkeypatch.setattr(file_verification, "MAX_SECONDS", -1)  # over after the first handful
    assert run_nightly_verification() == {"compared": 2, "remaining": 3, "damaged": 0, "missing": 0}
    first = set(StoredFile.objects.exclude(looked_at=None).values_list("pk", flat=True))
    _make_nightly_job_due()
    run_nightly_verification()
    second = set(StoredFile.objects.exclude(looked_at=None).values_list("pk", flat=True))
    assert len(first) == 2 and first < second and len(second) == 4 and second <= set(names)


def test_an_unmounted_disk_fails_the_job_and_blames_no_single_file(cloned_database: object, files_folder: Path) -> None:
    store_text("一"), store_text("二")
    files_folder.rename(files_folder.with_name("elsewhere"))
    job = jobs.enqueue_nightly("files.verify", title="核对存储文件")
    assert job is not None
    jobs.run_job(job.pk, worker="w")
    job.refresh_from_db()
    assert job.state == Job.State.FAILED and job.error == "存放文件的目录不在。检查磁盘是否挂载，再重新办理"
    assert _reported_faults() == set()


def test_the_command_lists_the_files_to_restore_from_the_backup(cloned_database: object) -> None:
    whole, changed = store_text("好的"), store_text("改过的")
    good = changed.location.read_bytes()
    change_one_byte(changed)
    out = StringIO()
    with pytest.raises(CommandError, match="2 份中 1 份已损坏"):
        call_command("verify_files", stdout=out)
    assert f"{changed.pk[:2]}/{changed.pk}" in out.getvalue() and whole.pk not in out.getvalue()
    changed.location.write_bytes(good)
    out = StringIO()
    call_command("verify_files", stdout=out)
    assert out.getvalue() == "2 份文件都与存入时一致。\n"


def test_storing_content_that_is_being_deleted_waits_and_writes_it_again(cloned_database: object) -> None:
    """Hold the row lock under which both sides check the disk."""
    sha256 = store_text("同一份").pk
    found: list[bytes] = []

    def store_in_thread() -> None:
        try:
            found.append(store_text("同一份").read())
        finally:
            connection.close()

    with transaction.atomic(), connection.cursor() as sql:
        assert actions.delete_if_unreferenced(sha256)
        sql.execute("SELECT pg_backend_pid()")
        [pid] = sql.fetchone()
        other = Thread(target=store_in_thread)
        other.start()
        wait_until_true(lambda: queries_waiting_for(pid) or not other.is_alive(), what="the other to come to the lock")
    other.join()
    assert found == ["同一份".encode()]
    assert StoredFile.objects.get(pk=sha256).read() == "同一份".encode()


def test_concurrent_storing_and_deleting_never_leaves_a_row_without_its_file(cloned_database: object) -> None:
    both = Barrier(2, timeout=20)

    def store_in_thread(n: int) -> None:
        try:
            both.wait()
            store_text(f"第{n}份")
        finally:
            connection.close()

    def delete_in_thread(sha256: str) -> None:
        try:
            both.wait()
            with transaction.atomic():
                actions.delete_if_unreferenced(sha256)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for n in range(40):
            sha256 = store_text(f"第{n}份").pk
            for done in (pool.submit(store_in_thread, n), pool.submit(delete_in_thread, sha256)):
                done.result()
    for stored in StoredFile.objects.all():
        stored.read()


def _reported_faults() -> set[tuple[str, str]]:
    return set(Event.objects.filter(verb__startswith="file.").values_list("verb", "after__sha256"))


def _make_nightly_job_due() -> None:
    """Delete the records of scheduled runs, so that the nightly job is due again."""
    ScheduledRun.objects.all().delete()
