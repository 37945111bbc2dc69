"""Counting wrong passwords, by name and before they are looked at.

An attempt is reserved in a short transaction of its own, so that fifty simultaneous guesses get five checks between
them. Names without an account are counted like the others: the answer tells nothing about who exists. Real time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from hunan_trade import clock
from hunan_trade.accounts.models import LoginFailures, normal_name


@dataclass(frozen=True)
class Attempt:
    """`allowed`: the password may be looked at; if it is wrong, `left` tries remain, or none until `locked_until`."""

    allowed: bool
    left: int
    locked_until: datetime | None


def reserve(username: str) -> Attempt:
    """Count one attempt before it is made. Must not run inside a transaction: a rollback would give the try back."""
    with transaction.atomic(durable=True):
        name, now = normal_name(username), clock.real_now()
        failures, _ = LoginFailures.objects.select_for_update().get_or_create(pk=name, defaults={"last_at": now})
        if failures.locked_until is not None and failures.locked_until > now:
            return Attempt(False, 0, failures.locked_until)
        if failures.locked_until is not None or now - failures.last_at > settings.LOCKOUT_TIME:
            failures.count, failures.locked_until = 0, None
        failures.count += 1
        failures.last_at = now
        if failures.count >= settings.LOCKOUT_FAILURES:
            failures.locked_until = now + settings.LOCKOUT_TIME
        failures.save()
        return Attempt(True, settings.LOCKOUT_FAILURES - failures.count, failures.locked_until)


def forget_old() -> int:
    """Names whose count would begin anew at the next try. The number removed."""
    now = clock.real_now()
    over = Q(locked_until=None, last_at__lt=now - settings.LOCKOUT_TIME) | Q(locked_until__lt=now)
    return LoginFailures.objects.filter(over).delete()[0]


def forget(username: str) -> bool:
    """The password was right, or a security officer unlocks; True if there was anything to forget."""
    deleted, _ = LoginFailures.objects.filter(pk=normal_name(username)).delete()
    return deleted > 0
