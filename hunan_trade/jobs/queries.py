"""Whether the machinery is alive, and what stands in the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import Count, DurationField, ExpressionWrapper, Max, Q
from django.db.models.functions import Now

from hunan_trade.accounts.models import User
from hunan_trade.jobs import broker
from hunan_trade.jobs.models import UNFINISHED, Job, Ping


@dataclass(frozen=True)
class Health:
    """`silence`: since a worker last gave a sign of life; None if none ever has, or the database does not answer."""

    database: bool
    broker: bool
    silence: timedelta | None

    @property
    def is_good(self) -> bool:
        return self.database and self.broker and self.silence is not None and self.silence <= settings.PING_STALE


def health() -> Health:
    """Looks, starts nothing, and answers within about 4 s whatever is broken."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '2s'")
            heard = silence()
    except Error:
        return Health(database=False, broker=broker.answers(), silence=None)
    return Health(database=True, broker=broker.answers(), silence=heard)


def silence() -> timedelta | None:
    """Since a worker last answered a ping or renewed a lease: one busy with long jobs answers pings late, but lives."""
    answered = Ping.objects.aggregate(ago=_ago("answered_at"))["ago"]
    renewed = Job.objects.filter(state=Job.State.RUNNING).aggregate(ago=_ago("lease_until"))["ago"]
    signs = [answered, None if renewed is None else renewed + settings.JOB_LEASE]
    return min((max(sign, timedelta()) for sign in signs if sign is not None), default=None)


def _ago(column: str) -> ExpressionWrapper:
    return ExpressionWrapper(Now() - Max(column), output_field=DurationField())


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


def workers() -> list[tuple[str, datetime]]:
    """(name, last answer) of every worker heard of within a day."""
    return list(Ping.objects.values_list("worker", "answered_at"))
