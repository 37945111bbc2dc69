"""Whether what is kept of tables goes by the versions of all of them (ADR 11)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from django.db import connection
from django.test.utils import CaptureQueriesContext


def unmarked(work: Callable[[], object], marks: Collection[str]) -> list[str]:
    """The tables that `work` reads and that `marks` are not the version of. AssertionError when it reads none."""
    with CaptureQueriesContext(connection) as asked:
        work()
    read = {table for query in asked for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])}
    assert read, "it was at hand, so nothing is shown"
    leaving = _marks()
    return sorted(table for table in read if leaving.get(table) not in marks)


def _marks() -> dict[str, str]:
    """Table → where each statement that touches it leaves its mark, whoever sends it and under whichever role."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, substring(prosrc FROM 'INSERT INTO (\\w+)') FROM pg_trigger"
            " JOIN pg_class c ON c.oid = tgrelid JOIN pg_proc p ON p.oid = tgfoid"
            " WHERE tgname = relname || '_marked' AND tgenabled = 'A'"
        )
        return dict(cursor.fetchall())


def change_all() -> None:
    """Give every table that has a version another one: what was cached of them is no longer used."""
    with connection.cursor() as cursor:
        for marks in sorted(set(_marks().values())):
            cursor.execute(f"INSERT INTO {marks} VALUES (1 + floor(random() * 1e15))")
