"""Lets a test that never commits simulate the beginning of the next transaction."""

from __future__ import annotations

from django.db import connection


def next_transaction() -> None:
    """Reset the business time that all acts of one transaction share, as a new transaction does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lists.moment', '', true)")
