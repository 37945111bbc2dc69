"""Simulates the start of a new transaction in a test that never commits."""

from __future__ import annotations

from django.db import connection


def next_transaction() -> None:
    """Reset the business time that all changes in one transaction share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lists.moment', '', true)")
