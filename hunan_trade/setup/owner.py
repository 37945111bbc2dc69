"""Working as the owner of the tables, for as long as their shape is looked after.

The owner's address stands in DATABASE_OWNER_URL, and only where migrations run. Without it the portal has one role,
which then is the owner of everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from hunan_trade.servers import restricted_role

WHO = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


@contextmanager
def as_owner() -> Iterator[None]:
    """The default connection, of all threads, is the owner's until the block ends. Outside of any transaction only."""
    assert not connection.in_atomic_block
    facts = connection.settings_dict
    usual = {key: facts[key] for key in WHO}
    connection.close()
    facts.update({key: settings.DATABASE_OWNER[key] for key in WHO})
    try:
        yield
    finally:
        connection.close()
        facts.update(usual)


def put_up_fence() -> None:
    """Within `as_owner`: grant the application's role what it needs. Nothing to do where it is the owner itself."""
    if settings.DATABASE_OWNER["USER"] != settings.DATABASE_ROLE:
        with connection.cursor() as cursor:
            restricted_role.grant_restricted_rights(cursor, settings.DATABASE_ROLE)
