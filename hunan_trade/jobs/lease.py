"""A lease: the right to do one job now, as long as nobody else has taken it over.

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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import System
from hunan_trade.jobs.models import Job, JobQuerySet, lease_end
from hunan_trade.workflow import MoveRefused

log = logging.getLogger(__name__)
SYSTEM = System("后台任务")


class LeaseLost(Exception):
    """Another run of the job has taken over, or it is finished: stop, and write nothing more."""


@dataclass
class Lease:
    """What a job's function is given: `def write(lease, *, report) -> result | None`.

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
        """Show progress (`note`: a few Chinese words) and renew; LeaseLost if taken over.

        Called outside `fenced()`: inside, nobody sees the progress before the end, and the row stays locked.
        """
        self._held(done=done, total=total, note=note, lease_until=lease_end())

    @contextmanager
    def fenced(self) -> Iterator[Job]:
        """A transaction in which the job cannot be taken over: its row is locked and its fence is ours.

        LeaseLost if it no longer is; MoveRefused if who asked could not ask for it any more.
        """
        with transaction.atomic():
            job = self._row().select_related("requested_by").select_for_update(of=("self",)).first()
            if job is None:
                raise LeaseLost(self.job_id)
            if reason := withdrawn(job):
                raise MoveRefused(reason)
            yield job

    def finish(self, result: Any = None) -> None:
        """Done, with a small JSON result. Inside `fenced()` it becomes true together with the effects."""
        self._held(state=Job.State.DONE, result=result, lease_until=None, finished_at=Now(), error="", trace="")
        self.finished = True

    def fail(self, error: str, trace: str = "") -> None:
        """Not done, and not to be tried again without a person: `error` is their sentence."""
        self._held(state=Job.State.FAILED, error=error[:300], trace=trace, lease_until=None, finished_at=Now())
        self.finished = True

    def release(self, trace: str) -> None:
        """Give it back after a passing fault: the sweeper hands it out again, until the attempts are used up."""
        self._held(state=Job.State.WAITING, lease_until=Now(), trace=trace)

    def renew(self) -> bool:
        """Whether the lease was ours to renew."""
        return bool(self._row().update(lease_until=lease_end()))

    def _row(self) -> JobQuerySet:
        return Job.objects.held_by(self.job_id, self.fence)

    def _held(self, **values: Any) -> None:
        if not self._row().update(**values):
            raise LeaseLost(self.job_id)


ASKER_DISABLED = "交办人的账号已停用，任务不再办理"
ASKER_LACKS = "交办人已没有办这项任务的权限，任务不再办理"
ASKER_MOVED = "交办人已不在这个地区任职，任务不再办理"


def withdrawn(job: Job) -> str:
    """Why the job may not be done, because of what has become of whoever asked since; "" if it may."""
    asker, permission = job.requested_by, settings.JOB_PERMISSIONS.get(job.kind)
    if asker is None:
        return ""
    if not asker.is_active:
        return ASKER_DISABLED
    if permission and not asker.may(permission):
        return ASKER_LACKS
    return ASKER_MOVED if job.region and not asker.sees_region(job.region) else ""


@contextmanager
def kept_alive(lease: Lease) -> Iterator[None]:
    """Renew from a thread while the block runs, at most until the hard time limit."""
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(lease, over), name=f"lease of job {lease.job_id}", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep(lease: Lease, over: threading.Event) -> None:
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
