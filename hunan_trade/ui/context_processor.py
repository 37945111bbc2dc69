"""Context processor that adds the object `portal` to every template.

Demo mode, business date, user, navigation.
"""

from __future__ import annotations

from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from hunan_trade import clock, periods
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.ui import navigation


class Portal:
    """The object `portal` in every template: user, permissions, navigation and dates.

    Its attributes are computed only when a template uses them.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        user = getattr(request, "user", None)
        self.demo: bool = settings.DEMO
        self.user: User | None = user if user is not None and user.is_authenticated else None
        self.role_label = self.user.role_label if self.user else ""

    @cached_property
    def may(self) -> dict[str, bool]:
        """Return a dict from each permission's name to whether the user has the permission.

        For `{% if portal.may.ISSUE_REPORT %}`.
        """
        return {permission.name: self.user is not None and self.user.may(permission) for permission in Permission}

    @property
    def home_url(self) -> str:
        return settings.LOGIN_REDIRECT_URL

    @property
    def login_url(self) -> str:
        return settings.LOGIN_URL

    @property
    def logout_url(self) -> str:
        return reverse(settings.LOGOUT_URL)

    @cached_property
    def search_url(self) -> str:
        """Return the URL of the search page, or "" if the user may not open it."""
        entry = navigation.search_entry()
        return entry.url if self.user is not None and entry.open_to(self.user) else ""

    @property
    def reauth_url(self) -> str:
        return reverse(settings.REAUTH_URL)

    @cached_property
    def today_text(self) -> str:
        """Return the business date as text, such as 2013年7月8日（星期一）."""
        today = clock.today()
        return f"{periods.format_chinese_date(today)}（{periods.chinese_weekday(today).replace('周', '星期')}）"

    @cached_property
    def now_text(self) -> str:
        """Return the business date and time for the top of printed pages, such as 2013年7月8日 09:41."""
        return periods.format_chinese_datetime(clock.now(), with_year=True)

    @cached_property
    def nav(self) -> list[tuple[str, str, bool]]:
        """Return (title, URL, whether it is the current page) for each entry of the user's navigation bar."""
        found = [entry for entry in navigation.bar_entries() if self.user is not None and entry.in_bar_of(self.user)]
        path = self._request.path
        here = max(
            (entry.url for entry in found if path == entry.url or (entry.url != "/" and path.startswith(entry.url))),
            key=len,
            default="",
        )
        return [(entry.title, entry.url, entry.url == here) for entry in found]

    @cached_property
    def menu(self) -> list[tuple[str, str]]:
        """Return (title, URL) for each entry of the user menu."""
        user = self.user
        return [
            (entry.title, entry.url) for entry in navigation.menu_entries() if user is not None and entry.open_to(user)
        ]


def portal(request: HttpRequest) -> dict[str, Portal]:
    """Context processor that gives every template the variable `portal`, a `Portal` for the request."""
    return {"portal": Portal(request)}
