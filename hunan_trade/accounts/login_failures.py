"""Counts failed logins, to lock a user name and to delay further logins from an IP address.

An attempt is reserved in a short transaction of its own, so that fifty simultaneous guesses get five checks between
them. Names without an account are counted like the others: the answer tells nothing about who exists. Real time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from hunan_trade import clock
from hunan_trade.accounts.models import AddressFailures, LoginFailures, User, normalise_username


@dataclass(frozen=True)
class LoginAttempt:
    """Result of counting a login attempt: whether the password may be checked, and how many attempts are left."""

    allowed: bool
    left: int
    locked_until: datetime | None


def count_attempt(username: str, *, browser: str = "", owner: User | None = None) -> LoginAttempt:
    """Count a login attempt and return a LoginAttempt, which says whether the password may be checked.

    Not to be called in a transaction: a rollback would undo the count.

    An attempt from a browser known to the owner counts for the name as well, and is judged by the browser's own count
    alone: whoever guesses elsewhere cannot lock it out.
    """
    with transaction.atomic(durable=True):
        attempt = _add_attempt_to_counter(normalise_username(username))
        return _add_attempt_to_counter(browser, known_to=owner) if browser else attempt


def _add_attempt_to_counter(name: str, known_to: User | None = None) -> LoginAttempt:
    """Add one to the login-attempt counter of a user name or browser; return whether the attempt is allowed."""
    now = clock.real_now()
    failures, _ = LoginFailures.objects.select_for_update().get_or_create(
        pk=name, defaults={"last_at": now, "known_to": known_to}
    )
    if failures.locked_until is not None and failures.locked_until > now:
        return LoginAttempt(False, 0, failures.locked_until)
    if failures.locked_until is not None or now - failures.last_at > settings.LOCKOUT_TIME:
        failures.count, failures.locked_until = 0, None
    failures.count += 1
    failures.last_at = now
    if failures.count >= settings.LOCKOUT_FAILURES:
        failures.locked_until = now + settings.LOCKOUT_TIME
    failures.save()
    return LoginAttempt(True, settings.LOCKOUT_FAILURES - failures.count, failures.locked_until)


def address_wait(address: str | None) -> timedelta:
    """Return how long an IP address must wait before its next login attempt: zero until several logins have failed."""
    failures = AddressFailures.objects.filter(pk=address).first() if address else None
    if failures is None:
        return timedelta()
    free = settings.ADDRESS_FORGIVES * (settings.ADDRESS_FAILURES - 1)
    return max(timedelta(), failures.forgiven_at - clock.real_now() - free)


def count_address_failure(address: str | None) -> None:
    """Count a failed login from an IP address.

    Each minute takes one failure off the count.
    An office behind one address is slowed, not blocked.
    """
    if not address:
        return
    with transaction.atomic(durable=True):
        now = clock.real_now()
        failures, _ = AddressFailures.objects.select_for_update().get_or_create(
            pk=address, defaults={"forgiven_at": now}
        )
        failures.forgiven_at = max(failures.forgiven_at, now) + settings.ADDRESS_FORGIVES
        failures.save()


def delete_expired_counts() -> int:
    """Delete expired failed-login counters of user names and IP addresses; return the number deleted."""
    now = clock.real_now()
    over = Q(locked_until=None, last_at__lt=now - settings.LOCKOUT_TIME) | Q(locked_until__lt=now)
    addresses, _ = AddressFailures.objects.filter(forgiven_at__lt=now).delete()
    return LoginFailures.objects.filter(over).delete()[0] + addresses


def reset_count(username: str, *, browser: str = "") -> bool:
    """Delete failed-login counters of a user name and of its owner's known browsers; return whether any existed.

    Called after a right password or an unlock.
    What is right in a known browser ends no lock that others brought about: they would begin anew by it.
    """
    name = normalise_username(username)
    if browser:
        ends = Q(pk=browser) | (Q(pk=name) & ~Q(locked_until__gt=clock.real_now()))
    else:
        ends = Q(pk=name) | Q(known_to__username=name)
    deleted, _ = LoginFailures.objects.filter(ends).delete()
    return deleted > 0
