"""Builds migration operations whose triggers forbid changing or deleting the rows of a table.

There is no switch to turn the triggers off.
"""

from __future__ import annotations

from django.db.migrations import RunSQL

_REFUSE = """
CREATE OR REPLACE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{table}: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER {table}_rows_stay BEFORE {events} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION {table}_stays();
CREATE TRIGGER {table}_table_stays BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {table}_stays();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_rows_stay;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_table_stays;
"""
_ALLOW = """
DROP TRIGGER {table}_rows_stay ON {table};
DROP TRIGGER {table}_table_stays ON {table};
DROP FUNCTION {table}_stays();
"""


def append_only(table: str) -> RunSQL:
    """Return the migration operation that forbids changing or deleting any row of the database table `table`."""
    return RunSQL(_REFUSE.format(table=table, events="UPDATE OR DELETE", when=""), _ALLOW.format(table=table))


def freeze_rows_where(table: str, condition: str) -> RunSQL:
    """Return the migration operation that forbids changing or deleting rows of `table` for which `condition` holds.

    The condition is SQL over OLD.
    """
    sql = _REFUSE.format(table=table, events="UPDATE OR DELETE", when=f"WHEN ({condition})")
    return RunSQL(sql, _ALLOW.format(table=table))
