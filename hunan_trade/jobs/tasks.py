"""Celery shells; each is safe to run twice."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from celery.signals import worker_shutdown
from django.db import DatabaseError

from hunan_trade.audit import verification
from hunan_trade.jobs import actions
from hunan_trade.jobs.broker import app

log = logging.getLogger(__name__)


@app.task(name="jobs.run", bind=True)
def run(self: Any, job_id: int) -> None:
    actions.run(job_id, worker=f"{self.request.hostname}:{self.request.id}"[:120])


@app.task(name="jobs.sweep")
def sweep() -> None:
    actions.sweep()


@app.task(name="jobs.keep_log_end")
def keep_log_end() -> None:
    verification.save_newest_head()


@worker_shutdown.connect
def keep_last_log_end(**_: Any) -> None:
    """What was logged since the last interval: the database may be in other hands before the portal starts again."""
    try:
        verification.save_newest_head()
    except (DatabaseError, OSError) as failure:
        log.warning("the end of the log is not kept at shutdown: %s", failure)


@app.task(name="jobs.tick")
def tick(kind: str, title: str, nightly: bool = False) -> None:
    (actions.run_nightly if nightly else actions.run_hourly)(kind, title=title)


@app.task(name="jobs.ping")
def ping(sent_at: str, name: str) -> None:
    actions.answer_ping(sent_at=datetime.fromisoformat(sent_at), worker=name)
