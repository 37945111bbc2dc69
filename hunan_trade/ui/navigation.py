"""The entries of the bar and of the menu below one's name, each open to whom its view admits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import NoReverseMatch, resolve, reverse

from hunan_trade.accounts.models import User
from hunan_trade.web.access import Access, access_of


@dataclass(frozen=True)
class Entry:
    """A title, the address it leads to, and the access decision of the view there."""

    title: str
    url: str
    access: Access

    def open_to(self, user: User) -> bool:
        return self.access.refusal(user) is None

    def in_bar_of(self, user: User) -> bool:
        """Whether the page is part of this person's work: of pages for any account, those who see all its rows."""
        return self.open_to(user) and (self.access.all_rows is None or user.may(self.access.all_rows))


@cache
def bar_entries() -> tuple[Entry, ...]:
    return tuple(_make_entry(title, name) for title, name in settings.NAVIGATION)


@cache
def menu_entries() -> tuple[Entry, ...]:
    return tuple(_make_entry(title, name) for title, name in settings.OWN_MENU)


def _make_entry(title: str, name: str) -> Entry:
    """Raise NoReverseMatch for a name that no address has, LookupError for a view without an access decision."""
    url = reverse(name)
    access = access_of(resolve(url).func)
    if access is None:
        raise LookupError(f"the view of {name} carries no access decision")
    return Entry(title, url, access)


@register(Tags.urls)
def check_navigation(app_configs: Sequence[Any] | None = None, **_: Any) -> list[CheckMessage]:
    """Report every entry whose address does not exist or whose view says nothing of access: a system check."""
    found: list[CheckMessage] = []
    for title, name in [*settings.NAVIGATION, *settings.OWN_MENU]:
        try:
            _make_entry(title, name)
        except (NoReverseMatch, LookupError) as wrong:
            found.append(Error(f"{title}: {wrong}", id="navigation.E001"))
    return found
