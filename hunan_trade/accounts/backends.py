"""Checks the user name and password at every login."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from math import ceil
from types import MappingProxyType
from typing import Any

from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from hunan_trade import clock
from hunan_trade.accounts import known_browsers, login_failures
from hunan_trade.accounts.login_failures import LoginAttempt
from hunan_trade.accounts.models import User, normalise_username
from hunan_trade.audit import request_metadata
from hunan_trade.audit.actions import System, record
from hunan_trade.audit.models import Event

_HASHING_LIMIT = threading.BoundedSemaphore(4)  # each check holds 19 MiB


class LoginRefused(Exception):
    """Raised for a refused login, with a message that does not reveal whether the account exists.

    `wait`: seconds until the next try.
    """

    def __init__(self, reason: str, *, wait: int = 0) -> None:
        super().__init__(reason)
        self.wait = wait


@sensitive_variables("password")
def check_login(username: str, password: str, *, cookies: Mapping[str, str] = MappingProxyType({})) -> User:
    """Return the user with this user name and password, or raise LoginRefused.

    Refused if the password is wrong, or the account is locked or closed.
    Every attempt is counted and logged.

    But not those from an address that is slowed: it has to wait before a try counts at all.
    """
    user = User.objects.filter(username=normalise_username(username)).first()
    browser, address = known_browsers.failure_counter_name(cookies, user), request_metadata.current().ip
    if not browser and (wait := ceil(login_failures.address_wait(address).total_seconds())):
        raise LoginRefused(f"这个地址连续试错，已放慢。{wait} 秒后再试；在以前登录过的浏览器里不用等。", wait=wait)
    try:
        return _count_and_check_login(user, username, password, browser)
    except LoginRefused:
        if not browser:
            login_failures.count_address_failure(address)
        raise


@sensitive_variables("password")
def _count_and_check_login(user: User | None, username: str, password: str, browser: str) -> User:
    """Count a login attempt and check the password; return the user, or raise LoginRefused."""
    attempt = login_failures.count_attempt(username, browser=browser, owner=user)
    if not attempt.allowed:
        _record_failure("session.refused", user, "登录已停用时尝试")
        raise LoginRefused(_lockout_message(attempt))
    with _HASHING_LIMIT:
        right = _password_matches(user, password)
    if user is not None and right and user.is_active:
        login_failures.reset_count(username, browser=browser)
        return user
    _record_failure("session.refused", user, "用户名或密码不对")
    if attempt.locked_until is not None:
        _record_failure("account.locked", user, "连续试错")
        raise LoginRefused(_lockout_message(attempt))
    raise LoginRefused(f"用户名或密码不对。还可试 {attempt.left} 次，之后停 30 分钟。")


@sensitive_variables("password")
def _password_matches(user: User | None, password: str) -> bool:
    """Return whether the password is right; the check takes equally long if the account does not exist."""
    if user is None:
        make_password(password)
        return False
    return user.check_password(password)


def _lockout_message(attempt: LoginAttempt) -> str:
    until = attempt.locked_until or clock.real_now()
    return f"连续试错，已停止登录。{until.astimezone(clock.SHANGHAI):%H:%M} 后再试，急用请找安全管理员解锁。"


def _record_failure(verb: str, user: User | None, reason: str) -> None:
    """Record a failed login, or the lockout of an account after failed logins, as an audit event.

    A name without an account is left out, as it may be a password typed by mistake.
    """
    record(verb, by=System("未登录"), subject=user, reason=reason, result=Event.Result.FAILED)


class PortalBackend:
    """Authentication backend for Django's authenticate(), without the permissions of django.contrib.auth."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        try:
            return check_login(username or "", password or "", cookies=request.COOKIES if request else {})
        except LoginRefused:
            return None

    def get_user(self, user_id: int) -> User | None:
        return User.objects.open().filter(pk=user_id).first()
