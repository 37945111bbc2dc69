"""Checks the health of database, broker and workers, and counts the queued jobs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import Count, DurationField, ExpressionWrapper, F, Q
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from hunan_trade.accounts.models import User
from hunan_trade.files.models import StoredFile
from hunan_trade.jobs import broker
from hunan_trade.jobs.models import UNFINISHED, Job, Ping


@dataclass(frozen=True)
class Health:
    """Whether the database and the broker work, and how long ago any worker was last seen.

    `silence` is the time since any worker was last seen, None if never or without database. `silent` are the
    requested names of workers that have not been heard of for PING_STALE. `oldest_write` is the age of the oldest open
    transaction that has written, of those that the portal's role may look at; changes feeds wait for its end.
    """

    database: bool
    broker: bool
    silence: timedelta | None
    silent: tuple[str, ...] = ()
    oldest_write: timedelta = timedelta()
    unreadable_files: int = 0  # damaged or missing: no reason to send anybody to another machine

    @property
    def is_good(self) -> bool:
        return self.database and self.broker and self.silence is not None and self.silence <= settings.PING_STALE


def check_health(names: Collection[str] = ()) -> Health:
    """Check database, broker and the workers `names` within about 4 seconds, and return their state.

    It starts nothing.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '2s'")
            times_since_seen, unreadable = time_since_seen(), StoredFile.objects.unreadable().count()
            oldest_write = age_of_oldest_write()
    except Error:
        return Health(database=False, broker=broker.is_reachable(), silence=None)
    silent = tuple(name for name in names if times_since_seen.get(name, timedelta.max) > settings.PING_STALE)
    shortest_silence = min(times_since_seen.values(), default=None)
    return Health(True, broker.is_reachable(), shortest_silence, silent, oldest_write, unreadable)


def age_of_oldest_write() -> timedelta:
    """Return the age of the oldest open transaction that has written data, or zero if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(clock_timestamp() - min(xact_start), '0') FROM pg_stat_activity"
            " WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
        )
        age: timedelta = cursor.fetchone()[0]
    return age


def time_since_seen() -> dict[str, timedelta]:
    """Return a dict from worker name to the time since that worker last answered a ping or renewed a lease."""
    times_since_seen = dict(Ping.objects.annotate(ago=_time_since("answered_at")).values_list("worker", "ago"))
    for runner, ago in (
        Job.objects.filter(state=Job.State.RUNNING)
        .annotate(ago=_time_since("lease_until"))
        .values_list("worker", "ago")
    ):
        worker = runner.rpartition(":")[0]
        times_since_seen[worker] = min(times_since_seen.get(worker, timedelta.max), ago + settings.JOB_LEASE)
    return {name: max(ago, timedelta()) for name, ago in times_since_seen.items()}


def _time_since(column: str) -> ExpressionWrapper[CombinedExpression]:
    return ExpressionWrapper(Now() - F(column), output_field=DurationField())


@dataclass(frozen=True)
class JobCounts:
    unfinished: int
    in_trouble: int
    stuck: int


def job_counts(user: User) -> JobCounts:
    seen = Job.objects.visible_to(user)
    by_state = seen.aggregate(
        unfinished=Count("pk", filter=Q(state__in=UNFINISHED)),
        in_trouble=Count("pk", filter=Q(state__in=[Job.State.FAILED, Job.State.QUARANTINED])),
    )
    return JobCounts(**by_state, stuck=seen.stuck().count())


@dataclass(frozen=True)
class Worker:
    """A worker or Celery beat scheduler that answered a ping within the last day."""

    name: str
    answered_at: datetime
    is_silent: bool


def workers() -> list[Worker]:
    times_since_seen = time_since_seen()
    return [
        Worker(ping.worker, ping.answered_at, times_since_seen.get(ping.worker, timedelta.max) > settings.PING_STALE)
        for ping in Ping.objects.all()
    ]
