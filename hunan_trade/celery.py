"""Celery app for workers and beat, with the schedule of periodic tasks.

Started by `celery -A hunan_trade worker` and `celery -A hunan_trade beat`.

Any number of beats may run: what they send is idempotent. A message nobody took is dropped when the next one is due.
"""

from __future__ import annotations

import os
from typing import Any

from celery import bootsteps
from celery.beat import BeatLazyFunc
from celery.signals import beat_init
from celery.utils.nodenames import gethostname

from hunan_trade import clock

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hunan_trade.settings")

from django.conf import settings

from hunan_trade.jobs import broker
from hunan_trade.jobs.broker import app

PERIOD = settings.TICK_EVERY.total_seconds()
HOURLY = {  # whatever they find to do they do; so an hour that was missed is made up for by the next
    "returns.open": "按日历开放月报",
    "reports.due": "按日历起草通报",
    "audit.verify": "核验审计记录链",
    "portal.tidy": "清理过期数据",
}
NIGHTLY = {  # asked for every hour as well, and done once a night
    "files.verify": "核对存储文件",
}
BEAT = f"beat@{gethostname()}"


def _current_time_text() -> str:
    return clock.real_now().isoformat()


def _schedule_entry(seconds: float, task: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
    return {"task": task, "schedule": seconds, "args": args, "kwargs": kwargs, "options": {"expires": seconds * 2}}


app.autodiscover_tasks(["hunan_trade.jobs"])
app.conf.beat_scheduler = "celery.beat:Scheduler"  # in memory: nothing of the schedule is worth a file
app.conf.beat_schedule = {
    "ping": _schedule_entry(settings.PING_EVERY.total_seconds(), "jobs.ping", BeatLazyFunc(_current_time_text), BEAT),
    "sweep": _schedule_entry(settings.SWEEP_EVERY.total_seconds(), "jobs.sweep"),
    "log end": _schedule_entry(settings.LOG_END_EVERY.total_seconds(), "jobs.keep_log_end"),
    **{kind: _schedule_entry(PERIOD, "jobs.tick", kind=kind, title=title) for kind, title in HOURLY.items()},
    **{
        kind: _schedule_entry(PERIOD, "jobs.tick", kind=kind, title=title, nightly=True)
        for kind, title in NIGHTLY.items()
    },
}


@beat_init.connect
def ping_at_start(**_: Any) -> None:
    """Send a ping when Celery beat starts, without waiting for the first scheduled ping."""
    app.send_task("jobs.ping", args=[_current_time_text(), BEAT], retry=False)


class WorkerPings(bootsteps.StartStopStep):
    """Celery bootstep by which a worker regularly sends itself a ping through the broker.

    A frozen worker, or one whose child is frozen, falls silent under its own name. A step, not a signal: a lost broker
    ends its timer, and the next connection starts another.
    """

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def __init__(self, consumer: Any, **_: Any) -> None:
        self.timer: Any = None

    def start(self, consumer: Any) -> None:
        self.ping(consumer.hostname)
        every = settings.PING_EVERY.total_seconds()
        self.timer = consumer.timer.call_repeatedly(every, self.ping, (consumer.hostname,))

    def stop(self, consumer: Any) -> None:
        if self.timer is not None:
            self.timer.cancel()

    shutdown = stop

    def ping(self, worker: str) -> None:
        broker.send_ping(worker, sent_at=clock.real_now(), expires=settings.PING_EVERY * 2)


app.steps["consumer"].add(WorkerPings)
