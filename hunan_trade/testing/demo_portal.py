"""The demo year for tests: told once a session by `manage.py demo`, then copied for each test that asks for it.

The telling takes a minute. It begins as soon as the tests are collected and runs beside the others; those that need
it come last. Of several pytest-xdist processes the first to get the lock starts it, and the teller itself holds the
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

from hunan_trade.servers import processes
from hunan_trade.testing.plugin import Clone, address, cloned, drop, maintain

ROOT = Path(__file__).resolve().parents[2]
TELLER = pytest.StashKey[subprocess.Popen[bytes]]()


@dataclass(frozen=True)
class Demo(Clone):
    """A copy of the demo's database, and of its data directory with the stored files."""

    data_dir: Path

    @property
    def environment(self) -> dict[str, str]:
        """For the processes that a test starts; like those of `make up` they are not told who owns the tables."""
        return {**os.environ, "DATABASE_URL": self.url, "DATABASE_OWNER_URL": "", "DATA_DIR": str(self.data_dir)}


def _folder() -> Path:
    return Path(os.environ["DATA_DIR"]) / "demo"


def _database() -> str:
    return f"demo_{Path(os.environ['DATA_DIR']).name}"


def _log() -> Path:
    return _folder() / "demo.log"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_needs_demo)


def _needs_demo(item: pytest.Item) -> bool:
    return "demo_database" in getattr(item, "fixturenames", ())


def pytest_collection_finish(session: pytest.Session) -> None:
    if not session.config.option.collectonly and any(_needs_demo(item) for item in session.items):
        _folder().mkdir(exist_ok=True)
        with (_folder() / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # another process was faster
            if not _log().exists():
                session.config.stash[TELLER] = _tell(lock.fileno())


def _tell(lock: int) -> subprocess.Popen[bytes]:
    maintain(f'CREATE DATABASE "{_database()}"')
    addresses = {variable: address(variable, _database()) for variable in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    environment = {**os.environ, **addresses, "DATA_DIR": str(_folder())}
    with _log().open("wb") as log:
        return subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "demo"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=(lock,),
            preexec_fn=processes.signal_on_parent_death(os.getpid(), signal.SIGKILL),
        )


def pytest_unconfigure(config: pytest.Config) -> None:
    if teller := config.stash.get(TELLER, None):
        teller.kill()
        teller.wait()
    if "PYTEST_XDIST_WORKER" not in os.environ and _folder().exists():
        drop(_database())


@pytest.fixture(scope="session")
def told_demo() -> str:
    """The name of the database of the demo year, once it is told."""
    with (_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # the teller has ended
    if "演示数据已装好" not in (said := _log().read_text()):
        pytest.fail(f"manage.py demo did not come to its end:\n{said[-3000:]}", pytrace=False)
    return _database()


@pytest.fixture
def demo_database(
    told_demo: str, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, django_db_blocker: Any
) -> Iterator[Demo]:
    """The demo year in a database and a data directory of the test's own, dropped afterwards."""
    shutil.copytree(_folder() / "files", tmp_path / "files", copy_function=os.link)  # stored files are never rewritten
    (tmp_path / "static").mkdir()
    settings.DATA_DIR, settings.FILES_DIR = tmp_path, tmp_path / "files"
    with django_db_blocker.unblock(), cloned(told_demo, monkeypatch) as copy:
        yield Demo(copy.name, copy.url, tmp_path)
