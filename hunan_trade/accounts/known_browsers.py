"""Browsers in which an account was signed in before, by a signed cookie an account: OWASP's device cookies (ADR 16).

Such a browser proves nobody. It has a count of wrong passwords of its own, and is not slowed with its address.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.core import signing

from hunan_trade.accounts import tokens
from hunan_trade.accounts.models import User

LASTS = timedelta(days=180)


def cookie_name(user: User) -> str:
    return f"{settings.KNOWN_BROWSER_COOKIE}-{user.pk}"


def fresh_cookie(user: User) -> str:
    return _signer(user).sign(secrets.token_urlsafe(16))


def counted_as(cookies: Mapping[str, str], user: User | None) -> str:
    """The name under which this browser's own tries are counted; "" for one that is not known to the account."""
    if user is None or (cookie := cookies.get(cookie_name(user))) is None:
        return ""
    try:
        return tokens.digest(_signer(user).unsign(cookie, max_age=LASTS))
    except signing.BadSignature:
        return ""


def _signer(user: User) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"known browser of {user.pk}")
