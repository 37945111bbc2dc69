"""The two servers of one data directory, and who is using them."""

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

from hunan_trade.servers import postgres, processes, valkey

SOCKET_PATH_LIMIT = 100  # bytes; the kernel allows 107


@dataclass
class Pair:
    """A running PostgreSQL and Valkey, and how to reach them."""

    data_dir: Path
    sockets: Path
    port: int
    password: str
    durable: bool = True
    tied: bool = False
    _users: IO[str] | None = field(default=None, repr=False)
    _processes: list[psutil.Process] = field(default_factory=list, repr=False)

    @property
    def database_url(self) -> str:
        """For the application: a role that owns nothing."""
        return self._address(postgres.APP)

    @property
    def owner_url(self) -> str:
        """For migrations: the role that owns the tables."""
        return self._address(postgres.OWNER)

    @property
    def redis_url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def _address(self, role: str) -> str:
        return f"postgres://{role}@/{postgres.DATABASE}?host={quote(str(self.sockets))}"

    def is_alive(self) -> bool:
        return bool(self._processes) and all(processes.is_alive(process) for process in self._processes)

    def revive(self) -> list[str]:
        """Start again, at the same address, whichever server is dead; returns their names. Raises ServersFailed."""
        with _gate(self.data_dir):  # two at once would take each other's lock files away
            return self._revive()

    def _revive(self) -> list[str]:
        dead = []
        if not postgres.running(self.data_dir):
            postgres.start(self.data_dir, sockets=self.sockets, durable=self.durable, tied=self.tied)
            dead.append("postgres")
        if not valkey.running(self.data_dir):
            valkey.start(self.data_dir, port=self.port, password=self.password, durable=self.durable, tied=self.tied)
            dead.append("valkey")
        self._processes = [*postgres.running(self.data_dir), *valkey.running(self.data_dir)]
        return dead

    def stop(self) -> None:
        """End both, whoever else uses them; returns when all is written."""
        with _gate(self.data_dir):
            self._let_go()
            _end(self.data_dir)

    def leave(self) -> None:
        """End both unless another process still uses them."""
        with _gate(self.data_dir), _users(self.data_dir) as users:
            self._let_go()
            if _lock(users, fcntl.LOCK_EX):
                _end(self.data_dir)

    def _let_go(self) -> None:
        if self._users:
            self._users.close()
            self._users = None


def start(data_dir: Path, *, durable: bool = True) -> Pair:
    """Run a pair that belongs to the caller: when the caller is killed, the kernel ends it.

    Without `durable` nothing is flushed to disk: for data that is thrown away. Raises ServersFailed.
    """
    return _take(data_dir.resolve(), durable=durable, tied=True)


@contextmanager
def attached(data_dir: Path) -> Iterator[Pair]:
    """The running pair of the data directory, or else one that runs until the last who is attached leaves."""
    pair = _take(data_dir.resolve(), durable=True, tied=False)
    try:
        yield pair
    finally:
        pair.leave()


def find(data_dir: Path) -> Pair | None:
    """The recorded pair, if both of its servers are alive."""
    data_dir = data_dir.resolve()
    pair = _recorded(data_dir)
    return pair if pair and postgres.running(data_dir) and valkey.running(data_dir) else None


def _take(data_dir: Path, *, durable: bool, tied: bool) -> Pair:
    with _gate(data_dir):
        users = _users(data_dir)
        try:
            if _lock(users, fcntl.LOCK_EX):
                _end(data_dir)  # what an owner that was killed left behind
                password = secrets.token_urlsafe(24)
                pair = Pair(data_dir, _socket_folder(data_dir), valkey.free_port(), password, durable, tied)
            elif recorded := _recorded(data_dir):
                pair = recorded
            else:
                raise processes.ServersFailed(f"{data_dir} 正由另一个程序使用，等它结束后再启动。")
            pair._revive()
            _record(pair)
            _lock(users, fcntl.LOCK_SH)
            pair._users = users
        except BaseException:
            if _lock(users, fcntl.LOCK_EX):
                _end(data_dir)
            users.close()
            raise
    return pair


def _end(data_dir: Path) -> None:
    processes.end(valkey.running(data_dir), valkey.FAREWELL)
    processes.end(postgres.running(data_dir), postgres.FAREWELL)
    recorded = _recorded(data_dir)
    if recorded and recorded.sockets.parent != data_dir:
        shutil.rmtree(recorded.sockets, ignore_errors=True)
    (data_dir / "servers.json").unlink(missing_ok=True)


def _socket_folder(data_dir: Path) -> Path:
    folder = data_dir / "run"
    if len(os.fsencode(folder / ".s.PGSQL.5432.lock")) > SOCKET_PATH_LIMIT:
        folder = Path(tempfile.mkdtemp(prefix="portal-"))
    folder.mkdir(mode=0o700, exist_ok=True)
    processes.hand_over(folder)
    return folder


def _record(pair: Pair) -> None:
    fresh = pair.data_dir / "servers.json.new"
    fresh.touch(mode=0o600)
    facts = {"sockets": str(pair.sockets), "port": pair.port, "password": pair.password, "durable": pair.durable}
    fresh.write_text(json.dumps(facts))
    fresh.rename(pair.data_dir / "servers.json")


def _recorded(data_dir: Path) -> Pair | None:
    try:
        facts = json.loads((data_dir / "servers.json").read_text())
    except (FileNotFoundError, ValueError):
        return None
    return Pair(data_dir, Path(facts["sockets"]), facts["port"], facts["password"], facts["durable"])


@contextmanager
def _gate(data_dir: Path) -> Iterator[None]:
    """One process at a time starts or ends the servers of a data directory."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        file = (data_dir / "servers.lock").open("w")
    except OSError as error:
        raise processes.ServersFailed(f"数据目录 {data_dir} 不能写：{error.strerror}。换一个 DATA_DIR。") from error
    with file as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


def _users(data_dir: Path) -> IO[str]:
    """Whoever uses the pair holds a shared lock on this file; the kernel lets go of it when its holder is killed."""
    return (data_dir / "servers.users").open("w")


def _lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
