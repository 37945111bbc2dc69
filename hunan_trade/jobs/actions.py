"""Enqueues, claims, runs and retries jobs, and requeues the jobs that no worker finished."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.actions import System, record
from hunan_trade.files import actions as files
from hunan_trade.files.models import UnreadableFile
from hunan_trade.jobs import broker
from hunan_trade.jobs.lease import SYSTEM, Lease, LeaseLost, renewed_in_background, requester_refusal
from hunan_trade.jobs.models import Job, Ping, ScheduledRun, new_lease_end
from hunan_trade.workflow import MoveRefused

log = logging.getLogger(__name__)

EXHAUSTED = "连续 {attempts} 次中途停止，已隔离，不再自动办理"
TOO_LONG = "超过规定时长没有办完，已停止"
FAULT = "程序出错，已停止。系统管理员可查看出错位置"
REQUEUE_LIMIT = 200
NIGHT_HOUR = 2  # o'clock in Asia/Shanghai


@transaction.atomic
def enqueue(
    kind: str, payload: Mapping[str, Any], *, key: str, by: User | System, title: str = "后台任务", region: str = ""
) -> Job:
    """Add a background job in the caller's transaction, or return the unfinished job of the same kind and key.

    While a job of this kind and key is waiting or running, that job is the answer. So let the key name what is wished
    for with its version, where the job must see what the caller has just written. Works without the broker.
    KeyError: the kind is not in settings.JOB_KINDS.
    """
    settings.JOB_KINDS[kind]
    defaults = {
        "payload": dict(payload),
        "title": title,
        "region": region,
        "requested_by": by if isinstance(by, User) else None,
        "lease_until": new_lease_end(),
    }
    for look in range(3):
        try:
            job, is_new = Job.objects.unfinished().get_or_create(kind=kind, key=key, defaults=defaults)
            break
        except IntegrityError:  # the twin that was in the way finished between two looks
            if look == 2:
                raise
    if is_new:
        job.refresh_from_db()
        transaction.on_commit(partial(_announce_job, job.pk), robust=True)
    return job


def _announce_job(job_id: int) -> None:
    if not broker.announce_job(job_id):
        Job.objects.filter(pk=job_id, state=Job.State.WAITING).update(lease_until=Now())


@transaction.atomic(durable=True)
def claim_job(job_id: int, worker: str) -> Lease | None:
    """Reserve a job for this worker; return its lease (the right to run it), or None if it must not run now.

    The attempt is counted and committed before the work begins: a job that kills its worker is quarantined.
    """
    job = (
        Job.objects.claimable()
        .filter(pk=job_id)
        .select_related("requested_by")
        .select_for_update(skip_locked=True, of=("self",))
        .first()
    )
    if job is None:
        return None
    if job.attempt >= settings.JOB_ATTEMPTS:
        _end_unsuccessfully(job, Job.State.QUARANTINED, EXHAUSTED.format(attempts=job.attempt))
        return None
    if reason := requester_refusal(job):
        _end_unsuccessfully(job, Job.State.FAILED, reason)
        return None
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.RUNNING,
        attempt=F("attempt") + 1,
        fence=F("fence") + 1,
        lease_until=new_lease_end(),
        worker=worker,
        started_at=Now(),
        done=0,
        total=None,
        note="",
    )
    return Lease(
        job_id=job.pk,
        kind=job.kind,
        fence=job.fence + 1,
        attempt=job.attempt + 1,
        region=job.region,
        by=job.requested_by or SYSTEM,
    )


def _end_unsuccessfully(job: Job, state: str, error: str) -> None:
    Job.objects.filter(pk=job.pk).update(state=state, error=error, lease_until=None, finished_at=Now())
    record(f"job.{state}", by=SYSTEM, subject=job, region=job.region, reason=error, result="failed")
    log.error("job %s (%s) is %s: %s", job.pk, job.kind, state, error)


def run_job(job_id: int, *, worker: str) -> None:
    """Run a background job if this worker can claim it; otherwise do nothing.

    Errors are stored with the job, not raised.
    """
    lease = claim_job(job_id, worker)
    if lease is None:
        return
    try:
        with renewed_in_background(lease):
            _execute(lease)
    except LeaseLost:
        log.warning("job %s was taken over while worker %s held it", job_id, worker)


def _execute(lease: Lease) -> None:
    payload = Job.objects.values_list("payload", flat=True).get(pk=lease.job_id)
    try:
        result = import_string(settings.JOB_KINDS[lease.kind])(lease, **payload)
        if not lease.finished:
            lease.finish(result)
    except LeaseLost:
        raise
    except MoveRefused as refused:
        lease.fail(str(refused))
    except UnreadableFile as unreadable:
        files.check_file(unreadable.sha256, by=lease.by)
        lease.fail(str(unreadable))
    except SoftTimeLimitExceeded:
        lease.fail(TOO_LONG, traceback.format_exc())
    except (OperationalError, InterfaceError):
        trace = traceback.format_exc()
        log.warning("job %s met a passing fault", lease.job_id, exc_info=True)
        if not connection.is_usable():
            connection.close()
        lease.requeue(trace)
    except Exception:
        log.exception("job %s failed", lease.job_id)
        lease.fail(FAULT, traceback.format_exc())


@transaction.atomic
def retry_job(job: Job, *, by: User) -> Job:
    """Put a failed or quarantined (repeatedly aborted) job back into the queue, and return the job.

    Attempts start anew, the fence stays.
    """
    if not by.may(Permission.SEE_JOBS):
        raise MoveRefused("没有重新办理任务的权限")
    job = Job.objects.select_for_update().get(pk=job.pk)
    if not job.may_be_retried:
        raise MoveRefused(f"“{job.get_state_display()}”的任务不能重新办理")
    try:
        with transaction.atomic():
            Job.objects.filter(pk=job.pk).update(
                state=Job.State.WAITING,
                attempt=0,
                lease_until=new_lease_end(),
                queued_at=Now(),
                finished_at=None,
                worker="",
                error="",
                trace="",
            )
    except IntegrityError as twin:
        raise MoveRefused("同样的任务已在办理") from twin
    record("job.retried", by=by, subject=job, region=job.region, before={"state": job.state, "error": job.error})
    transaction.on_commit(partial(_announce_job, job.pk), robust=True)
    job.refresh_from_db()
    return job


def requeue_overdue() -> int:
    """Requeue the jobs that were never claimed or whose worker stopped responding; return their number."""
    with transaction.atomic():
        overdue = Job.objects.overdue().order_by("pk").select_for_update(skip_locked=True)
        ids = list(overdue.values_list("pk", flat=True)[:REQUEUE_LIMIT])
        # Waiting again: the silent worker has lost its lease, should it come back.
        Job.objects.filter(pk__in=ids).update(state=Job.State.WAITING, lease_until=new_lease_end(), worker="")
    for n, job_id in enumerate(ids):
        if not broker.announce_job(job_id):  # then not the others either: they are overdue again soon
            Job.objects.filter(pk__in=ids[n:], state=Job.State.WAITING).update(lease_until=Now())
            return n
    return len(ids)


@transaction.atomic
def enqueue_scheduled(kind: str, *, title: str, due_at: datetime) -> Job | None:
    """Enqueue the job that is due at `due_at`; return None if another scheduler has already enqueued it."""
    entry, is_new = ScheduledRun.objects.get_or_create(name=kind, due_at=due_at)
    if not is_new:
        return None
    entry.job = enqueue(kind, {}, key=due_at.isoformat(), by=SYSTEM, title=title)
    entry.save(update_fields=["job"])
    return entry.job


def enqueue_hourly(kind: str, *, title: str) -> Job | None:
    """Enqueue this hour's run of an hourly job; return None if another scheduler has already enqueued it.

    In real time, also in the demo, whose day never ends.

    A clock that is put back asks for nothing twice; one that is put forward skips hours, whose work the next one does.
    """
    return enqueue_scheduled(kind, title=title, due_at=clock.real_now().replace(minute=0, second=0, microsecond=0))


def enqueue_nightly(kind: str, *, title: str) -> Job | None:
    """Enqueue last night's run of a nightly job; return None if another scheduler has already enqueued it.

    Due at NIGHT_HOUR o'clock.

    In real time; a missed night is made up for by day.
    """
    now = clock.real_now().astimezone(clock.SHANGHAI)
    night = now.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return enqueue_scheduled(kind, title=title, due_at=night if night <= now else night - timedelta(days=1))


def record_ping_answer(*, sent_at: datetime, worker: str) -> None:
    """Store that a worker or the beat scheduler has just answered the ping sent at `sent_at`.

    Deletes pings older than a day.
    """
    Ping.objects.update_or_create(worker=worker, defaults={"sent_at": sent_at, "answered_at": Now()})
    Ping.objects.filter(answered_at__lt=Now() - timedelta(days=1)).delete()
