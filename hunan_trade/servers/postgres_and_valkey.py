"""Starts, shares and stops the PostgreSQL and Valkey servers of a data directory.

Locks show which processes use the servers.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil

from hunan_trade.servers import postgres, server_processes, valkey

SOCKET_PATH_LIMIT = 100  # bytes; the kernel allows 107


@dataclass
class ServerPair:
    """Running PostgreSQL and Valkey servers with their addresses."""

    data_dir: Path
    sockets: Path
    port: int
    password: str
    durable: bool = True
    ends_with_caller: bool = False
    _usage_lock: IO[str] | None = field(default=None, repr=False)
    _processes: list[psutil.Process] = field(default_factory=list, repr=False)

    @property
    def database_url(self) -> str:
        """The database URL for the application's role, which owns no tables."""
        return self._url_for_role(postgres.APP_ROLE)

    @property
    def owner_database_url(self) -> str:
        """The database URL for migrations, with the role that owns the tables."""
        return self._url_for_role(postgres.OWNER_ROLE)

    @property
    def redis_url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def _url_for_role(self, role: str) -> str:
        return f"postgres://{role}@/{postgres.DATABASE}?host={quote(str(self.sockets))}"

    def is_alive(self) -> bool:
        return bool(self._processes) and all(server_processes.is_alive(process) for process in self._processes)

    def restart_dead_servers(self) -> list[str]:
        """Restart each dead server at its old address; return the names of the restarted servers.

        Raises ServersFailed.
        """
        with _start_stop_lock(self.data_dir):  # two at once would take each other's lock files away
            return self._restart_dead_servers_unlocked()

    def _restart_dead_servers_unlocked(self) -> list[str]:
        dead = []
        if not postgres.running_processes(self.data_dir):
            postgres.start(
                self.data_dir, sockets=self.sockets, durable=self.durable, ends_with_caller=self.ends_with_caller
            )
            dead.append("postgres")
        if not valkey.running_processes(self.data_dir):
            valkey.start(
                self.data_dir,
                port=self.port,
                password=self.password,
                durable=self.durable,
                ends_with_caller=self.ends_with_caller,
            )
            dead.append("valkey")
        self._processes = [*postgres.running_processes(self.data_dir), *valkey.running_processes(self.data_dir)]
        return dead

    def stop(self) -> None:
        """Stop PostgreSQL and Valkey, even if other processes use them.

        Returns when all data are on disk.
        """
        with _start_stop_lock(self.data_dir):
            self._release_usage_lock()
            _stop_servers(self.data_dir)

    def stop_unless_used(self) -> None:
        """Stop PostgreSQL and Valkey if no other process uses them."""
        with _start_stop_lock(self.data_dir), _open_usage_lock_file(self.data_dir) as users:
            self._release_usage_lock()
            if _try_lock(users, fcntl.LOCK_EX):
                _stop_servers(self.data_dir)

    def _release_usage_lock(self) -> None:
        """Release the lock which shows other processes that this process uses the servers."""
        if self._usage_lock:
            self._usage_lock.close()
            self._usage_lock = None


def start_pair(data_dir: Path, *, durable: bool = True) -> ServerPair:
    """Start PostgreSQL and Valkey on a data directory, to run until the calling process ends.

    Without `durable` nothing is flushed to disk: for data that is thrown away. Raises ServersFailed.
    """
    return _find_or_start_pair(data_dir.resolve(), durable=durable, ends_with_caller=True)


@contextmanager
def borrow_pair(data_dir: Path) -> Iterator[ServerPair]:
    """Context manager that yields the running servers of a data directory, after starting them if necessary.

    Servers that it started stop when their last user leaves.
    """
    pair = _find_or_start_pair(data_dir.resolve(), durable=True, ends_with_caller=False)
    try:
        yield pair
    finally:
        pair.stop_unless_used()


def find_pair(data_dir: Path) -> ServerPair | None:
    """Return the PostgreSQL and Valkey servers of a data directory if both are running, else None."""
    data_dir = data_dir.resolve()
    pair = _read_servers_file(data_dir)
    return pair if pair and postgres.running_processes(data_dir) and valkey.running_processes(data_dir) else None


def _find_or_start_pair(data_dir: Path, *, durable: bool, ends_with_caller: bool) -> ServerPair:
    with _start_stop_lock(data_dir):
        users = _open_usage_lock_file(data_dir)
        try:
            if _try_lock(users, fcntl.LOCK_EX):
                _stop_servers(data_dir)  # what an owner that was killed left behind
                password = secrets.token_urlsafe(24)
                pair = ServerPair(
                    data_dir, _create_socket_folder(data_dir), valkey.free_port(), password, durable, ends_with_caller
                )
            elif recorded := _read_servers_file(data_dir):
                pair = recorded
            else:
                raise server_processes.ServersFailed(f"{data_dir} 正由另一个程序使用，等它结束后再启动。")
            pair._restart_dead_servers_unlocked()
            _write_servers_file(pair)
            _try_lock(users, fcntl.LOCK_SH)
            pair._usage_lock = users
        except BaseException:
            if _try_lock(users, fcntl.LOCK_EX):
                _stop_servers(data_dir)
            users.close()
            raise
    return pair


def _stop_servers(data_dir: Path) -> None:
    server_processes.stop_and_wait(valkey.running_processes(data_dir), valkey.STOP_SIGNAL)
    server_processes.stop_and_wait(postgres.running_processes(data_dir), postgres.STOP_SIGNAL)
    recorded = _read_servers_file(data_dir)
    if recorded and recorded.sockets.parent != data_dir:
        shutil.rmtree(recorded.sockets, ignore_errors=True)
    (data_dir / "servers.json").unlink(missing_ok=True)


def _create_socket_folder(data_dir: Path) -> Path:
    folder = data_dir / "run"
    if len(os.fsencode(folder / ".s.PGSQL.5432.lock")) > SOCKET_PATH_LIMIT:
        folder = Path(tempfile.mkdtemp(prefix="portal-"))
    folder.mkdir(mode=0o700, exist_ok=True)
    server_processes.chown_to_server_account(folder)
    return folder


def _write_servers_file(pair: ServerPair) -> None:
    new_record = pair.data_dir / "servers.json.new"
    new_record.touch(mode=0o600)
    facts = {"sockets": str(pair.sockets), "port": pair.port, "password": pair.password, "durable": pair.durable}
    new_record.write_text(json.dumps(facts))
    new_record.rename(pair.data_dir / "servers.json")


def _read_servers_file(data_dir: Path) -> ServerPair | None:
    try:
        facts = json.loads((data_dir / "servers.json").read_text())
    except (FileNotFoundError, ValueError):
        return None
    return ServerPair(data_dir, Path(facts["sockets"]), facts["port"], facts["password"], facts["durable"])


@contextmanager
def _start_stop_lock(data_dir: Path) -> Iterator[None]:
    """Context manager that lets only one process at a time start or stop the servers of a data directory."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        file = (data_dir / "servers.lock").open("w")
    except OSError as error:
        raise server_processes.ServersFailed(
            f"数据目录 {data_dir} 不能写：{error.strerror}。换一个 DATA_DIR。"
        ) from error
    with file as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


def _open_usage_lock_file(data_dir: Path) -> IO[str]:
    """Open the file on which each process holds a shared lock as long as it uses the PostgreSQL and Valkey servers.

    The kernel drops the lock when the process is killed.
    """
    return (data_dir / "servers.users").open("w")


def _try_lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
