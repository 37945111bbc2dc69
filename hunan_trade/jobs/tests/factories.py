"""Factories of jobs for tests."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now

from hunan_trade.jobs import actions
from hunan_trade.jobs.lease import SYSTEM, Lease
from hunan_trade.jobs.models import Job


def job(kind: str = "test.count", **facts: Any) -> Job:
    wish = {"payload": {}, "key": "one", "by": SYSTEM, "title": "计数", **facts}
    return actions.enqueue(kind, wish.pop("payload"), **wish)


def claim(job: Job, worker: str) -> Lease:
    lease = actions.claim_job(job.pk, worker)
    assert lease
    return lease


def expire_leases(*jobs: Job) -> None:
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(lease_until=Now())
