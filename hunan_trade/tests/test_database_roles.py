"""Tests what the database roles of the application and of the table owner may do."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

import manage
from hunan_trade import servers, supervisor
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories
from hunan_trade.audit.actions import System, record
from hunan_trade.audit.database_role_check import ONE_ROLE
from hunan_trade.servers import restricted_role
from hunan_trade.setup.database_owner import as_owner, grant_application_rights
from hunan_trade.tests import committed_file_comparison

EXPECTED = "table_privileges.txt"
KINDS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
APPEND_ONLY = [
    line.partition(":")[0]
    for line in (committed_file_comparison.FOLDER / EXPECTED).read_text().splitlines()
    if line.endswith(": SELECT INSERT")
]


FUNCTIONS_RUN_AS_OWNER = ("audit_queue", "audit_seal", "lists_write_history")  # triggers: nobody can call them by hand


def execute_query(query: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return cursor.fetchall() if cursor.description else []


def test_every_role_is_bound_in_the_time_of_its_transactions(cloned_database: object) -> None:
    """Changes feeds wait for each that has written (traps F3)"""
    for role, seconds in ((nullcontext(), settings.TRANSACTION), (as_owner(), 3600)):
        with role:
            found = execute_query(
                "SELECT name, setting::int / 1000 FROM pg_settings WHERE name ~ 'transaction_.*timeout'"
            )
            limits = {"idle_in_transaction_session_timeout": settings.IDLE_IN_TRANSACTION}
            if connection.connection.info.server_version >= 170000:
                limits["transaction_timeout"] = seconds
            assert dict(found) == limits
    assert settings.IDLE_IN_TRANSACTION <= settings.CELERY_TASK_TIME_LIMIT < settings.TRANSACTION


@pytest.mark.django_db
def test_the_privileges_on_every_table_equal_the_committed_list() -> None:
    found = [
        f"{name}: {' '.join(sorted(privileges, key=KINDS.index))}"
        for name, privileges in execute_query(
            "SELECT relname, array(SELECT kind FROM unnest(%s) AS kind WHERE has_table_privilege(pg_class.oid, kind)"
            " OR kind = ANY(%s) AND has_any_column_privilege(pg_class.oid, kind))"
            " FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')"
            ' ORDER BY relname COLLATE "C"',
            list(KINDS),
            ["SELECT", "INSERT", "UPDATE", "REFERENCES"],
        )
    ]
    assert not (
        difference := committed_file_comparison.difference_from_committed(
            EXPECTED, found, "hunan_trade/tests/test_database_roles.py -k privileges_on_every_table"
        )
    ), difference


@pytest.mark.django_db
def test_the_application_may_use_sequences_and_only_triggers_run_as_owner() -> None:
    assert execute_query(
        "SELECT DISTINCT has_sequence_privilege(oid, 'USAGE'), has_sequence_privilege(oid, 'UPDATE')"
        " FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
    ) == [(True, False)]
    assert execute_query(
        "SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY 1"
    ) == [(name, ["search_path=public, pg_temp"]) for name in FUNCTIONS_RUN_AS_OWNER]


@pytest.mark.django_db
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_application_cannot_change_append_only_rows(table: str) -> None:
    column = execute_query("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1", table)[0][0]
    execute_query(f"GRANT ALL ON {table} TO CURRENT_USER")  # PostgreSQL warns, and grants nothing
    for change in (
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table} WHERE false",
        f"TRUNCATE {table}",
        f"TRUNCATE {table} CASCADE",
        f"SELECT 1 FROM {table} FOR UPDATE",
        f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
        f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({column}) DO UPDATE SET {column} = excluded.{column}",
        f"ALTER TABLE {table} DISABLE TRIGGER {table}_rows_stay",
        f"ALTER TABLE {table} DISABLE TRIGGER ALL",
        f"DROP TRIGGER {table}_rows_stay ON {table}",
        f"ALTER TABLE {table} OWNER TO CURRENT_USER",
        f"DROP TABLE {table} CASCADE",
    ):
        assert lacks_privilege(change), change


def lacks_privilege(statement: str) -> bool:
    """Return whether an SQL statement fails because the role lacks a privilege."""
    try:
        with transaction.atomic():
            execute_query(statement)
    except DatabaseError as error:
        return isinstance(error.__cause__, psycopg2.errors.InsufficientPrivilege)
    return False


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (n integer)",
        "CREATE VIEW public.mine AS SELECT 1",
        "CREATE FUNCTION public.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION audit_event_stays() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE SCHEMA mine",
        "CREATE EXTENSION hstore",
        "CREATE ROLE mine SUPERUSER",
        "CREATE TRIGGER mine BEFORE INSERT ON accounts_user EXECUTE FUNCTION audit_event_stays()",
        "ALTER TABLE accounts_user ADD COLUMN mine integer",
        "ALTER TABLE accounts_user RENAME TO mine",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "ALTER ROLE CURRENT_USER CREATEDB",
        'SET ROLE "{owner}"',
        'SET SESSION AUTHORIZATION "{owner}"',
        'GRANT "{owner}" TO CURRENT_USER',
        'REASSIGN OWNED BY "{owner}" TO CURRENT_USER',
        'ALTER DEFAULT PRIVILEGES FOR ROLE "{owner}" GRANT ALL ON TABLES TO CURRENT_USER',
        "SET session_replication_role = replica",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "COPY accounts_user TO '/tmp/accounts'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "DO LANGUAGE plpgsql $$ BEGIN DELETE FROM audit_event; END $$",
        "WITH gone AS (DELETE FROM audit_event RETURNING *) SELECT * FROM gone",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('audit', '0009', now())",
        "DELETE FROM django_migrations",
        "TRUNCATE accounts_user CASCADE",
        "SELECT setval('audit_event_seq_seq', 1)",
    ],
)
def test_the_application_can_neither_change_the_schema_nor_become_its_owner(statement: str) -> None:
    assert lacks_privilege(statement.replace("{owner}", str(settings.DATABASE_OWNER["USER"])))


def test_triggers_refuse_changes_of_append_only_rows_to_the_owner_too(demo_database: object) -> None:
    record("test.done", by=System())
    tables_with_rows = 0
    with as_owner():
        for table in APPEND_ONLY:
            changes = [f"TRUNCATE {table} CASCADE"]
            if execute_query(f"SELECT 1 FROM {table} LIMIT 1"):
                column = execute_query(
                    "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1", table
                )[0][0]
                changes += [f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"]
                tables_with_rows += 1
            for change in changes:
                with pytest.raises(IntegrityError, match=r"refused"), transaction.atomic():
                    execute_query(change)
        with pytest.raises(DatabaseError), transaction.atomic():  # a superuser may set it, and gains nothing
            execute_query("SET LOCAL session_replication_role = replica; DELETE FROM audit_event")
    assert tables_with_rows >= 6


def test_a_new_table_gets_restricted_privileges_at_once(cloned_database: object) -> None:
    with as_owner():
        execute_query("CREATE TABLE tomorrow (id bigint GENERATED BY DEFAULT AS IDENTITY, n integer)")
    execute_query("INSERT INTO tomorrow (n) VALUES (1)")
    assert lacks_privilege("UPDATE tomorrow SET n = 2"), "before anybody has looked at it"
    with as_owner():
        grant_application_rights()
    execute_query("UPDATE tomorrow SET n = 2")
    with as_owner():
        execute_query(
            "CREATE TRIGGER tomorrow_rows_stay BEFORE UPDATE OR DELETE ON tomorrow FOR EACH ROW"
            " EXECUTE FUNCTION audit_event_stays()"
        )
        grant_application_rights()
    assert lacks_privilege("UPDATE tomorrow SET n = 3")
    assert execute_query("SELECT n FROM tomorrow") == [(2,)]


# --- Who is told that there is one role only ------------------------------------------------------------------------


def home_page(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.get("/").content.decode()


def warning_ids() -> list[str]:
    return [str(found.id) for found in run_checks(databases=["default"], include_deployment_checks=True)]


def test_the_administrator_is_warned_if_there_is_only_one_database_role(cloned_database: object) -> None:
    administrator, security_officer = factories.administrator(), factories.security_officer()
    assert "本岗位的工作" in (page := home_page(administrator)) and ONE_ROLE not in page
    assert "fence.W001" not in warning_ids()
    with as_owner():
        page = home_page(administrator)
        assert ONE_ROLE in page and "触发器" in page and "设置手册" in page
        assert ONE_ROLE not in home_page(security_officer)
        assert "fence.W001" in warning_ids()


def test_one_excess_privilege_makes_the_role_count_as_unrestricted(cloned_database: object) -> None:
    for right in ("UPDATE ON audit_event", "TRUNCATE ON accounts_user", "CREATE ON SCHEMA public"):
        with as_owner():
            execute_query(f'GRANT {right} TO "{settings.DATABASE_ROLE}"')
        with connection.cursor() as cursor:
            assert not restricted_role.is_restricted(cursor), right
        with as_owner():
            execute_query(f'REVOKE {right} FROM "{settings.DATABASE_ROLE}"')
    with connection.cursor() as cursor:
        assert restricted_role.is_restricted(cursor)


# --- Who knows the owner's address ----------------------------------------------------------------------------------


def test_running_processes_do_not_know_the_owners_address(tmp_path: Path) -> None:
    with socket.socket() as door:
        portal = supervisor.Portal(door, tmp_path, {"DATABASE_URL": "postgres:///x", "DATABASE_OWNER_URL": "secret"})
        portal.define_child_processes()
    assert portal.children
    assert all("secret" not in child.environment.values() for child in portal.children)
    assert all(child.environment["DATABASE_URL"] == "postgres:///x" for child in portal.children)


@pytest.mark.parametrize(("command", "knows"), [("migrate", True), ("demo", True), ("shell", False), ("setup", False)])
def test_only_commands_that_change_tables_know_the_owners_address(
    command: str, knows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgres://owner@/portal")
    monkeypatch.setattr(sys, "argv", ["manage.py", command])
    monkeypatch.setattr(
        manage, "execute_from_command_line", lambda arguments: seen.append(os.environ.get("DATABASE_OWNER_URL"))
    )
    manage.main()
    assert seen == ["postgres://owner@/portal" if knows else None]


def test_the_bundled_servers_offer_addresses_of_application_and_owner(tmp_path: Path) -> None:
    pair = servers.ServerPair(tmp_path, tmp_path, 1, "")
    assert pair.database_url.startswith("postgres://portal_app@/portal?")
    assert pair.owner_database_url.startswith("postgres://portal@/portal?")
