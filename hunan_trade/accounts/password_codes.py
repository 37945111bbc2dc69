"""Creates one-use codes for setting a password, with one half each for two different people (ADR 14).

`actions` decides who may create and release them.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction

from hunan_trade import clock
from hunan_trade.accounts import tokens
from hunan_trade.accounts.models import PasswordLink, User
from hunan_trade.audit.actions import Actor
from hunan_trade.workflow import MoveRefused

LIFETIME = timedelta(hours=24)


def create_code(*, by: Actor, reason: str, user: User | None = None, role: str = "") -> tuple[PasswordLink, str]:
    """Create a one-use code for setting a password; return its database row and the first of its two halves.

    An earlier one of the account or role becomes invalid.
    """
    half, now = tokens.new_code_half(), clock.real_now()
    PasswordLink.objects.unused().filter(user=user, role=role).update(used_at=now)
    try:
        with transaction.atomic():
            link = PasswordLink.objects.create(
                digest=tokens.secret_digest(half),
                user=user,
                role=role,
                reason=reason,
                asked_by_id=by.pk,
                expires_at=now + LIFETIME,
            )
    except IntegrityError as twin:
        raise MoveRefused("刚刚已发过一个激活码，请用那一个，或稍后再发") from twin
    return link, half


def release_second_half(link: PasswordLink, *, by: Actor) -> str:
    """Create and return the second half of a password code, and set the code to expire a day from now."""
    half = tokens.new_code_half()
    link.second_digest, link.released_at, link.released_by_id = tokens.secret_digest(half), clock.real_now(), by.pk
    link.expires_at = link.released_at + LIFETIME
    link.save(update_fields=["second_digest", "released_at", "released_by", "expires_at"])
    return half
