"""Tests of the actions that enqueue, run, retry and requeue jobs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.accounts.tests import factories as people
from hunan_trade.audit.models import Event
from hunan_trade.jobs import actions, broker, lease
from hunan_trade.jobs.lease import LeaseLost
from hunan_trade.jobs.models import Job, Ping, ScheduledRun
from hunan_trade.jobs.tests import factories
from hunan_trade.jobs.tests.worker_settings import TEST_JOBS
from hunan_trade.workflow import MoveRefused

pytestmark = pytest.mark.django_db
State = Job.State


@pytest.fixture(autouse=True)
def announced_ids(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collect the ids of announced jobs instead of sending messages."""
    settings.JOB_KINDS = TEST_JOBS
    announced: list[int] = []

    def record_announcement(job_id: int) -> bool:
        announced.append(job_id)
        return True

    monkeypatch.setattr(broker, "announce_job", record_announcement)
    return announced


def count_effects() -> int:
    return Event.objects.filter(verb="test.counted").count()


# --- Asking ---------------------------------------------------------------------------------------------------------


def test_equal_requests_share_one_job_until_it_is_finished(
    announced_ids: list[int], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        first = factories.job(key="2013-06")
        assert factories.job(key="2013-06") == first
        assert factories.job(key="2013-07") != first
    actions.run_job(first.pk, worker="w")
    assert factories.job(key="2013-06") != first
    assert announced_ids.count(first.pk) == 1


def test_a_job_exists_only_if_its_transaction_commits(
    announced_ids: list[int], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            factories.job()
            raise ZeroDivisionError
        assert not Job.objects.exists()
    assert announced_ids == []


def test_an_undeclared_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        factories.job("test.unheard_of")


def test_enqueueing_works_without_a_broker(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    monkeypatch.undo()
    settings.JOB_KINDS = TEST_JOBS
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    with django_capture_on_commit_callbacks(execute=True):
        job = factories.job()
    assert job in Job.objects.overdue(), "the next sweep announces it"
    assert actions.requeue_overdue() == 0
    assert job in Job.objects.overdue(), "and the one after that, while the broker is away"


# --- Doing ----------------------------------------------------------------------------------------------------------


def test_a_job_is_done_once_however_often_it_is_announced() -> None:
    job = factories.job(payload={"month": "2013-06"})
    for _ in range(3):
        actions.run_job(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, job.attempt, job.result) == (State.DONE, 1, {"counted": {"month": "2013-06"}})
    assert (job.done, job.total, job.note) == (1, 2, "数到一半")
    assert count_effects() == 1


def test_a_claimed_job_is_not_given_to_another_worker() -> None:
    job = factories.job()
    assert actions.claim_job(job.pk, "a") is not None
    assert actions.claim_job(job.pk, "b") is None


def test_a_run_that_was_taken_over_can_write_nothing_more() -> None:
    job = factories.job()
    slow = actions.claim_job(job.pk, "slow")
    factories.expire_leases(job)
    fast = actions.claim_job(job.pk, "fast")
    assert slow and fast and fast.attempt == 2
    for write in (partial(slow.advance, 1), slow.finish, partial(slow.fail, "没有"), partial(slow.requeue, "")):
        with pytest.raises(LeaseLost):
            write()
    with pytest.raises(LeaseLost), slow.fenced():
        pytest.fail("the effects of an overtaken run must not begin")
    assert not slow.renew()
    fast.finish()


def test_a_slow_worker_keeps_its_job_while_no_other_claims_it() -> None:
    job = factories.job()
    lease = factories.claim(job, "slow")
    factories.expire_leases(job)
    lease.advance(1, 3, "还在办")
    assert actions.claim_job(job.pk, "other") is None


def test_progress_beyond_the_total_is_refused_by_the_table() -> None:
    lease = factories.claim(factories.job(), "w")
    with pytest.raises(IntegrityError), transaction.atomic():
        lease.advance(4, 3)


def test_effects_and_completion_commit_together() -> None:
    job = factories.job("test.raise_unexpected_error")
    actions.run_job(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, job.error, count_effects()) == (State.FAILED, actions.FAULT, 0)
    assert "ZeroDivisionError" in job.trace


@pytest.mark.parametrize(
    ("kind", "error"),
    [("test.raise_refusal", "月报还没有核定，先核定再生成"), ("test.exceed_time_limit", actions.TOO_LONG)],
)
def test_a_failed_job_stores_its_reason_as_a_sentence(kind: str, error: str) -> None:
    job = factories.job(kind)
    actions.run_job(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, job.error) == (State.FAILED, error)


def test_a_temporary_fault_is_retried_until_the_attempts_are_used_up(
    settings: Settings, announced_ids: list[int]
) -> None:
    job = factories.job("test.raise_temporary_fault")
    for attempt in range(1, settings.JOB_ATTEMPTS + 1):
        actions.run_job(job.pk, worker="w")
        job.refresh_from_db()
        assert (job.state, job.attempt) == (State.WAITING, attempt)
        assert actions.requeue_overdue() == 1
    actions.run_job(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, job.error) == (State.QUARANTINED, "连续 3 次中途停止，已隔离，不再自动办理")
    assert Event.objects.get(verb="job.quarantined").object_id == str(job.pk)
    assert actions.requeue_overdue() == 0


def test_a_job_of_a_disabled_account_is_not_begun() -> None:
    chen = people.officer()
    job = factories.job(by=chen)
    chen.is_active = False
    chen.save()
    actions.run_job(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, count_effects()) == (State.FAILED, 0)


def test_a_job_of_an_account_disabled_meanwhile_has_no_effects() -> None:
    chen = people.officer()
    lease = factories.claim(factories.job(by=chen), "w")
    assert lease.by == chen
    chen.is_active = False
    chen.save()
    with pytest.raises(MoveRefused), lease.fenced():
        pytest.fail("the effects must not begin")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"role": "auditor"}, lease.REQUESTER_LACKS_PERMISSION),
        ({"role": ""}, lease.REQUESTER_LACKS_PERMISSION),
        ({"is_active": False}, lease.REQUESTER_DISABLED),
    ],
)
@pytest.mark.parametrize("under_way", [False, True])
def test_a_job_fails_when_its_requester_loses_the_permission(
    settings: Settings, change: dict[str, bool] | dict[str, str], reason: str, under_way: bool
) -> None:
    settings.JOB_PERMISSIONS = {"test.count": Permission.PREPARE_REPORT.value}
    chen = people.officer()
    job = factories.job(by=chen)
    held = actions.claim_job(job.pk, "w") if under_way else None
    User.objects.filter(pk=chen.pk).update(**change)
    if held:
        with pytest.raises(MoveRefused, match=reason), held.fenced():
            pytest.fail("the effects must not begin")
    else:
        actions.run_job(job.pk, worker="w")
        job.refresh_from_db()
        assert (job.state, job.error, count_effects()) == (State.FAILED, reason, 0)


