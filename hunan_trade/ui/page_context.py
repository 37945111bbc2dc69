"""What every page knows: whether this is the demo, the business date, who is signed in and where they can go."""

from __future__ import annotations

from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from hunan_trade import clock, periods
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission


class Portal:
    """`portal` in templates; each part is worked out only if the page prints it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        user = getattr(request, "user", None)
        self.demo: bool = settings.DEMO
        self.user: User | None = user if user is not None and user.is_authenticated else None
        self.role_label = self.user.role_label if self.user else ""

    @cached_property
    def may(self) -> dict[str, bool]:
        """Every permission by its name, and whether the reader has it: `{% if portal.may.ISSUE_REPORT %}`."""
        return {permission.name: self.user is not None and self.user.may(permission) for permission in Permission}

    @property
    def home_url(self) -> str:
        return settings.LOGIN_REDIRECT_URL

    @property
    def login_url(self) -> str:
        return reverse("console:login")

    @property
    def logout_url(self) -> str:
        return reverse("console:logout")

    @property
    def reauth_url(self) -> str:
        return reverse("console:reauth")

    @cached_property
    def today_text(self) -> str:
        """2013年7月8日（星期一）"""
        today = clock.today()
        return f"{periods.day_label(today)}（{periods.weekday(today).replace('周', '星期')}）"

    @cached_property
    def now_text(self) -> str:
        """2013年7月8日 09:41, for the head of a printed page."""
        return f"{periods.day_label(clock.today())} {clock.now():%H:%M}"

    @cached_property
    def nav(self) -> list[tuple[str, str, bool]]:
        """(title, address, whether the reader is in it) for what settings.NAVIGATION offers this person."""
        found = self._open(settings.NAVIGATION)
        path = self._request.path
        here = max(
            (url for _, url in found if path == url or (url != "/" and path.startswith(url))), key=len, default=""
        )
        return [(title, url, url == here) for title, url in found]

    @cached_property
    def menu(self) -> list[tuple[str, str]]:
        """What stands below the person's own name."""
        return self._open(settings.OWN_MENU)

    def _open(self, entries: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
        if (user := self.user) is None:
            return []
        allowed = [(title, _address(name)) for title, name, code in entries if not code or user.may(code)]
        return [(title, url) for title, url in allowed if url]


def portal(request: HttpRequest) -> dict[str, Portal]:
    return {"portal": Portal(request)}


def _address(name: str) -> str:
    """Empty for a page whose app does not stand yet."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
