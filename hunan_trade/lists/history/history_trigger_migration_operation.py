"""Migration operation that makes database triggers keep the history of a register's table (ADR 19).

The triggers see every write: of the ORM, COPY, MERGE and raw SQL. Who acts and when reaches them by settings that hold
for one transaction: `lists.act`, the act's id, and `lists.moment`, business time (`act_recording`). A write without
them is of nobody, at the time of `lists.today` where the business date is fixed.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.db.migrations.operations.base import Operation

from hunan_trade import clock

LOCK_SPACE = 20_130_709  # advisory locks of business days: (this, days since FIRST_DAY)
FIRST_DAY = "2000-01-01"

# The functions that all registers share. `lists_write_history` writes as the owner of the tables, to whom alone the
# history is open, and so nobody else may put it on a table.
FUNCTIONS = f"""
CREATE FUNCTION lists_day(moment timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT (moment AT TIME ZONE 'Asia/Shanghai')::date - date '{FIRST_DAY}'
$$;

CREATE FUNCTION lists_business_time() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(
        nullif(current_setting('lists.today', true), '')::date + (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::time,
        clock_timestamp() AT TIME ZONE 'Asia/Shanghai'
    ) AT TIME ZONE 'Asia/Shanghai'
$$;

-- Business time of this transaction. Its day is locked until the transaction ends, so that an answer for the day can wait.
CREATE FUNCTION lists_moment() RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz := nullif(current_setting('lists.moment', true), '')::timestamptz;
BEGIN
    IF moment IS NULL THEN
        LOOP
            moment := lists_business_time();
            PERFORM pg_advisory_xact_lock_shared({LOCK_SPACE}, lists_day(moment));
            EXIT WHEN lists_day(lists_business_time()) = lists_day(moment);
        END LOOP;
        PERFORM set_config('lists.moment', moment::text, true);
    END IF;
    RETURN moment;
END
$$;

-- Argument: the generated columns as JSON with nulls, for NEW has not theirs before it is written.
CREATE FUNCTION lists_count_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was record;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.changed_xid := OLD.changed_xid;
        was := jsonb_populate_record(OLD, TG_ARGV[0]::jsonb);
        IF NEW IS NOT DISTINCT FROM was THEN
            RETURN NEW;
        END IF;
        NEW.version := OLD.version + 1;
    END IF;
    NEW.changed_xid := pg_current_xact_id();
    RETURN NEW;
END
$$;

-- Set-wise, and planned for the number of rows at hand, hence EXECUTE. Arguments: history table, columns but version
-- and changed_xid.
CREATE FUNCTION lists_write_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    moment timestamptz := lists_moment();
    act bigint := nullif(current_setting('lists.act', true), '')::bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        EXECUTE format(
            'INSERT INTO %1$I (%2$s, version, changed_xid, valid_from, act_id, is_deletion)
            SELECT %2$s, version, changed_xid, $1, $2, false FROM written', TG_ARGV[0], TG_ARGV[1]
        ) USING moment, act;
    ELSIF TG_OP = 'UPDATE' THEN
        EXECUTE format(
            'WITH closed AS (
                UPDATE %1$I h SET valid_to = greatest($1, h.valid_from), ended_xid = pg_current_xact_id()
                FROM replaced r JOIN written w USING (id)
                WHERE h.id = r.id AND h.version = r.version AND w.version <> r.version
                RETURNING h.id AS closed_id, h.valid_to AS closed_at
            )
            INSERT INTO %1$I (%2$s, version, changed_xid, valid_from, act_id, is_deletion)
            SELECT %2$s, version, changed_xid, coalesce(closed_at, $1), $2, false
            FROM written JOIN (SELECT id AS was_id, version AS was_version FROM replaced) was ON was_id = id
            LEFT JOIN closed ON closed_id = id WHERE version <> was_version', TG_ARGV[0], TG_ARGV[1]
        ) USING moment, act;
    ELSE
        EXECUTE format(
            'WITH closed AS (
                UPDATE %1$I h SET valid_to = greatest($1, h.valid_from), ended_xid = pg_current_xact_id()
                FROM replaced r
                WHERE h.id = r.id AND h.version = r.version
                RETURNING h.id AS closed_id, h.valid_to AS closed_at
            )
            INSERT INTO %1$I (%2$s, version, changed_xid, valid_from, valid_to, act_id, is_deletion)
            SELECT %2$s, version + 1, pg_current_xact_id(), coalesce(closed_at, $1), coalesce(closed_at, $1), $2, true
            FROM replaced LEFT JOIN closed ON closed_id = id', TG_ARGV[0], TG_ARGV[1]
        ) USING moment, act;
    END IF;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION lists_write_history() FROM PUBLIC;

-- A version ends once, and is otherwise never changed.
CREATE FUNCTION lists_history_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ended record;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        ended := NEW;
        NEW.valid_to := OLD.valid_to;
        NEW.ended_xid := OLD.ended_xid;
        IF OLD.valid_to IS NULL AND ended.valid_to IS NOT NULL AND NEW IS NOT DISTINCT FROM OLD THEN
            RETURN ended;
        END IF;
    END IF;
    RAISE EXCEPTION '%: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
