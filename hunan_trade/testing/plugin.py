"""The suite's ground, laid before Django reads its settings.

With DATABASE_URL unset, a PostgreSQL and a Valkey run for this session only; pytest-xdist's processes inherit them.
Whatever the code writes to DATA_DIR goes to a folder that is removed at the end.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg2
import pytest
from django.db import connections
from django.test.utils import setup_databases, teardown_databases

from hunan_trade import servers

pytest_plugins = ["hunan_trade.testing.demo"]


@pytest.hookimpl(wrapper=True)  # around the others: pytest-django reads the settings in this very hook
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _lay_ground(early_config)
    return (yield)


def _lay_ground(config: pytest.Config) -> None:
    folder = Path(tempfile.mkdtemp(prefix="portal-test-"))
    (folder / "static").mkdir()  # STATIC_ROOT: WhiteNoise warns where it is missing, and a warning fails a test
    config.add_cleanup(lambda: shutil.rmtree(folder))
    os.environ["DATA_DIR"] = str(folder)
    os.environ.setdefault("PORTAL_MODE", "demo")
    os.environ.setdefault("STATIC_AUTOREFRESH", "1")  # or every test client would list all static files first
    if os.environ.get("DATABASE_URL"):
        return
    try:
        pair = servers.start(folder, durable=False)
    except servers.ServersFailed as failed:
        raise pytest.UsageError(str(failed)) from failed
    config.add_cleanup(pair.stop)
    config.add_cleanup(lambda: os.environ.update(DATABASE_URL=""))
    os.environ.update(DATABASE_URL=pair.database_url, REDIS_URL=pair.redis_url, PORTAL_EMBEDDED="1")


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("PORTAL_FORBID_SKIPS") == "1" and "PYTEST_XDIST_WORKER" not in os.environ:
        config.pluginmanager.register(NothingSkipped())


class NothingSkipped:
    """A test that is skipped proves nothing: the session fails and says which."""

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
class Clone:
    """A database of one test, and its address for the processes that the test starts (DATABASE_URL is set to it)."""

    name: str
    url: str


@pytest.fixture(scope="session")
def migrated_database(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """The test database, also where no test of the session has the django_db mark: pytest-django makes none then."""
    if connections.settings["default"]["NAME"].startswith("test_"):
        yield
        return
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        made = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        teardown_databases(made, verbosity=0)


@pytest.fixture
def cloned_database(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, migrated_database: None, django_db_blocker: object
) -> Iterator[Clone]:
    """A copy of the migrated test database for a test that really commits: threads, processes, kills, deferred checks.

    Tables that refuse DELETE and TRUNCATE cannot be flushed after a test, so the copy is dropped as a whole.
    """
    if request.node.get_closest_marker("django_db"):
        pytest.fail("cloned_database brings its own database: leave the django_db mark out", pytrace=False)
    with django_db_blocker.unblock(), cloned(connections.settings["default"]["NAME"], monkeypatch) as clone:  # type: ignore[attr-defined]
        yield clone


@contextmanager
def cloned(template: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clone]:
    """All connections, and DATABASE_URL for processes, go to a copy of `template` until the block ends."""
    settings = connections.settings["default"]  # one dict for all threads: their new connections go to the copy too
    usual = settings["NAME"]
    name = f"{template}_{uuid4().hex[:8]}"
    url = database_url(name)
    connections.close_all()  # a database is copied only while nobody is in it
    maintain(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    settings["NAME"] = name
    monkeypatch.setenv("DATABASE_URL", url)
    try:
        yield Clone(name, url)
    finally:
        connections.close_all()
        settings["NAME"] = usual
        maintain(f'DROP DATABASE "{name}" WITH (FORCE)')


def database_url(name: str) -> str:
    """Where another database of the session's server is reached."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def maintain(command: str) -> None:
    """For commands that stand outside of any transaction and database, such as making one."""
    with closing(psycopg2.connect(database_url("postgres"))) as connection:
        connection.autocommit = True
        connection.cursor().execute(command)
