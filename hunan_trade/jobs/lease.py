"""Defines the lease of a job, which is a worker's right to run the job until another worker takes it over.

The fence is the number of the run. Whoever claims the job raises it, and from then on every write of the older run
finds no row and ends in LeaseLost; so a worker that was only slow, frozen or cut off can do no harm when it wakes up.

How long a lease lasts. It is renewed by `advance`, and between two advances by a thread of the working process, so
that one long silent step (a PDF) is not started twice. The thread dies with the process, so a killed worker is noticed
within JOB_LEASE; and it stops by itself at the hard time limit (300 s), so a hung job keeps its lease no longer than
any job may take. Both lie below the broker's visibility timeout (600 s).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import System
from hunan_trade.jobs.models import Job, JobQuerySet, new_lease_end
from hunan_trade.workflow import MoveRefused

log = logging.getLogger(__name__)
SYSTEM = System("后台任务")


class LeaseLost(Exception):
    """Raised when a worker may no longer run a job, because another took it over or the job has ended.

    The caller must stop and write nothing more.
    """


@dataclass
class Lease:
    """A worker's time-limited right to run a job, which the job's function receives as first argument.

    `def write(lease, *, report) -> result | None`.

    The function may be run more than once (its worker is killed after the work, before the last word), so its effects
    go inside `fenced()`, best together with `finish`; bytes stored by hash may lie outside. A `MoveRefused` ends the
    job as 没办成 with its sentence.
    """

    job_id: int
    kind: str
    fence: int
    attempt: int
    region: str
    by: User | System  # whoever asked; the system for the calendar's jobs
    finished: bool = field(default=False, init=False)

    def advance(self, done: int, total: int | None = None, note: str = "") -> None:
        """Save the job's progress, and extend the worker's time-limited right to run the job.

        `note` is a few Chinese words. Raises LeaseLost.

        Called outside `fenced()`: inside, nobody sees the progress before the end, and the row stays locked.
        """
        self._update(done=done, total=total, note=note, lease_until=new_lease_end())

    @contextmanager
    def fenced(self) -> Iterator[Job]:
        """Context manager that opens a transaction in which no other worker can take over the job.

        Its row is locked and its fence is ours.

        LeaseLost if it no longer is; MoveRefused if the requester may no longer request it.
        """
        with transaction.atomic():
            job = self._row().select_related("requested_by").select_for_update(of=("self",)).first()
            if job is None:
                raise LeaseLost(self.job_id)
            if reason := requester_refusal(job):
                raise MoveRefused(reason)
            yield job

    def finish(self, result: Any = None) -> None:
        """Mark the job as done, and store its result, a small JSON value.

        Within `fenced()` this commits together with the effects.
        """
        self._update(state=Job.State.DONE, result=result, lease_until=None, finished_at=Now(), error="", trace="")
        self.finished = True

    def fail(self, error: str, trace: str = "") -> None:
        """Mark the job as failed with a Chinese message for users; only a person can retry the job."""
        self._update(state=Job.State.FAILED, error=error[:300], trace=trace, lease_until=None, finished_at=Now())
        self.finished = True

    def requeue(self, trace: str) -> None:
        """Put the job back into the queue after a temporary fault, and store the error's traceback.

        It is retried until the attempts are used up.
        """
        self._update(state=Job.State.WAITING, lease_until=Now(), trace=trace)

    def renew(self) -> bool:
        """Extend the worker's right to run the job; return False if the worker has lost this right."""
        return bool(self._row().update(lease_until=new_lease_end()))

    def _row(self) -> JobQuerySet:
        return Job.objects.current_run_of(self.job_id, self.fence)

    def _update(self, **values: Any) -> None:
        if not self._row().update(**values):
            raise LeaseLost(self.job_id)


REQUESTER_DISABLED = "交办人的账号已停用，任务不再办理"
REQUESTER_LACKS_PERMISSION = "交办人已没有办这项任务的权限，任务不再办理"
REQUESTER_MOVED = "交办人已不在这个地区任职，任务不再办理"


def requester_refusal(job: Job) -> str:
    """Return why the user who requested a job may no longer have it run, or "" if the user still may.

    The account was closed, the permission lost, or the region changed.
    """
    requester, permission = job.requested_by, settings.JOB_PERMISSIONS.get(job.kind)
    if requester is None:
        return ""
    if not requester.is_active:
        return REQUESTER_DISABLED
    if permission and not requester.may(permission):
        return REQUESTER_LACKS_PERMISSION
    return REQUESTER_MOVED if job.region and not requester.sees_region(job.region) else ""


@contextmanager
def progress_saver_outside_transaction(lease: Lease) -> Iterator[Callable[[int, int], None]]:
    """Context manager that yields a function to save a job's progress outside the current transaction.

    It is the lease's `advance`, for a job that reads everything in one transaction.
    """
    with ThreadPoolExecutor(1, thread_name_prefix=f"progress of job {lease.job_id}") as thread:
        try:
            yield lambda done, total: thread.submit(lease.advance, done, total).result()
        finally:
            thread.submit(connection.close)


@contextmanager
def renewed_in_background(lease: Lease) -> Iterator[None]:
    """Context manager in which a thread keeps renewing a job's lease, up to Celery's hard time limit."""
    over = threading.Event()
    renewal = threading.Thread(
        target=_renew_until, args=(lease, over), name=f"lease of job {lease.job_id}", daemon=True
    )
    renewal.start()
    try:
        yield
    finally:
        over.set()
        renewal.join()


def _renew_until(lease: Lease, over: threading.Event) -> None:
    pause = settings.JOB_LEASE.total_seconds() / 3
    last = time.monotonic() + settings.CELERY_TASK_TIME_LIMIT
    try:
        while not over.wait(pause) and time.monotonic() < last:
            try:
                if not lease.renew():
                    return
            except DatabaseError as failure:  # the row is locked by our own effects, or the database is away
                log.warning("lease of job %s not renewed: %s", lease.job_id, failure)
                connection.close()
    finally:
        connection.close()
