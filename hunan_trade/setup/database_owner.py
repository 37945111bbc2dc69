"""Connects as the database owner, for migrations and for granting rights to the application.

The owner's address stands in DATABASE_OWNER_URL, and only where migrations run. Without it the portal has one role,
which then is the owner of everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from hunan_trade.servers import restricted_role

CONNECTION_KEYS = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS", "TRANSACTION_TIMEOUT")


@contextmanager
def as_owner() -> Iterator[None]:
    """Context manager in which Django connects to PostgreSQL with the role that owns the database.

    Must not be entered within a transaction.
    """
    assert not connection.in_atomic_block
    facts = connection.settings_dict
    usual = {key: facts[key] for key in CONNECTION_KEYS}
    connection.close()
    facts.update({key: settings.DATABASE_OWNER[key] for key in CONNECTION_KEYS})
    try:
        yield
    finally:
        connection.close()
        facts.update(usual)


def grant_application_rights() -> None:
    """Grant the application's database role the rights that it needs.

    To be called within `as_owner()`.
    Does nothing where it is the owner itself.
    """
    if settings.DATABASE_OWNER["USER"] != settings.DATABASE_ROLE:
        with connection.cursor() as cursor:
            restricted_role.grant_restricted_rights(cursor, settings.DATABASE_ROLE)
