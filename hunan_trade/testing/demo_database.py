"""Pytest fixtures that load the demo data once and clone its database for each test.

The telling takes a minute. It begins as soon as the tests are collected and runs beside the others; those that need
it come last. Of several pytest-xdist processes the first to get the lock starts it, and the loader itself holds the
lock until it ends.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hunan_trade.servers import server_processes
from hunan_trade.testing.plugin import ClonedDatabase, clone_database, database_url, drop_database, execute_sql_as_owner

ROOT = Path(__file__).resolve().parents[2]
LOADER = pytest.StashKey[subprocess.Popen[bytes]]()


@dataclass(frozen=True)
class DemoDatabase(ClonedDatabase):
    """Database for one test, usually cloned from the demo's, with a data directory of its own."""

    data_dir: Path

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment variables for processes that a test starts on this database."""
        return {**os.environ, "DATABASE_URL": self.url, "DATABASE_OWNER_URL": "", "DATA_DIR": str(self.data_dir)}


def _demo_folder() -> Path:
    return Path(os.environ["DATA_DIR"]) / "demo"


def _demo_database_name() -> str:
    return f"demo_{Path(os.environ['DATA_DIR']).name}"


def _demo_log_path() -> Path:
    return _demo_folder() / "demo.log"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_needs_demo)


def _needs_demo(item: pytest.Item) -> bool:
    return "demo_database" in getattr(item, "fixturenames", ())


def pytest_collection_finish(session: pytest.Session) -> None:
    if not session.config.option.collectonly and any(_needs_demo(item) for item in session.items):
        _demo_folder().mkdir(exist_ok=True)
        with (_demo_folder() / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # another process was faster
            if not _demo_log_path().exists():
                session.config.stash[LOADER] = _start_loading(lock.fileno())


def _start_loading(lock: int) -> subprocess.Popen[bytes]:
    execute_sql_as_owner(f'CREATE DATABASE "{_demo_database_name()}"')
    addresses = {
        variable: database_url(variable, _demo_database_name()) for variable in ("DATABASE_URL", "DATABASE_OWNER_URL")
    }
    environment = {**os.environ, **addresses, "DATA_DIR": str(_demo_folder())}
    with _demo_log_path().open("wb") as log:
        return subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "demo"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=(lock,),
            preexec_fn=server_processes.signal_on_parent_death(os.getpid(), signal.SIGKILL),
        )


def pytest_unconfigure(config: pytest.Config) -> None:
    if loader := config.stash.get(LOADER, None):
        loader.kill()
        loader.wait()
    if "PYTEST_XDIST_WORKER" not in os.environ and _demo_folder().exists():
        drop_database(_demo_database_name())


@pytest.fixture(scope="session")
def loaded_demo() -> str:
    """Fixture that waits until the demo data are loaded, and returns the name of the database with these data."""
    with (_demo_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # the loader has ended
    if "演示数据已装好" not in (said := _demo_log_path().read_text()):
        pytest.fail(f"manage.py demo did not come to its end:\n{said[-3000:]}", pytrace=False)
    return _demo_database_name()


@pytest.fixture
def demo_database(
    loaded_demo: str, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, django_db_blocker: Any
) -> Iterator[DemoDatabase]:
    """Fixture that clones the demo's database and data directory for one test."""
    shutil.copytree(
        _demo_folder() / "files", tmp_path / "files", copy_function=os.link
    )  # stored files are never rewritten
    (tmp_path / "static").mkdir()
    settings.DATA_DIR, settings.FILES_DIR = tmp_path, tmp_path / "files"
    with django_db_blocker.unblock(), clone_database(loaded_demo, monkeypatch) as copy:
        yield DemoDatabase(copy.name, copy.url, tmp_path)
