"""Migration operation that prepares a table without history for a changes feed (ADR 21).

Its triggers give each row the transaction of its last change, and refuse what a feed could not tell without versions.
"""

from __future__ import annotations

from django.db.migrations import RunSQL

FUNCTIONS = """
CREATE FUNCTION lists_mark_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_xid := pg_current_xact_id();
    RETURN NEW;
END
$$;
CREATE FUNCTION lists_never_lost() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
"""
DROP_FUNCTIONS = """
DROP FUNCTION lists_never_lost();
DROP FUNCTION lists_mark_change();
"""

_FOLLOW = """
CREATE INDEX {table}_changes ON {table} (changed_xid, {key});
CREATE TRIGGER {table}_marks_change BEFORE INSERT OR UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION lists_mark_change();
CREATE TRIGGER {table}_never_deleted BEFORE DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION lists_never_lost();
CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION lists_never_lost();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_marks_change;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_never_deleted;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_never_emptied;
"""
_KEEP_OWNER = """
CREATE TRIGGER {table}_never_moved BEFORE UPDATE ON {table}
    FOR EACH ROW WHEN (OLD.{owner} IS DISTINCT FROM NEW.{owner}) EXECUTE FUNCTION lists_never_lost();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_never_moved;
"""
_FORGET = """
DROP TRIGGER IF EXISTS {table}_never_moved ON {table};
DROP TRIGGER {table}_never_emptied ON {table};
DROP TRIGGER {table}_never_deleted ON {table};
DROP TRIGGER {table}_marks_change ON {table};
DROP INDEX {table}_changes;
"""


def follow_changes(table: str, *, key: str = "id", owner: str = "") -> RunSQL:
    """Return the migration operation that gives a table the index and the triggers that a changes feed needs.

    Its rows are never deleted. `owner` is the column that decides who sees a row, which then never changes.
    """
    names = {"table": table, "key": key, "owner": owner}
    return RunSQL((_FOLLOW + (_KEEP_OWNER if owner else "")).format(**names), _FORGET.format(**names))
