"""Tests the pytest plugin, for example its cloned databases and its ban on skipped tests."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2.errors
import pytest
from django.conf import settings
from django.db import connection, connections
from pytest_django import DjangoDbBlocker
from pytest_socket import SocketConnectBlockedError

from hunan_trade.testing import plugin
from hunan_trade.testing.plugin import ClonedDatabase

ROOT = Path(__file__).resolve().parents[3]


def execute_query(query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0] if cursor.description else None


@pytest.fixture
def check_after_copy_is_dropped(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Fixture that checks the test database after a cloned database was dropped."""
    yield
    with django_db_blocker.unblock():
        assert execute_query("SELECT to_regclass('committed')") is None
        assert (
            execute_query(f"SELECT count(*) FROM pg_database WHERE datname LIKE '{connection.settings_dict['NAME']}_%'")
            == 0
        )
        connections.close_all()


def test_rows_committed_in_a_cloned_database_are_seen_by_threads_and_gone_afterwards(
    check_after_copy_is_dropped: None, cloned_database: ClonedDatabase
) -> None:
    seen = []

    def read_in_thread() -> None:
        seen.append((execute_query("SELECT current_database()"), execute_query("SELECT n FROM committed")))
        connections.close_all()

    cloned_database.execute_as_owner("CREATE TABLE committed AS SELECT 5 AS n")
    thread = threading.Thread(target=read_in_thread)
    thread.start()
    thread.join()
    assert seen == [(cloned_database.name, 5)]
    assert os.environ["DATABASE_URL"] == cloned_database.url


def test_a_cloned_database_is_dropped_while_autovacuum_works_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def note_command(command: str) -> None:
        asked.append(command)
        if "FORCE" in command:
            raise psycopg2.errors.InsufficientPrivilege

    monkeypatch.setattr(plugin, "execute_sql_as_owner", note_command)
    plugin.drop_database("copy")
    assert asked == ['DROP DATABASE IF EXISTS "copy" WITH (FORCE)', 'DROP DATABASE IF EXISTS "copy"']


def test_tests_can_connect_only_to_the_loopback_address() -> None:
    with pytest.warns(UserWarning), pytest.raises(SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 80))


def test_files_are_written_to_a_folder_of_the_test_session() -> None:
    assert not settings.DATA_DIR.is_relative_to(ROOT)


def test_a_skipped_test_fails_the_session_where_skips_are_forbidden(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("import pytest\ndef test_it():\n    pytest.skip('no tool')\n")
    plain = ["-p", "no:django", "-p", "no:cacheprovider", "-p", "hunan_trade.testing.plugin", "-c", os.devnull]
    command = [sys.executable, "-m", "pytest", *plain, "--rootdir", str(tmp_path), str(tmp_path)]
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    allowed, forbidden = (
        subprocess.run(command, cwd=ROOT, env={**outside, "PORTAL_FORBID_SKIPS": flag}, capture_output=True, text=True)
        for flag in ("0", "1")
    )
    assert allowed.returncode == 0, allowed.stdout
    assert forbidden.returncode == 1, forbidden.stdout
    assert "test_one.py::test_it" in forbidden.stdout
