"""Counting wrong passwords, by name and before they are looked at; and slowing the addresses they come from.

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
from hunan_trade.accounts.models import AddressFailures, LoginFailures, User, normal_name


@dataclass(frozen=True)
class Attempt:
    """`allowed`: the password may be looked at; if it is wrong, `left` tries remain, or none until `locked_until`."""

    allowed: bool
    left: int
    locked_until: datetime | None


def reserve(username: str, *, browser: str = "", owner: User | None = None) -> Attempt:
    """Count one attempt before it is made. Must not run inside a transaction: a rollback would give the try back.

    One from a browser known to the owner counts for the name as well, and is judged by the browser's own count alone:
    whoever guesses elsewhere cannot lock it out.
    """
    with transaction.atomic(durable=True):
        attempt = _counted(normal_name(username))
        return _counted(browser, known_to=owner) if browser else attempt


def _counted(name: str, known_to: User | None = None) -> Attempt:
    now = clock.real_now()
    failures, _ = LoginFailures.objects.select_for_update().get_or_create(
        pk=name, defaults={"last_at": now, "known_to": known_to}
    )
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


def wait(address: str | None) -> timedelta:
    """How long this address has to wait for its next try; nothing for one that has guessed little."""
    failures = AddressFailures.objects.filter(pk=address).first() if address else None
    if failures is None:
        return timedelta()
    free = settings.ADDRESS_FORGIVES * (settings.ADDRESS_FAILURES - 1)
    return max(timedelta(), failures.forgiven_at - clock.real_now() - free)


def charge(address: str | None) -> None:
    """The address was wrong once more. One is forgiven a minute, so a bureau behind one address is slowed, never shut."""
    if not address:
        return
    with transaction.atomic(durable=True):
        now = clock.real_now()
        failures, _ = AddressFailures.objects.select_for_update().get_or_create(
            pk=address, defaults={"forgiven_at": now}
        )
        failures.forgiven_at = max(failures.forgiven_at, now) + settings.ADDRESS_FORGIVES
        failures.save()


def forget_old() -> int:
    """Names whose count would begin anew at the next try, and addresses that are forgiven. The number removed."""
    now = clock.real_now()
    over = Q(locked_until=None, last_at__lt=now - settings.LOCKOUT_TIME) | Q(locked_until__lt=now)
    addresses, _ = AddressFailures.objects.filter(forgiven_at__lt=now).delete()
    return LoginFailures.objects.filter(over).delete()[0] + addresses


def forget(username: str, *, browser: str = "") -> bool:
    """The password was right, or somebody unlocks; True if there was anything to forget.

    What is right in a known browser ends no lock that others brought about: they would begin anew by it.
    """
    name = normal_name(username)
    if browser:
        ends = Q(pk=browser) | (Q(pk=name) & ~Q(locked_until__gt=clock.real_now()))
    else:
        ends = Q(pk=name) | Q(known_to__username=name)
    deleted, _ = LoginFailures.objects.filter(ends).delete()
    return deleted > 0