def test_a_city_job_fails_when_its_requester_moves_to_another_city() -> None:
    li = people.reporter("431000")
    job = factories.job(by=li, region="431000")
    User.objects.filter(pk=li.pk).update(region_id="430100")
    actions.run_job(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, job.error, count_effects()) == (State.FAILED, lease.REQUESTER_MOVED, 0)


# --- Picking up -----------------------------------------------------------------------------------------------------


def test_the_sweep_announces_only_dropped_jobs(announced_ids: list[int]) -> None:
    factories.job(key="fresh")
    dropped, held, lost = (factories.job(key=key) for key in ("dropped", "held", "lost"))
    abandoned = factories.claim(dropped, "dead")
    actions.claim_job(held.pk, "alive")
    factories.expire_leases(dropped, lost)
    assert actions.requeue_overdue() == 2
    assert announced_ids == [dropped.pk, lost.pk]
    assert actions.requeue_overdue() == 0, "they have a lease's time to be taken"
    with pytest.raises(LeaseLost):
        abandoned.advance(1)


def test_a_failed_job_can_be_retried_with_the_permission(
    announced_ids: list[int], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    chen = people.officer()
    job = factories.job("test.raise_refusal")
    actions.run_job(job.pk, worker="w")
    with django_capture_on_commit_callbacks(execute=True):
        again = actions.retry_job(job, by=chen)
    assert (again.state, again.attempt, again.fence, again.error) == (State.WAITING, 0, 1, "")
    assert announced_ids[-1] == job.pk
    event = Event.objects.get(verb="job.retried")
    assert event.before and (event.actor_id, event.before["state"]) == (chen.pk, "failed")


def test_a_retry_is_refused_without_the_permission_while_waiting_or_beside_its_twin() -> None:
    chen, auditor = people.officer(), people.auditor()
    job = factories.job("test.raise_refusal")
    with pytest.raises(MoveRefused, match="等待"):
        actions.retry_job(job, by=chen)
    actions.run_job(job.pk, worker="w")
    with pytest.raises(MoveRefused, match="权限"):
        actions.retry_job(job, by=auditor)
    factories.job("test.raise_refusal")
    with pytest.raises(MoveRefused, match="已在办理"):
        actions.retry_job(job, by=chen)


# --- Calendar and pings ---------------------------------------------------------------------------------------------


def test_hourly_jobs_are_enqueued_once_an_hour_even_if_the_clock_is_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def tick(hour: int, minute: int) -> bool:
        monkeypatch.setattr(clock, "real_now", lambda: datetime(2013, 7, 8, hour, minute, tzinfo=UTC))
        return actions.enqueue_hourly("test.count", title="按日历开放月报") is not None

    assert [tick(9, 58), tick(9, 59), tick(10, 0)] == [True, False, True]
    assert [tick(9, 30), tick(15, 0), tick(10, 1), tick(11, 0)] == [False, True, False, True], "put back, put forward"
    assert ScheduledRun.objects.count() == Job.objects.count() == 4


def test_pings_older_than_a_day_are_deleted() -> None:
    actions.record_ping_answer(sent_at=clock.real_now(), worker="old")
    Ping.objects.update(answered_at=Now() - timedelta(days=2))
    actions.record_ping_answer(sent_at=clock.real_now(), worker="new")
    actions.record_ping_answer(sent_at=clock.real_now(), worker="new")
    assert [ping.worker for ping in Ping.objects.all()] == ["new"]


# --- The table ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "done"},
        {"state": "paused"},
        {"state": "running", "started_at": Now()},
        {"state": "failed", "lease_until": None, "finished_at": Now()},
        {"lease_until": None},
        {"done": F("done") + 1, "total": 0},
    ],
)
def test_the_table_refuses_impossible_states(wrong: dict[str, Any]) -> None:
    job = factories.job()
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**wrong)


def test_a_job_is_visible_to_job_administrators_and_to_its_requester_within_the_region() -> None:
    officer, administrator = people.officer(), people.administrator()
    li, wang = people.reporter("431000"), people.reporter("431000")
    job = factories.job(by=li, region="431000")
    assert [job in Job.objects.visible_to(who) for who in (officer, administrator, li)] == [True, True, True]
    assert [job in Job.objects.visible_to(who) for who in (wang, people.auditor())] == [False, False]
    li.region_id = "430100"
    assert not Job.objects.visible_to(li).exists(), "transferred to another city"
