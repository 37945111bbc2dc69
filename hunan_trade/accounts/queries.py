"""Reads about accounts for the pages of the keepers."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F

from hunan_trade import clock
from hunan_trade.accounts.models import LoginFailures, PasswordLink, User, UserQuerySet
from hunan_trade.audit.models import Event, EventQuerySet

_WAYS_IN = ("account.reopened", "password.reset", "activation.released")
_DONE_TO_IT = ("account.opened", "account.closed", "account.unlocked", "role.given", *_WAYS_IN)


def accounts() -> UserQuerySet:
    """Every account with its city, those in use first."""
    return User.objects.get_queryset().select_related("region").order_by("-is_active", "role", "username")


def locked(users: Iterable[User]) -> set[int]:
    """Which of these accounts cannot sign in for now because of wrong passwords."""
    names = {user.username: user.pk for user in users}
    shut = LoginFailures.objects.filter(name__in=names, locked_until__gt=clock.real_now()).values_list(
        "name", flat=True
    )
    return {names[name] for name in shut}


def code_of(user: User) -> PasswordLink | None:
    """The code that waits to be released or used."""
    return PasswordLink.objects.standing().of_accounts().filter(user=user).first()


def codes_for(keeper: User) -> list[tuple[PasswordLink, str | None]]:
    """Every code that waits, those to be released first, each with why this keeper may not; None if they may."""
    links = PasswordLink.objects.standing().of_accounts().order_by(F("released_at").asc(nulls_first=True), "created_at")
    return [(link, link.refusal(keeper.pk)) for link in links]


def history(user: User) -> EventQuerySet:
    """What was done to the account, newest first; who did what with it is the auditor's to read."""
    return Event.objects.of("accounts.user", user.pk).filter(verb__in=_DONE_TO_IT).newest_first()


def since_last_sign_in(user: User) -> list[Event]:
    """How others let somebody else's password into the account since the owner was last here; empty at the first time."""
    events = Event.objects.of("accounts.user", user.pk)
    last = events.filter(verb="session.opened").newest_first().first()
    if last is None:
        return []
    return list(events.filter(verb__in=_WAYS_IN, seq__gt=last.seq).order_by("seq"))
