"""Tests which expired rows and files are deleted by the hourly housekeeping job."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import F
from django.db.models.functions import Now
from pytest_django import Settings

from hunan_trade import clock
from hunan_trade.accounts import login_failures, sessions
from hunan_trade.accounts.models import LoginFailures, SessionRecord
from hunan_trade.accounts.tests import factories as people
from hunan_trade.audit.models import Event
from hunan_trade.files import actions as files
from hunan_trade.indicators.actions import compact_version_tables
from hunan_trade.jobs import actions, broker
from hunan_trade.jobs.lease import SYSTEM
from hunan_trade.jobs.models import Job, ScheduledRun
from hunan_trade.web.models import StoredResponse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files_dir_without_announcements(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FILES_DIR = tmp_path / "files"
    monkeypatch.setattr(broker, "announce_job", lambda job_id: True)
    compact_version_tables()  # what the regions left, which every test database has


def run_housekeeping() -> dict[str, int]:
    job = actions.enqueue("portal.tidy", {}, key="now", by=SYSTEM)
    actions.run_job(job.pk, worker="w")
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.trace
    result: Any = job.result
    assert set(result) == set(portal.HOUSEKEEPING)
    return {name: count for name, count in result.items() if count}


def test_old_finished_jobs_are_deleted_and_others_stay() -> None:
    old, young, waiting = (create_finished_job(key) for key in ("old", "young", "waiting"))
    ScheduledRun.objects.create(name="returns.open", due_at=clock.real_now(), job=old)
    past = Now() - portal.JOBS_KEPT - timedelta(minutes=1)
    Job.objects.filter(pk=old.pk).update(finished_at=past)
    Job.objects.filter(pk=waiting.pk).update(state="waiting", finished_at=None, lease_until=Now(), created_at=past)
    assert run_housekeeping() == {"旧任务": 1}
    assert set(Job.objects.filter(kind="returns.open")) == {young, waiting}
    assert not ScheduledRun.objects.exists()
    assert run_housekeeping() == {}, "done twice it finds nothing"


def create_finished_job(key: str) -> Job:
    job = actions.enqueue("returns.open", {}, key=key, by=SYSTEM)
    Job.objects.filter(pk=job.pk).update(state="done", lease_until=None, finished_at=Now())
    return job


def test_expired_sessions_are_deleted_and_others_stay() -> None:
    idle, too_long, open_one = (open_session() for _ in range(3))
    SessionRecord.objects.filter(pk=idle.pk).update(seen_at=F("seen_at") - portal.SESSION_IDLE)
    SessionRecord.objects.filter(pk=too_long.pk).update(started_at=F("started_at") - portal.SESSION_ABSOLUTE)
    without_record = SessionStore()
    without_record.create()
    Session.objects.filter(pk=without_record.session_key).update(expire_date=clock.real_now() - timedelta(seconds=1))
    assert run_housekeeping().items() >= {"过期会话": 3}.items()
    assert list(SessionRecord.objects.values_list("session_key", flat=True)) == [open_one.session_key]
    assert list(Session.objects.values_list("pk", flat=True)) == [open_one.session_key]


def open_session() -> SessionRecord:
    return sessions.sign_in(SessionStore(), people.officer(), ip=None, browser="")


def test_expired_counts_of_failed_logins_are_deleted_and_locks_stay() -> None:
    now = clock.real_now()
    long_ago = now - portal.LOCKOUT_TIME - timedelta(seconds=1)
    LoginFailures.objects.bulk_create(
        [
            LoginFailures(name="old", count=2, last_at=long_ago),
            LoginFailures(name="unlocked", count=5, last_at=long_ago, locked_until=now - timedelta(seconds=1)),
            LoginFailures(name="locked", count=5, last_at=long_ago, locked_until=now + timedelta(minutes=1)),
            LoginFailures(name="young", count=2, last_at=now),
        ]
    )
    assert login_failures.delete_expired_counts() == 2
    assert set(LoginFailures.objects.values_list("pk", flat=True)) == {"locked", "young"}


def test_expired_idempotency_responses_are_deleted() -> None:
    account = people.officer()
    for key, age in (("past its time", 49), ("still standing", 47)):
        StoredResponse.objects.create(
            account=account,
            key=key,
            fingerprint="",
            status=200,
            body=b"",
            kept_at=clock.real_now() - timedelta(hours=age),
        )
    assert run_housekeeping().items() >= {"已答请求": 1}.items()
    assert StoredResponse.objects.get().key == "still standing"


def test_abandoned_partial_files_are_deleted_and_stored_ones_stay() -> None:
    stored = files.store_file(b"kept for ever", content_type="text/plain")
    abandoned, being_written = (stored.location.parent / f"{files.PARTIAL_PREFIX}{name}" for name in ("a", "b"))
    for path in (abandoned, being_written):
        path.write_bytes(b"half")
    hour_ago = time.time() - files.ABANDONED_AFTER - 1
    for path in (abandoned, stored.location):
        os.utime(path, (hour_ago, hour_ago))
    assert run_housekeeping() == {"未写完的文件": 1}
    assert not abandoned.exists() and being_written.exists() and stored.read() == b"kept for ever"


def test_housekeeping_logs_no_event() -> None:
    before = Event.objects.count()
    run_housekeeping()
    assert Event.objects.count() == before
