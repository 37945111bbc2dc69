"""Proving who somebody is: one way for the login form, the dialog over a page, the old password, and the framework."""

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
from hunan_trade.accounts import known_browsers, lockout
from hunan_trade.accounts.lockout import Attempt
from hunan_trade.accounts.models import User, normal_name
from hunan_trade.audit import context
from hunan_trade.audit.actions import System, record
from hunan_trade.audit.models import Event

_AT_ONCE = threading.BoundedSemaphore(4)  # each check holds 19 MiB


class NotProved(Exception):
    """The message is for the person; it is the same whether or not the account exists. `wait`: seconds, if slowed."""

    def __init__(self, reason: str, *, wait: int = 0) -> None:
        super().__init__(reason)
        self.wait = wait


@sensitive_variables("password")
def prove(username: str, password: str, *, cookies: Mapping[str, str] = MappingProxyType({})) -> User:
    """The open account of this name and password; else NotProved. Every try is counted first and kept in the log.

    But not those from an address that is slowed: it has to wait before a try counts at all.
    """
    user = User.objects.filter(username=normal_name(username)).first()
    browser, address = known_browsers.counted_as(cookies, user), context.current().ip
    if not browser and (wait := ceil(lockout.wait(address).total_seconds())):
        raise NotProved(f"这个地址连续试错，已放慢。{wait} 秒后再试；在以前登录过的浏览器里不用等。", wait=wait)
    try:
        return _proved(user, username, password, browser)
    except NotProved:
        if not browser:
            lockout.charge(address)
        raise


@sensitive_variables("password")
def _proved(user: User | None, username: str, password: str, browser: str) -> User:
    attempt = lockout.reserve(username, browser=browser, owner=user)
    if not attempt.allowed:
        _note("session.refused", user, "登录已停用时尝试")
        raise NotProved(_locked(attempt))
    with _AT_ONCE:
        right = _checks_out(user, password)
    if user is not None and right and user.is_active:
        lockout.forget(username, browser=browser)
        return user
    _note("session.refused", user, "用户名或密码不对")
    if attempt.locked_until is not None:
        _note("account.locked", user, "连续试错")
        raise NotProved(_locked(attempt))
    raise NotProved(f"用户名或密码不对。还可试 {attempt.left} 次，之后停 30 分钟。")


@sensitive_variables("password")
def _checks_out(user: User | None, password: str) -> bool:
    """As much work for a name that nobody has as for a real one."""
    if user is None:
        make_password(password)
        return False
    return user.check_password(password)


def _locked(attempt: Attempt) -> str:
    until = attempt.locked_until or clock.real_now()
    return f"连续试错，已停止登录。{until.astimezone(clock.SHANGHAI):%H:%M} 后再试，急用请找安全管理员解锁。"


def _note(verb: str, user: User | None, reason: str) -> None:
    """A name without an account is not kept: people type passwords there."""
    record(verb, by=System("未登录"), subject=user, reason=reason, result=Event.Result.FAILED)


class PortalBackend:
    """For the framework's own authenticate(). Its base class would bring tables of permissions that we do not have."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        try:
            return prove(username or "", password or "", cookies=request.COOKIES if request else {})
        except NotProved:
            return None

    def get_user(self, user_id: int) -> User | None:
        return User.objects.open().filter(pk=user_id).first()
