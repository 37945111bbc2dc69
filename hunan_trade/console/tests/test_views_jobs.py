"""Tests of the pages of background jobs: who sees which jobs, progress, and retrying."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from hunan_trade import clock
from hunan_trade.accounts.models import SessionRecord, User
from hunan_trade.accounts.tests import factories as people
from hunan_trade.jobs import actions, broker
from hunan_trade.jobs.models import Job, Ping
from hunan_trade.jobs.tests import factories
from hunan_trade.jobs.tests.worker_settings import TEST_JOBS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet_broker(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.JOB_KINDS = TEST_JOBS
    monkeypatch.setattr(broker, "announce_job", lambda job_id: True)


def signed_in_client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def get_page(user: User, name: str, *args: object, **query: str) -> str:
    address = reverse("jobs:home" if name == "jobs" else f"console:{name}", args=args)
    response = signed_in_client(user).get(address, query)
    assert response.status_code == 200
    return response.content.decode()


def failed_job(kind: str = "test.raise_unexpected_error", **facts: Any) -> Job:
    job = factories.job(kind, **facts)
    actions.run_job(job.pk, worker="w")
    return job


def test_users_see_only_the_jobs_they_requested() -> None:
    li, wang = people.reporter("431000"), people.reporter("431000")
    own = factories.job(by=li, region="431000", title="导出郴州月报")
    foreign = factories.job(key="two", title="生成6月通报")
    listed = get_page(li, "jobs")
    assert "导出郴州月报" in listed and "生成6月通报" not in listed and "执行程序" not in listed
    assert "导出郴州月报" in get_page(li, "job-progress", own.pk)
    for name in ("job", "job-progress"):
        assert signed_in_client(wang).get(reverse(f"console:{name}", args=[own.pk])).status_code == 404
        assert signed_in_client(li).get(reverse(f"console:{name}", args=[foreign.pk])).status_code == 404


def test_administrators_see_all_jobs_and_the_workers() -> None:
    actions.record_ping_answer(sent_at=clock.real_now(), worker="celery@office-1")
    factories.job(by=people.reporter("431000"), region="431000", title="导出郴州月报")
    listed = get_page(people.administrator(), "jobs")
    assert "导出郴州月报" in listed and "celery@office-1" in listed and "1 个在办" in listed


def test_the_progress_element_polls_until_the_job_is_finished() -> None:
    officer = people.officer()
    job = factories.job(by=officer)
    lease = factories.claim(job, "w")
    lease.advance(5, 20, "核对附表")
    Job.objects.update(started_at=Now() - timedelta(seconds=10))
    running = get_page(officer, "job-progress", job.pk)
    assert f'hx-get="{reverse("console:job-progress", args=[job.pk])}"' in running
    assert "5 / 20" in running and "核对附表，约剩 30 秒，可以离开。" in running
    lease.finish()
    assert "hx-get" not in get_page(officer, "job-progress", job.pk)


def test_polling_a_jobs_progress_does_not_keep_an_idle_session_alive() -> None:
    officer = people.officer()
    job, client = factories.job(by=officer), signed_in_client(officer)
    client.get(reverse("jobs:home"))
    SessionRecord.objects.update(seen_at=Now() - timedelta(minutes=20))
    before = SessionRecord.objects.get().seen_at
    client.get(reverse("console:job-progress", args=[job.pk]))
    assert SessionRecord.objects.get().seen_at == before
    client.get(reverse("console:job", args=[job.pk]))
    assert SessionRecord.objects.get().seen_at > before


def test_a_failed_job_shows_its_reason_and_only_the_administrator_sees_the_trace() -> None:
    officer = people.officer()
    job = failed_job(by=officer)
    assert actions.FAULT in get_page(officer, "job", job.pk)
    assert "ZeroDivisionError" not in get_page(officer, "job", job.pk)
    assert "ZeroDivisionError" in get_page(people.administrator(), "job", job.pk)
    assert "1 个没办成" in get_page(officer, "jobs", state="failed")


def test_a_failed_job_can_be_retried() -> None:
    officer = people.officer()
    job = failed_job("test.raise_refusal")
    assert "重新办理任务" in get_page(officer, "job", job.pk)
    answer = signed_in_client(officer).post(reverse("console:job-retry", args=[job.pk]), follow=True)
    assert "已重新办理“计数”" in answer.content.decode()
    assert "重新办理任务" not in get_page(officer, "job", job.pk)
    assert signed_in_client(officer).post(reverse("console:job-retry", args=[job.pk])).status_code == 409


def test_a_requester_without_the_permission_cannot_retry_a_job() -> None:
    li = people.reporter("431000")
    job = failed_job("test.raise_refusal", by=li)
    assert "重新办理任务" not in get_page(li, "job", job.pk)
    assert signed_in_client(li).post(reverse("console:job-retry", args=[job.pk])).status_code == 403


def test_a_stuck_job_is_reported_on_the_jobs_page() -> None:
    factories.job()
    Job.objects.update(queued_at=Now() - timedelta(minutes=11))
    assert "1 个任务超过 10 分钟没有办完" in get_page(people.administrator(), "jobs")


def test_a_silent_worker_is_reported_to_administrators_only() -> None:
    actions.record_ping_answer(sent_at=clock.real_now(), worker="heavy@one")
    assert "应答正常" in get_page(people.administrator(), "jobs")
    Ping.objects.update(answered_at=Now() - settings.PING_STALE - timedelta(seconds=1))
    assert "应答正常" not in get_page(people.administrator(), "jobs")
    assert "1 个执行程序没有应答" in signed_in_client(people.administrator()).get("/").content.decode()
    assert "heavy@one" not in get_page(people.reporter("431000"), "jobs")


def test_a_quarantined_job_is_shown_on_the_administrators_home_page_and_list() -> None:
    job = factories.job()
    Job.objects.filter(pk=job.pk).update(attempt=settings.JOB_ATTEMPTS)
    actions.run_job(job.pk, worker="w")
    administrator = people.administrator()
    assert "已隔离" in get_page(administrator, "jobs", state="quarantined")
    assert "1 个没办成" in signed_in_client(administrator).get("/").content.decode()


@pytest.mark.parametrize("query", [{}, {"state": "running"}, {"view": "all"}])
def test_an_empty_job_list_shows_an_explanation(query: dict[str, str]) -> None:
    assert "empty-state" in get_page(people.officer(), "jobs", **query)
