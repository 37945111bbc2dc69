"""Celery shells; each is safe to run twice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hunan_trade.jobs import actions
from hunan_trade.jobs.broker import app


@app.task(name="jobs.run", bind=True)
def run(self: Any, job_id: int) -> None:
    actions.run(job_id, worker=f"{self.request.hostname}:{self.request.id}"[:120])


@app.task(name="jobs.sweep")
def sweep() -> None:
    actions.sweep()


@app.task(name="jobs.tick")
def tick(kind: str, title: str, nightly: bool = False) -> None:
    (actions.run_nightly if nightly else actions.run_hourly)(kind, title=title)


@app.task(name="jobs.ping")
def ping(sent_at: str, name: str) -> None:
    actions.answer_ping(sent_at=datetime.fromisoformat(sent_at), worker=name)
