"""The version of a table: the sum of the marks that every statement touching it leaves in its transaction (ADR 11)."""

from __future__ import annotations

from django.db import connection, transaction
from django.db.migrations import RunSQL

_MARK = """
CREATE TABLE {marks} (mark numeric NOT NULL);
INSERT INTO {marks} VALUES (1 + floor(random() * 1e15));
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
DROP TABLE {marks};
"""


def marked(table: str, marks: str) -> RunSQL:
    """For migrations: from now on `marks` holds the version of `table`."""
    return RunSQL(_MARK.format(table=table, marks=marks), _UNMARK.format(table=table, marks=marks))


def version(marks: str) -> str:
    """Another one after every committed change. Read it before the rows it is said of."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {summed(marks)}")
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
