"""The mark that tells which installation of the portal wrote an exported file."""

from __future__ import annotations

from django.conf import settings
from django.utils.crypto import salted_hmac


def installation_mark() -> str:
    """Return the mark of this installation, such as 正式-3f2a…; in the demo it begins with 演示.

    It follows from the secret key, so that a test system with a copy of the database has one of its own.
    """
    digest = salted_hmac("hunan_trade.lists.installation_mark", "", algorithm="sha256").hexdigest()
    return f"{'演示' if settings.DEMO else '正式'}-{digest[:16]}"
