"""Factories of users with every role, and of their tokens, for tests.

Regions are loaded when the first user needs a city.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password

from hunan_trade import clock
from hunan_trade.accounts import actions
from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.roles import Role
from hunan_trade.audit.actions import System
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.regions.models import Region

PASSWORD = "Qingfeng-4711"
CHANGSHA, CHENZHOU, HENGYANG = "430100", "431000", "430400"
_numbers = count(1)
_hashed: list[str] = []


def person(role: str = "", *, region: str = "", username: str = "", name: str = "", password: str = "") -> User:
    """Create an open account whose password is PASSWORD or as given."""
    if region and not Region.objects.filter(pk=region).exists():
        regions.load_regions()
    if not password and not _hashed:
        _hashed.append(make_password(PASSWORD))
    number = next(_numbers)
    return User.objects.create(
        username=username or f"{role or 'nobody'}-{number}",
        name=name or f"张{number}",
        role=role,
        region_id=region or None,
        password=make_password(password) if password else _hashed[0],
        must_change_password=False,
        password_changed_at=clock.real_now(),
    )


def officer(**more: str) -> User:
    return person(Role.PROVINCE_OFFICER, **more)


def province_lead(**more: str) -> User:
    return person(Role.PROVINCE_LEAD, **more)


def reporter(region: str = CHANGSHA, **more: str) -> User:
    return person(Role.CITY_REPORTER, region=region, **more)


def lead(region: str = CHANGSHA, **more: str) -> User:
    return person(Role.CITY_LEAD, region=region, **more)


def administrator(**more: str) -> User:
    return person(Role.ADMINISTRATOR, **more)


def security_officer(**more: str) -> User:
    return person(Role.SECURITY_OFFICER, **more)


def auditor(**more: str) -> User:
    return person(Role.AUDITOR, **more)


def release_second_half(user: User) -> str:
    """Release the newest password code of the user and return its second half."""
    link = user.password_links.get(used_at=None)
    return actions.release_second_code_half(link=link, by=security_officer())


def token(user: User, scope: str = Token.Scope.READ, **more: Any) -> tuple[Token, str]:
    """Create a usable API token and return it with its secret."""
    return actions.issue_token(user=user, label="测试", scope=scope, by=System(), **more)


def bearer_headers(user: User, scope: str = Token.Scope.READ) -> dict[str, str]:
    """Return request headers with a new API token of the user, for Django's test client."""
    return {"Authorization": f"Bearer {token(user, scope)[1]}"}
