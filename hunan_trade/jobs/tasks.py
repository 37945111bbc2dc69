"""Celery tasks that run jobs; each task may safely be run twice."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from celery.signals import worker_shutdown
from django.db import DatabaseError

from hunan_trade.audit import chain_verification
from hunan_trade.jobs import actions
from hunan_trade.jobs.broker import app

log = logging.getLogger(__name__)


@app.task(name="jobs.run", bind=True)
def run(self: Any, job_id: int) -> None:
    actions.run_job(job_id, worker=f"{self.request.hostname}:{self.request.id}"[:120])


@app.task(name="jobs.sweep")
def requeue_overdue_jobs() -> None:
    actions.requeue_overdue()


@app.task(name="jobs.keep_log_end")
def save_log_head() -> None:
    chain_verification.save_newest_head()


@worker_shutdown.connect
def save_log_head_at_shutdown(**_: Any) -> None:
    """Save the newest link of the audit log's hash chain to disk when a worker shuts down."""
    try:
        chain_verification.save_newest_head()
    except (DatabaseError, OSError) as failure:
        log.warning("the end of the log is not kept at shutdown: %s", failure)


@app.task(name="jobs.tick")
def enqueue_periodic_job(kind: str, title: str, nightly: bool = False) -> None:
    (actions.enqueue_nightly if nightly else actions.enqueue_hourly)(kind, title=title)


@app.task(name="jobs.ping")
def record_ping_answer(sent_at: str, name: str) -> None:
    actions.record_ping_answer(sent_at=datetime.fromisoformat(sent_at), worker=name)
