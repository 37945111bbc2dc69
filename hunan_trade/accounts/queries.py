"""Queries about accounts for the pages of administrators and security officers."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from hunan_trade import clock
from hunan_trade.accounts.models import LoginFailures, PasswordLink, PasswordLinkQuerySet, User, UserQuerySet
from hunan_trade.audit.models import Event, EventQuerySet

_PASSWORD_EVENTS = ("account.reopened", "password.reset", "activation.released")
_ACCOUNT_EVENTS = ("account.opened", "account.closed", "account.unlocked", "role.given", *_PASSWORD_EVENTS)


def all_accounts() -> UserQuerySet:
    """Return all accounts with their region, open accounts first."""
    return User.objects.get_queryset().select_related("region").order_by("-is_active", "role", "username")


def accounts_with_locks() -> QuerySet[User]:
    """Return all accounts, each with an attribute `is_locked` that says whether the account is locked out now.

    That is after too many wrong passwords.
    """
    locks = LoginFailures.objects.filter(name=OuterRef("username"), locked_until__gt=clock.real_now())
    return all_accounts().annotate(is_locked=Exists(locks))


def locked_out_user_ids(users: Iterable[User]) -> set[int]:
    """Return the ids of the users who are now locked out after too many wrong passwords."""
    names = {user.username: user.pk for user in users}
    shut = LoginFailures.objects.filter(name__in=names, locked_until__gt=clock.real_now()).values_list(
        "name", flat=True
    )
    return {names[name] for name in shut}


def pending_code(user: User) -> PasswordLink | None:
    """Return the account's password code that is still usable, or None if there is none."""
    return pending_codes().filter(user=user).first()


def pending_codes() -> PasswordLinkQuerySet:
    """Return the usable password codes of accounts, first those whose second half is not released yet."""
    codes = PasswordLink.objects.usable().of_accounts().annotate(is_released=Q(released_at__isnull=False))
    return codes.order_by("is_released", "created_at")


def account_administration_events(user: User) -> EventQuerySet:
    """Return the audit events of changes that other people made to a user's account, newest first."""
    return Event.objects.of("accounts.user", user.pk).filter(verb__in=_ACCOUNT_EVENTS).newest_first()


def password_events_since_last_login(user: User) -> list[Event]:
    """Return audit events of password resets and codes since the user's last login, oldest first.

    Empty at the first login.
    """
    events = Event.objects.of("accounts.user", user.pk)
    last = events.filter(verb="session.opened").newest_first().first()
    if last is None:
        return []
    return list(events.filter(verb__in=_PASSWORD_EVENTS, seq__gt=last.seq).order_by("seq"))
