"""One-use codes to set a password, in two halves (ADR 14). Who may ask for and release them is said in `actions`."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction

from hunan_trade import clock
from hunan_trade.accounts import tokens
from hunan_trade.accounts.models import PasswordLink, User
from hunan_trade.audit.actions import Actor
from hunan_trade.workflow import MoveRefused

LASTS = timedelta(hours=24)


def ask(*, by: Actor, reason: str, user: User | None = None, role: str = "") -> tuple[PasswordLink, str]:
    """A code that waits to be released, and its first half; an earlier one of the account or role ends."""
    half, now = tokens.fresh_half(), clock.real_now()
    PasswordLink.objects.unused().filter(user=user, role=role).update(used_at=now)
    try:
        with transaction.atomic():
            link = PasswordLink.objects.create(
                digest=tokens.digest(half),
                user=user,
                role=role,
                reason=reason,
                asked_by_id=by.pk,
                expires_at=now + LASTS,
            )
    except IntegrityError as twin:
        raise MoveRefused("刚刚已发过一个激活码，请用那一个，或稍后再发") from twin
    return link, half


def release(link: PasswordLink, *, by: Actor) -> str:
    """The second half; from now on the code lasts a day."""
    half = tokens.fresh_half()
    link.second_digest, link.released_at, link.released_by_id = tokens.digest(half), clock.real_now(), by.pk
    link.expires_at = link.released_at + LASTS
    link.save(update_fields=["second_digest", "released_at", "released_by", "expires_at"])
    return half
