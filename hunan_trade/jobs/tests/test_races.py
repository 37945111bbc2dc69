"""Tests that exactly one of several concurrent workers does a job."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from hunan_trade import clock
from hunan_trade.audit.models import Event
from hunan_trade.jobs import actions, broker
from hunan_trade.jobs.lease import Lease, renewed_in_background
from hunan_trade.jobs.models import Job, ScheduledRun
from hunan_trade.jobs.tests import factories
from hunan_trade.jobs.tests.condition_polling import wait_until_true
from hunan_trade.jobs.tests.worker_settings import TEST_JOBS

pytestmark = pytest.mark.usefixtures("cloned_database")


@pytest.fixture(autouse=True)
def quiet_broker(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.JOB_KINDS = TEST_JOBS
    monkeypatch.setattr(broker, "announce_job", lambda job_id: True)


def run_together(times: int, act: Callable[[int], Any]) -> list[Any]:
    """Run `act(0) … act(times - 1)` at the same time in threads; returns their results."""
    start = threading.Barrier(times)

    def wait_and_act(n: int) -> Any:
        try:
            connection.ensure_connection()
            start.wait()
            return act(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(wait_and_act, range(times)))


def test_one_worker_of_many_gets_the_job() -> None:
    job = factories.job()
    leases = run_together(16, lambda n: actions.claim_job(job.pk, f"worker {n}"))
    assert len([lease for lease in leases if lease]) == 1
    job.refresh_from_db()
    assert (job.attempt, job.fence) == (1, 1)


def test_one_message_delivered_20_times_has_one_effect() -> None:
    job = factories.job()
    run_together(20, lambda n: actions.run_job(job.pk, worker=f"worker {n}"))
    job.refresh_from_db()
    assert (job.state, job.attempt) == (Job.State.DONE, 1)
    assert Event.objects.filter(verb="test.counted").count() == 1


def test_an_abandoned_job_is_taken_over_by_one() -> None:
    job = factories.job()
    actions.claim_job(job.pk, "dead")
    factories.expire_leases(job)
    run_together(16, lambda n: actions.run_job(job.pk, worker=f"worker {n}"))
    job.refresh_from_db()
    assert (job.state, job.attempt) == (Job.State.DONE, 2)
    assert Event.objects.filter(verb="test.counted").count() == 1


def test_concurrent_equal_requests_create_one_job() -> None:
    jobs = run_together(16, lambda n: factories.job(key="2013-06"))
    assert len({job.pk for job in jobs}) == Job.objects.count() == 1


def test_three_beats_enqueue_a_scheduled_job_once() -> None:
    due = clock.now()
    asked = run_together(3, lambda n: actions.enqueue_scheduled("test.count", title="按日历开放月报", due_at=due))
    assert len([job for job in asked if job]) == Job.objects.count() == ScheduledRun.objects.count() == 1


def test_nobody_takes_a_job_over_while_its_effects_are_written() -> None:
    job = factories.job()
    lease = factories.claim(job, "slow")
    factories.expire_leases(job)
    with lease.fenced():
        assert run_together(2, lambda n: actions.claim_job(job.pk, f"worker {n}")) == [None, None]
        assert run_together(1, lambda n: actions.requeue_overdue()) == [0]
        lease.finish()
    assert actions.claim_job(job.pk, "late") is None


def test_the_lease_is_renewed_during_a_long_step(settings: Settings) -> None:
    settings.JOB_LEASE = timedelta(seconds=0.6)
    job, lease = claim_new_job()
    with renewed_in_background(lease):
        wait_until_true(lambda: Job.objects.filter(pk=job.pk, lease_until__gt=job.lease_until).exists())


def test_a_hung_job_does_not_keep_its_lease_beyond_the_time_limit(settings: Settings) -> None:
    settings.JOB_LEASE = timedelta(seconds=0.06)
    settings.CELERY_TASK_TIME_LIMIT = 0
    job, lease = claim_new_job()
    with renewed_in_background(lease):
        wait_until_true(lambda: not any(thread.name == f"lease of job {job.pk}" for thread in threading.enumerate()))
        assert Job.objects.get(pk=job.pk).lease_until == job.lease_until


def claim_new_job() -> tuple[Job, Lease]:
    lease = factories.claim(factories.job(), "busy")
    return Job.objects.get(pk=lease.job_id), lease
