"""Where workers and beat start: `celery -A hunan_trade worker`, `celery -A hunan_trade beat`.

Any number of beats may run: what they send is idempotent. A message nobody took is dropped when the next one is due.
"""

from __future__ import annotations

import os
from typing import Any

from celery.beat import BeatLazyFunc
from celery.signals import beat_init

from hunan_trade import clock

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hunan_trade.settings")

from django.conf import settings

from hunan_trade.jobs.broker import app

MINUTE = 60


def _sent_at() -> str:
    return clock.real_now().isoformat()


def _every(seconds: float, task: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
    return {"task": task, "schedule": seconds, "args": args, "kwargs": kwargs, "options": {"expires": seconds * 2}}


app.autodiscover_tasks(["hunan_trade.jobs"])
app.conf.beat_scheduler = "celery.beat:Scheduler"  # in memory: nothing of the schedule is worth a file
app.conf.beat_schedule = {
    "ping": _every(settings.PING_EVERY.total_seconds(), "jobs.ping", BeatLazyFunc(_sent_at)),
    "sweep": _every(settings.SWEEP_EVERY.total_seconds(), "jobs.sweep"),
    "open due months": _every(MINUTE, "jobs.tick", kind="returns.open", title="按日历开放月报"),
    "draft due reports": _every(MINUTE, "jobs.tick", kind="reports.due", title="按日历起草通报"),
    "verify the log": _every(MINUTE, "jobs.tick", kind="audit.verify", title="核验审计记录链"),
}


@beat_init.connect
def ping_at_once(**_: Any) -> None:
    """So that health does not wait for the first interval."""
    app.send_task("jobs.ping", args=[_sent_at()], retry=False)
