"""Entries of the navigation bar and user menu, each shown only to users who may open the entry's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import NoReverseMatch, resolve, reverse

from hunan_trade.accounts.models import User
from hunan_trade.web.access_decorators import Access, access_of


@dataclass(frozen=True)
class NavigationEntry:
    """Entry of the navigation bar or user menu: title, URL, and the access rule of the page's view."""

    title: str
    url: str
    access: Access

    def open_to(self, user: User) -> bool:
        """Return whether the user may open the entry's page."""
        return self.access.refusal(user) is None

    def in_bar_of(self, user: User) -> bool:
        """Return whether this entry appears in the user's navigation bar.

        A page for any account stands there only for those who may see all its rows.
        """
        return self.open_to(user) and (self.access.all_rows is None or user.may(self.access.all_rows))


@cache
def bar_entries() -> tuple[NavigationEntry, ...]:
    """Return the entries of the navigation bar, from settings.NAVIGATION."""
    return tuple(_make_entry(title, name) for title, name in settings.NAVIGATION)


@cache
def search_entry() -> NavigationEntry:
    """Return the `NavigationEntry` of the search page, whose URL name is set in settings.SEARCH_URL."""
    return _make_entry("查找", settings.SEARCH_URL)


@cache
def menu_entries() -> tuple[NavigationEntry, ...]:
    """Return the entries of the user menu, from settings.OWN_MENU."""
    return tuple(_make_entry(title, name) for title, name in settings.OWN_MENU)


def _make_entry(title: str, name: str) -> NavigationEntry:
    """Build a navigation entry from its title and the name of its URL pattern.

    Raises NoReverseMatch for a name without an address, LookupError for a view without an access rule.
    """
    url = reverse(name)
    access = access_of(resolve(url).func)
    if access is None:
        raise LookupError(f"the view of {name} carries no access decision")
    return NavigationEntry(title, url, access)


@register(Tags.urls)
def check_navigation(app_configs: Sequence[Any] | None = None, **_: Any) -> list[CheckMessage]:
    """System check that reports navigation entries without a valid URL or without an access rule."""
    found: list[CheckMessage] = []
    for title, name in [*settings.NAVIGATION, *settings.OWN_MENU]:
        try:
            _make_entry(title, name)
        except (NoReverseMatch, LookupError) as wrong:
            found.append(Error(f"{title}: {wrong}", id="navigation.E001"))
    return found
