"""Counts the changes of tables with triggers, and caches values until one of these tables changes (ADR 11)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

from django.db import connection, transaction
from django.db.migrations import RunSQL

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_CREATE_TABLE = """
CREATE TABLE {version_table} (mark numeric NOT NULL);
INSERT INTO {version_table} VALUES (1 + floor(random() * 1e15));
"""
_CREATE_TRIGGER = """
CREATE FUNCTION {table}_marks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {version_table} VALUES (1 + floor(random() * 1e15));
    RETURN NULL;
END
$$;
CREATE TRIGGER {table}_marked AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_marks();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_marked;
"""
_DROP_TRIGGER = """
DROP TRIGGER {table}_marked ON {table};
DROP FUNCTION {table}_marks();
"""


def track_versions(*tables: str, version_table: str) -> RunSQL:
    """Return a migration operation whose triggers change the version in `version_table` if one of `tables` changes."""
    return RunSQL(
        "".join([_CREATE_TABLE, *(_CREATE_TRIGGER.replace("{table}", table) for table in tables)]).format(
            version_table=version_table
        ),
        "".join([*(_DROP_TRIGGER.replace("{table}", table) for table in tables), "DROP TABLE {version_table};"]).format(
            version_table=version_table
        ),
    )


def read_version(*version_tables: str) -> str:
    """Return a version text that differs after every committed change of the tables tracked by `version_tables`.

    Read it before the rows.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT concat_ws('/', {', '.join(map(current_version_subquery, version_tables))})")
        return str(cursor.fetchone()[0])


def current_version_subquery(version_table: str) -> str:
    """Return an SQL expression for the current version number in a version table.

    For a query that must see it at the same instant as its rows.
    """
    return f"(SELECT sum(mark)::text FROM {version_table})"


@transaction.atomic
def compact_version_table(version_table: str) -> int:
    """Merge all rows of a version table into one row; return the number of rows removed.

    The remaining row holds the sum, which keeps the version.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH gone AS (DELETE FROM {version_table} RETURNING mark)"
            f" INSERT INTO {version_table} SELECT sum(mark) FROM gone HAVING count(*) > 0"
            " RETURNING (SELECT count(*) FROM gone) - 1"
        )
        found = cursor.fetchone()
    return int(found[0]) if found else 0


class VersionedCache(Generic[Key, Value]):
    """Cache in the process's memory whose values are valid until one of the tracked database tables changes.

    An answer is kept only where the version after the tables were read is the one before: only then is it known that it
    is of this version. Answers of an older version are dropped with the first of a newer one; beyond `max_entries`, all
    are. Nobody may change an answer, and whether somebody may see it is asked each time by whoever shows it.
    """

    def __init__(self, *version_tables: str, max_entries: int) -> None:
        self.version_tables, self.max_entries = version_tables, max_entries
        self._answers: dict[tuple[str, Key], Value] = {}

    def get(self, key: Key, compute: Callable[[], Value]) -> Value:
        return self.get_many([key], lambda _: {key: compute()})[key]

    def get_many(self, keys: Collection[Key], compute: Callable[[list[Key]], Mapping[Key, Value]]) -> dict[Key, Value]:
        """Return the values of `keys`, after computing the values that are not cached.

        `compute` is called once, with the keys that are not cached.
        """
        current, answers = read_version(*self.version_tables), self._answers
        found = {key: answers[current, key] for key in keys if (current, key) in answers}
        if missing := [key for key in keys if key not in found]:
            made = compute(missing)
            found |= made
            if read_version(*self.version_tables) == current:
                same = {known: answer for known, answer in self._answers.items() if known[0] == current}
                fresh = {(current, key): answer for key, answer in made.items()}
                self._answers = (
                    same | fresh if len(same) + len(fresh) <= self.max_entries else fresh
                )  # at once, for all threads
        return found
