"""The version of a table: the sum of the marks that every statement touching it leaves in its transaction (ADR 11)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

from django.db import connection, transaction
from django.db.migrations import RunSQL

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_MARKS = """
CREATE TABLE {marks} (mark numeric NOT NULL);
INSERT INTO {marks} VALUES (1 + floor(random() * 1e15));
"""
_MARK = """
CREATE FUNCTION {table}_marks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {marks} VALUES (1 + floor(random() * 1e15));
    RETURN NULL;
END
$$;
CREATE TRIGGER {table}_marked AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_marks();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_marked;
"""
_UNMARK = """
DROP TRIGGER {table}_marked ON {table};
DROP FUNCTION {table}_marks();
"""


def marked(*tables: str, marks: str) -> RunSQL:
    """For migrations: from now on `marks` holds the version of the tables."""
    return RunSQL(
        "".join([_MARKS, *(_MARK.replace("{table}", table) for table in tables)]).format(marks=marks),
        "".join([*(_UNMARK.replace("{table}", table) for table in tables), "DROP TABLE {marks};"]).format(marks=marks),
    )


def version(*marks: str) -> str:
    """Another one after every committed change of any of the tables. Read it before the rows it is said of."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT concat_ws('/', {', '.join(map(summed, marks))})")
        return str(cursor.fetchone()[0])


def summed(marks: str) -> str:
    """The version as part of a query, where it must be of the same instant as the rows."""
    return f"(SELECT sum(mark)::text FROM {marks})"


@transaction.atomic
def add_up(marks: str) -> int:
    """All marks as one: their sum, the version, stays. The number of marks less."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH gone AS (DELETE FROM {marks} RETURNING mark)"
            f" INSERT INTO {marks} SELECT sum(mark) FROM gone HAVING count(*) > 0"
            " RETURNING (SELECT count(*) FROM gone) - 1"
        )
        found = cursor.fetchone()
    return int(found[0]) if found else 0


class VersionedCache(Generic[Key, Value]):
    """What this process worked out of marked tables, told again for as long as none of them changes.

    An answer is kept only where the version after the tables were read is the one before: only then is it known that it
    is of this version. Answers of an older version are dropped with the first of a newer one; beyond `most`, all are.
    Nobody may change an answer, and whether somebody may see it is asked each time by whoever shows it.
    """

    def __init__(self, *marks: str, most: int) -> None:
        self.marks, self.most = marks, most
        self._kept: dict[tuple[str, Key], Value] = {}

    def of(self, key: Key, work: Callable[[], Value]) -> Value:
        return self.each([key], lambda _: {key: work()})[key]

    def each(self, keys: Collection[Key], work: Callable[[list[Key]], Mapping[Key, Value]]) -> dict[Key, Value]:
        """The answers to all `keys`; `work` finds those that are not at hand."""
        standing, kept = version(*self.marks), self._kept
        found = {key: kept[standing, key] for key in keys if (standing, key) in kept}
        if lost := [key for key in keys if key not in found]:
            made = work(lost)
            found |= made
            if version(*self.marks) == standing:
                same = {known: answer for known, answer in self._kept.items() if known[0] == standing}
                fresh = {(standing, key): answer for key, answer in made.items()}
                self._kept = same | fresh if len(same) + len(fresh) <= self.most else fresh  # at once, for all threads
        return found
