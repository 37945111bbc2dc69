"""Defines business time, the only source of the present time and date in the portal.

Pure apart from reading the settings.

`now()` and `today()` are what deadlines, signatures and documents go by (Asia/Shanghai). `PORTAL_TODAY` fixes the
business date while the time of day runs on; it exists in the demo only. Leases, sessions, tokens, lockouts, pings
and the audit's `recorded_at` use real UTC instead: `real_now()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

SHANGHAI = ZoneInfo("Asia/Shanghai")
_fixed: ContextVar[datetime | None] = ContextVar("fixed business time", default=None)


def real_now() -> datetime:
    """Return the real present time in UTC, even if business time is frozen."""
    return datetime.now(UTC)


def now() -> datetime:
    """Return the current time in Asia/Shanghai, or the business time that the demo or a test has set instead."""
    if (moment := _fixed.get()) is not None:
        return moment
    moment = real_now().astimezone(SHANGHAI)
    if fixed := settings.PORTAL_TODAY:
        return datetime.combine(fixed, moment.timetz())
    return moment


def today() -> date:
    """Return the current date in Asia/Shanghai, or the business date that the demo or a test has set instead."""
    return now().date()


def at(day: date, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """Return an aware datetime in Asia/Shanghai for a day and a time of day."""
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=SHANGHAI)


def is_past(limit: datetime, moment: datetime) -> bool:
    """Return whether the deadline `limit` has passed at `moment`, ignoring fractions of a second."""
    return moment.replace(microsecond=0) > limit


@contextmanager
def frozen_at(moment: datetime) -> Iterator[None]:
    """Context manager in which `now()` always returns `moment`, for the demo and for tests."""
    token = _fixed.set(moment.astimezone(SHANGHAI))
    try:
        yield
    finally:
        _fixed.reset(token)
