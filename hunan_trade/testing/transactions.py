"""Lets a test that never commits go on as if the next transaction had begun."""

from __future__ import annotations

from django.db import connection


def next_transaction() -> None:
    """Forget the business time of this transaction, which all acts of one transaction share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lists.moment', '', true)")
