"""Whether the machinery is alive, and what stands in the queue."""

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
    """`silence`: since a worker last gave a sign of life; None if none ever has, or the database does not answer.

    `silent`: those of the names asked for that have not been heard of for PING_STALE.
    """

    database: bool
    broker: bool
    silence: timedelta | None
    silent: tuple[str, ...] = ()
    unreadable_files: int = 0  # damaged or missing: no reason to send anybody to another machine

    @property
    def is_good(self) -> bool:
        return self.database and self.broker and self.silence is not None and self.silence <= settings.PING_STALE


def health(names: Collection[str] = ()) -> Health:
    """Looks, starts nothing, and answers within about 4 s whatever is broken."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '2s'")
            signs, unreadable = signs_of_life(), StoredFile.objects.unreadable().count()
    except Error:
        return Health(database=False, broker=broker.answers(), silence=None)
    silent = tuple(name for name in names if signs.get(name, timedelta.max) > settings.PING_STALE)
    heard = min(signs.values(), default=None)
    return Health(True, broker.answers(), heard, silent=silent, unreadable_files=unreadable)


def signs_of_life() -> dict[str, timedelta]:
    """For every worker and beat heard of within a day: since when it has not answered a ping or renewed a lease. One
    that is busy with a long job answers late, but lives."""
    signs = dict(Ping.objects.annotate(ago=_ago("answered_at")).values_list("worker", "ago"))
    for runner, ago in (
        Job.objects.filter(state=Job.State.RUNNING).annotate(ago=_ago("lease_until")).values_list("worker", "ago")
    ):
        worker = runner.rpartition(":")[0]
        signs[worker] = min(signs.get(worker, timedelta.max), ago + settings.JOB_LEASE)
    return {name: max(ago, timedelta()) for name, ago in signs.items()}


def _ago(column: str) -> ExpressionWrapper[CombinedExpression]:
    return ExpressionWrapper(Now() - F(column), output_field=DurationField())


@dataclass(frozen=True)
class Counts:
    unfinished: int
    in_trouble: int
    stuck: int


def counts(user: User) -> Counts:
    seen = Job.objects.visible_to(user)
    by_state = seen.aggregate(
        unfinished=Count("pk", filter=Q(state__in=UNFINISHED)),
        in_trouble=Count("pk", filter=Q(state__in=[Job.State.FAILED, Job.State.QUARANTINED])),
    )
    return Counts(**by_state, stuck=seen.stuck().count())


@dataclass(frozen=True)
class Worker:
    """A worker, or a beat, heard of within a day."""

    name: str
    answered_at: datetime
    is_silent: bool


def workers() -> list[Worker]:
    signs = signs_of_life()
    return [
        Worker(ping.worker, ping.answered_at, signs.get(ping.worker, timedelta.max) > settings.PING_STALE)
        for ping in Ping.objects.all()
    ]
