"""Computes the text that identifies an installation of the portal in the files that it exports."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.crypto import salted_hmac


def installation_mark() -> str:
    """Return the text that identifies this installation, such as 正式-3f2a…; in the demo it begins with 演示.

    It follows from the secret key, so that a test system with a copy of the database has one of its own.
    """
    return _mark(settings.SECRET_KEY, settings.DEMO)


@cache
def _mark(secret_key: str, demo: bool) -> str:
    digest = salted_hmac("hunan_trade.lists.installation_mark", "", secret=secret_key, algorithm="sha256").hexdigest()
    return f"{'演示' if demo else '正式'}-{digest[:16]}"
