"""Signed cookies that recognise a browser in which the account has signed in before (ADR 16).

OWASP calls them device cookies.

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

COOKIE_LIFETIME = timedelta(days=180)


def cookie_name(user: User) -> str:
    """Return the name of the cookie which shows that a user has signed in from this browser before."""
    return f"{settings.KNOWN_BROWSER_COOKIE}-{user.pk}"


def new_cookie(user: User) -> str:
    """Return a new signed value of the cookie which shows that a user has signed in from this browser before."""
    return _signer(user).sign(secrets.token_urlsafe(16))


def failure_counter_name(cookies: Mapping[str, str], user: User | None) -> str:
    """Return the key of the failed-login counter of a browser from which the user has signed in before, else "".

    Returns "" if the account has not signed in from this browser before.
    """
    if user is None or (cookie := cookies.get(cookie_name(user))) is None:
        return ""
    try:
        return tokens.secret_digest(_signer(user).unsign(cookie, max_age=COOKIE_LIFETIME))
    except signing.BadSignature:
        return ""


def _signer(user: User) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"known browser of {user.pk}")
