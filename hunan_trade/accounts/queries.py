"""Reads about accounts for the pages of the keepers."""

from __future__ import annotations

from collections.abc import Iterable

from hunan_trade import clock
from hunan_trade.accounts.models import LoginFailures, User, UserQuerySet
from hunan_trade.audit.models import Event, EventQuerySet


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


def history(user: User) -> EventQuerySet:
    """What was done to the account, newest first; who did what with it is the auditor's to read."""
    changes = ("account.opened", "account.closed", "account.reopened", "password.reset", "role.given")
    return Event.objects.of("accounts.user", user.pk).filter(verb__in=changes).newest_first()
