"""Creates the Celery application, and sends messages to its broker.

A message only wakes a worker up; what there is to do stands in the job table. So sending may fail: it is tried once,
with timeouts a person at a form does not notice, and the sweeper sends again what nobody has taken.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from celery import Celery
from celery.utils.nodenames import worker_direct
from django.conf import settings
from kombu.entity import Queue
from kombu.transport import redis

log = logging.getLogger(__name__)


class CloseSafeChannel(redis.Channel):
    """Redis channel that skips message acknowledgements once it is closed.

    As of kombu 5.7 they end the worker with an AttributeError. We need neither these nor restoring messages: a message
    comes back by itself and finds its job done or taken.
    """

    do_restore = False

    def basic_ack(self, delivery_tag: Any, multiple: bool = False) -> None:
        if not self.closed:
            super().basic_ack(delivery_tag, multiple=multiple)  # type: ignore[no-untyped-call]


redis.Transport.Channel = CloseSafeChannel

app = Celery("hunan_trade")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Two queues, so that pings and sweeps need not wait behind a long report where each has a worker of its own; a worker
# started without -Q serves both.
app.conf.task_queues = [Queue(name, routing_key=name) for name in ("fast", "heavy")]
app.conf.task_default_queue = "fast"
app.conf.worker_direct = True  # and each worker takes from a queue of its own name, where its pings come back to it
app.conf.task_routes = {"jobs.run": {"queue": "heavy"}}
_SHORT_TIMEOUTS = {"max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 1}  # seconds


def announce_job(job_id: int) -> bool:
    """Tell the workers through the message broker to run a job; return False if the broker cannot be reached.

    Never raises, and takes at most about 2 s.
    """
    try:
        with _connection() as connection:
            app.send_task("jobs.run", args=[job_id], connection=connection, retry=False)
    except Exception as failure:  # whatever the broker's trouble is, the job is safe in its table
        log.warning("job %s is not announced, the sweeper will: %s", job_id, failure)
        return False
    return True


def send_ping(worker: str, *, sent_at: datetime, expires: timedelta) -> None:
    """Send a ping message to one worker's own queue, to find out whether the worker still answers.

    Never raises, and takes at most about 2 s.
    """
    try:
        with _connection() as connection:
            app.send_task(
                "jobs.ping",
                args=[sent_at.isoformat(), worker],
                queue=worker_direct(worker),
                expires=expires.total_seconds(),
                connection=connection,
                retry=False,
            )
    except Exception as failure:
        log.warning("no ping for %s: %s", worker, failure)


def is_reachable() -> bool:
    """Return whether the message broker (Redis) answers within about 2 seconds."""
    try:
        with _connection() as connection:
            return bool(connection.default_channel.client.ping())
    except Exception as failure:
        log.warning("the broker does not answer: %s", failure)
        return False


def _connection() -> Any:
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, **_SHORT_TIMEOUTS}
    return app.connection_for_write(settings.CELERY_BROKER_URL, transport_options=options)
