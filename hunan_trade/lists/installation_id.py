"""Computes the ID of this installation of the portal, which is written into exported files."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.crypto import salted_hmac


def installation_id() -> str:
    """Return the ID of this installation of the portal, such as 正式-3f2a…, or 演示-3f2a… for a demo.

    It follows from the secret key, so that a test system with a copy of the database has one of its own.
    """
    return _compute_id(settings.SECRET_KEY, settings.DEMO)


@cache
def _compute_id(secret_key: str, demo: bool) -> str:
    digest = salted_hmac("hunan_trade.lists.installation_id", "", secret=secret_key, algorithm="sha256").hexdigest()
    return f"{'演示' if demo else '正式'}-{digest[:16]}"
