"""Checks that a cache notices changes in every table from which it reads (ADR 11)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from django.db import connection
from django.test.utils import CaptureQueriesContext


def untracked_tables(work: Callable[[], object], version_tables: Collection[str]) -> list[str]:
    """Return the tables that `work()` reads and whose changes are recorded in none of `version_tables`."""
    with CaptureQueriesContext(connection) as asked:
        work()
    read = {table for query in asked for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])}
    assert read, "it was at hand, so nothing is shown"
    leaving = _version_tables()
    return sorted(table for table in read if leaving.get(table) not in version_tables)


def _version_tables() -> dict[str, str]:
    """Return a dict from each table with a change trigger to the version table into which the trigger writes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, substring(prosrc FROM 'INSERT INTO (\\w+)') FROM pg_trigger"
            " JOIN pg_class c ON c.oid = tgrelid JOIN pg_proc p ON p.oid = tgfoid"
            " WHERE tgname = relname || '_marked' AND tgenabled = 'A'"
        )
        return dict(cursor.fetchall())


def change_all_versions() -> None:
    """Write a new version into every version table, which invalidates all cached values."""
    with connection.cursor() as cursor:
        for version_table in sorted(set(_version_tables().values())):
            cursor.execute(f"INSERT INTO {version_table} VALUES (1 + floor(random() * 1e15))")
