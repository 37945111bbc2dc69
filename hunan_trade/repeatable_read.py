"""Context manager for a transaction whose queries all read one database snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def repeatable_read_transaction() -> Iterator[None]:
    """Open a read-only transaction whose queries see no commit made after the transaction began.

    Inside a transaction of the caller it is that one: its isolation can no longer be chosen.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
