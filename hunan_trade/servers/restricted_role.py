"""Grants and checks the limited rights of the application's database role.

The role owns no tables.
Tables that refuse UPDATE and DELETE by trigger (audit.append_only) are known by that trigger, and histories, which
only triggers write (lists.history_tracking), by theirs, so a new one is never forgotten. Both functions take a DB-API cursor and look at the schema public of its database.
"""

from __future__ import annotations

from typing import Any

# What migrations write, and what the functions of the audit chain write with the rights of their owner.
READ_ONLY = {"django_migrations", "django_content_type", "audit_link", "audit_unsealed"}
ADVISORY_LOCK = 20_130_708  # advisory lock: two starts at once would update the same rows of the catalogue

_TABLES = """
SELECT relname, relkind IN ('v', 'm') OR EXISTS (
    SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = relname || '_only_grows'
), EXISTS (
    SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = relname || '_rows_stay' AND tgqual IS NULL
)
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') ORDER BY relname
"""
_IS_RESTRICTED = """
SELECT NOT rolsuper AND NOT rolcreaterole AND NOT has_schema_privilege('public', 'CREATE') AND NOT EXISTS (
    SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND (
        pg_has_role(relowner, 'MEMBER')
        OR has_table_privilege(oid, 'TRUNCATE')
        OR has_table_privilege(oid, 'UPDATE, DELETE') AND EXISTS (
            SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgqual IS NULL
            AND tgname IN (relname || '_rows_stay', relname || '_only_grows')
        )
    )
)
FROM pg_roles WHERE rolname = current_user
"""


def grant_restricted_rights(cursor: Any, app: str) -> None:
    """Grant the database role `app` only the rights that the application needs.

    To be called as the tables' owner.
    """
    cursor.execute(_TABLES)
    tables: dict[str, list[str]] = {}
    for name, derived, append_only in cursor.fetchall():
        needs = "SELECT" if derived or name in READ_ONLY else "SELECT, INSERT"
        if needs != "SELECT" and not append_only:
            needs += ", UPDATE, DELETE"
        tables.setdefault(needs, []).append(_quoted(name))
    role = _quoted(app)
    grants = [f"GRANT {needs} ON {', '.join(names)} TO {role}" for needs, names in tables.items()]
    statements = [
        f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})",
        # What is made between two runs of this function can be read and added to, until it is looked at here.
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT ON TABLES TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {role}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        *grants,
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    ]
    cursor.execute(";\n".join(statements))  # one message, hence one transaction: nobody ever stands without grants


def is_restricted(cursor: Any) -> bool:
    """Return whether the connected database role owns no tables and cannot change append-only tables.

    Such a role can neither alter nor empty a table, nor become its owner.
    """
    cursor.execute(_IS_RESTRICTED)
    return bool(cursor.fetchone()[0])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
