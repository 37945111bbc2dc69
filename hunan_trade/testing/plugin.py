"""Pytest plugin that starts the test servers before Django reads its settings.

With DATABASE_URL unset, a PostgreSQL and a Valkey run for this session only; pytest-xdist's processes inherit them.
Whatever the code writes to DATA_DIR goes to a folder that is removed at the end.

Databases are made and migrated by one role, and the tests run as another one that owns nothing, as in production: what
it may not do is refused to the tests as well. A test that must change a table's shape, or rows that stay, takes
`cloned_database` and its `execute_as_owner`, or `setup.database_owner.as_owner`.

At an outside server, DATABASE_URL's role makes the databases: it is a superuser, or has CREATEDB and CREATEROLE. The
role of the tests is made for the session, with a password, and dropped after it; the server must let it in from where
we are. Where DATABASE_OWNER_URL is set too, both roles are taken as they are; then the owner needs CREATEDB, and to be
a member of the other role, or it could not end the sessions in a database that it drops.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg2
import pytest
from django.db import connections
from hypothesis import HealthCheck, settings

from hunan_trade import servers

pytest_plugins = ["hunan_trade.testing.demo_database"]


@pytest.hookimpl(wrapper=True)  # around the others: pytest-django reads the settings in this very hook
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _set_environment_and_start_servers(early_config)
    return (yield)


def _set_environment_and_start_servers(config: pytest.Config) -> None:
    folder = Path(tempfile.mkdtemp(prefix="portal-test-"))
    (folder / "static").mkdir()  # STATIC_ROOT: WhiteNoise warns where it is missing, and a warning fails a test
    config.add_cleanup(lambda: shutil.rmtree(folder))
    os.environ["DATA_DIR"] = str(folder)
    os.environ.setdefault("PORTAL_MODE", "demo")
    os.environ.setdefault("API_CALLS_A_MINUTE", "100000")  # tests call as fast as they can
    os.environ.setdefault("STATEMENT_TIMEOUT", "120")  # a busy machine answers late, and that is no failure
    os.environ.setdefault("STATIC_AUTOREFRESH", "1")  # or every test client would list all static files first
    if os.environ.get("DATABASE_URL"):
        if not os.environ.get("DATABASE_OWNER_URL"):
            _create_application_role(config, f"portal_app_{folder.name.removeprefix('portal-test-')}")
        return
    try:
        pair = servers.start_pair(folder, durable=False)
    except servers.ServersFailed as failed:
        raise pytest.UsageError(str(failed)) from failed
    config.add_cleanup(pair.stop)
    config.add_cleanup(lambda: os.environ.update(DATABASE_URL="", DATABASE_OWNER_URL=""))
    os.environ.update(DATABASE_URL=pair.database_url, REDIS_URL=pair.redis_url, PORTAL_EMBEDDED="1")
    os.environ["DATABASE_OWNER_URL"] = pair.owner_database_url


def _create_application_role(config: pytest.Config, role: str) -> None:
    """Create the application's database role for tests that use an external PostgreSQL server.

    The role in DATABASE_URL becomes the owner.
    """
    owner, password = os.environ["DATABASE_URL"], secrets.token_hex(16)
    os.environ["DATABASE_OWNER_URL"] = owner
    try:
        execute_sql_as_owner(f"CREATE ROLE \"{role}\" LOGIN PASSWORD '{password}' ROLE CURRENT_USER")
    except psycopg2.errors.InsufficientPrivilege as error:
        raise pytest.UsageError(
            "DATABASE_URL 的角色不能建角色：给它 CREATEROLE，或另设 DATABASE_OWNER_URL。"
        ) from error
    config.add_cleanup(lambda: os.environ.update(DATABASE_URL=owner, DATABASE_OWNER_URL=""))
    config.add_cleanup(lambda: execute_sql_as_owner(f'DROP ROLE "{role}"'))
    parts = urlsplit(owner)
    host = parts.netloc.rpartition("@")[2]
    os.environ["DATABASE_URL"] = parts._replace(netloc=f"{role}:{password}@{host}").geturl()


def pytest_configure(config: pytest.Config) -> None:
    # How long a busy machine takes to draw examples says nothing about the code.
    quiet = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    settings.register_profile("portal", deadline=None, suppress_health_check=quiet)
    settings.load_profile("portal")
    if config.pluginmanager.hasplugin("django"):  # it makes models importable, and its django_db_setup is replaced
        config.pluginmanager.import_plugin("hunan_trade.testing.database_fixtures")
    if os.environ.get("PORTAL_FORBID_SKIPS") == "1" and "PYTEST_XDIST_WORKER" not in os.environ:
        config.pluginmanager.register(FailOnSkips())


class FailOnSkips:
    """Pytest plugin that fails the session if a test is skipped, and lists the skipped tests."""

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.skipped:
            terminalreporter.section("skipped, and nothing may be", red=True)
            for name in self.skipped:
                terminalreporter.line(name)


@dataclass(frozen=True)
class ClonedDatabase:
    """Name and URL of a database that was cloned for one test.

    Processes of the test find the URL in DATABASE_URL.
    """

    name: str
    url: str

    def execute_as_owner(self, command: str) -> None:
        """Execute an SQL command in this database as its owner role, and commit it at once."""
        execute_sql_as_owner(command, self.name)


@pytest.fixture
def cloned_database(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, django_db_setup: None, django_db_blocker: Any
) -> Iterator[ClonedDatabase]:
    """Fixture that clones the test database for a test that commits transactions.

    Tables that refuse DELETE and TRUNCATE cannot be flushed after a test, so the copy is dropped as a whole.
    """
    if request.node.get_closest_marker("django_db"):
        pytest.fail("cloned_database brings its own database: leave the django_db mark out", pytrace=False)
    with django_db_blocker.unblock(), clone_database(connections.settings["default"]["NAME"], monkeypatch) as clone:
        yield clone


@contextmanager
def clone_database(template: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClonedDatabase]:
    """Context manager that copies the database `template`, connects Django to the copy and finally drops it."""
    settings = connections.settings["default"]  # one dict for all threads: their new connections go to the copy too
    usual = settings["NAME"]
    name = f"{template}_{uuid4().hex[:8]}"
    url = database_url("DATABASE_URL", name)
    connections.close_all()  # a database is copied only while nobody is in it
    # Copying the files takes half the work of writing them to the log; the checkpoint before is cheap without fsync.
    execute_sql_as_owner(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    settings["NAME"] = name
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("DATABASE_OWNER_URL", database_url("DATABASE_OWNER_URL", name))
    try:
        yield ClonedDatabase(name, url)
    finally:
        connections.close_all()
        settings["NAME"] = usual
        drop_database(name)


def drop_database(name: str) -> None:
    """Drop a database after ending all connections to it.

    FORCE is refused to the owner while autovacuum works there, whose process is no role's; DROP alone ends that one.
    """
    for attempt in range(4):
        try:
            execute_sql_as_owner(f'DROP DATABASE IF EXISTS "{name}"' + (" WITH (FORCE)" if attempt % 2 == 0 else ""))
            return
        except (psycopg2.errors.InsufficientPrivilege, psycopg2.errors.ObjectInUse):
            if attempt == 3:
                raise


def database_url(variable: str, name: str) -> str:
    """Return the database URL in the environment variable `variable`, with `name` as the database's name."""
    return urlsplit(os.environ[variable])._replace(path=f"/{name}").geturl()


def execute_sql_as_owner(command: str, database: str = "postgres") -> None:
    """Execute an SQL command as the database owner, outside any transaction."""
    with closing(psycopg2.connect(database_url("DATABASE_OWNER_URL", database))) as connection:
        connection.autocommit = True
        connection.cursor().execute(command)