"""
DROP_FUNCTIONS = """
DROP FUNCTION lists_history_stays();
DROP FUNCTION lists_write_history();
DROP FUNCTION lists_count_change();
DROP FUNCTION lists_moment();
DROP FUNCTION lists_business_time();
DROP FUNCTION lists_day(timestamptz);
"""

_EVENTS = {
    "INSERT": "REFERENCING NEW TABLE AS written",
    "UPDATE": "REFERENCING OLD TABLE AS replaced NEW TABLE AS written",
    "DELETE": "REFERENCING OLD TABLE AS replaced",
}
_PROTECT = """
ALTER TABLE {history} DROP CONSTRAINT {history}_pkey;
ALTER TABLE {history} ADD CONSTRAINT {history}_pkey PRIMARY KEY (id, version);
ALTER TABLE {history} ADD CONSTRAINT {history}_period CHECK (valid_to >= valid_from);
CREATE UNIQUE INDEX {history}_standing ON {history} (id) WHERE valid_to IS NULL;
CREATE INDEX {history}_from ON {history} (valid_from);
CREATE INDEX {history}_ended ON {history} (ended_xid, id) WHERE ended_xid IS NOT NULL;
CREATE INDEX {table}_changes ON {table} (changed_xid, id);
CREATE TRIGGER {history}_table_stays BEFORE TRUNCATE ON {history}
    FOR EACH STATEMENT EXECUTE FUNCTION lists_history_stays();
ALTER TABLE {history} ENABLE ALWAYS TRIGGER {history}_table_stays;
"""
_COMPARE = """
DROP TRIGGER IF EXISTS {history}_only_grows ON {history};
CREATE TRIGGER {history}_only_grows BEFORE UPDATE OR DELETE ON {history}
    FOR EACH ROW EXECUTE FUNCTION lists_history_stays();
ALTER TABLE {history} ENABLE ALWAYS TRIGGER {history}_only_grows;
DROP TRIGGER IF EXISTS {table}_counts_change ON {table};
CREATE TRIGGER {table}_counts_change BEFORE INSERT OR UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION lists_count_change('{generated}');
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_counts_change;
"""
_TRACK = """
DROP TRIGGER IF EXISTS {table}_history_{event} ON {table};
CREATE TRIGGER {table}_history_{event} AFTER {event} ON {table} {tables}
    FOR EACH STATEMENT EXECUTE FUNCTION lists_write_history('{history}', '{columns}');
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_history_{event};
"""
_FIRST_VERSIONS = """
INSERT INTO {history} ({columns}, version, changed_xid, valid_from, is_deletion)
SELECT {columns}, version, changed_xid, %s, false FROM {table}
WHERE NOT EXISTS (SELECT FROM {history} WHERE {history}.id = {table}.id AND valid_to IS NULL)
"""
_UNTRACK = """
DROP TRIGGER {table}_counts_change ON {table};
DROP TRIGGER {history}_only_grows ON {history};
DROP TRIGGER {history}_table_stays ON {history};
DROP INDEX {history}_standing, {history}_from, {history}_ended, {table}_changes;
ALTER TABLE {history} DROP CONSTRAINT {history}_period;
"""


class track_history(Operation):
    """Migration operation that creates the triggers which store every version of a register's records.

    Takes the name of the model; `<Model>History` (`history_models.create_history_model`) is made before. Records that stand
    already get a first version as of now. A later migration that adds a column to the register, or renames one, ends
    with `track_history("Park", again=True)`, which hands the present columns to the triggers.
    """

    reversible = True

    def __init__(self, model: str, *, again: bool = False) -> None:
        self.model, self.again = model, again

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        names = self._table_and_column_names(app_label, to_state)
        if not self.again:
            schema_editor.execute(_PROTECT.format(**names))
        schema_editor.execute(_COMPARE.format(**names))
        for event, tables in _EVENTS.items():
            schema_editor.execute(_TRACK.format(event=event.lower(), tables=tables, **names))
        if not self.again:
            schema_editor.execute(_FIRST_VERSIONS.format(**names), [clock.now()])

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if self.again:
            return
        names = self._table_and_column_names(app_label, from_state)
        for event in _EVENTS:
            schema_editor.execute(
                "DROP TRIGGER {table}_history_{event} ON {table}".format(event=event.lower(), **names)
            )
        schema_editor.execute(_UNTRACK.format(**names))

    def describe(self) -> str:
        return f"Keep the history of {self.model}"

    def _table_and_column_names(self, app_label: str, state: Any) -> dict[str, str]:
        model: type[models.Model] = state.apps.get_model(app_label, self.model)
        history: type[models.Model] = state.apps.get_model(app_label, f"{self.model}History")
        fields = model._meta.local_concrete_fields
        columns = [field.column for field in fields if field.column not in ("version", "changed_xid")]
        generated = {field.column: None for field in fields if field.generated}
        return {
            "table": model._meta.db_table,
            "history": history._meta.db_table,
            "generated": json.dumps(generated),
            "columns": ", ".join(f'"{name}"' for name in columns),
        }
