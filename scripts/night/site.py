"""The portal of the night: its data directory, the supervisor that runs it as in production, and what it costs."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg2

from hunan_trade import servers
from hunan_trade.servers import postgres, processes

ROOT = Path(__file__).resolve().parents[2]
START = 120.0  # seconds for the portal to be ready
LOOK = 0.1  # seconds between two looks at who waits for whom
PARTS = {"gunicorn": "web", "celery": "workers", "postgres": "database", "valkey-server": "broker"}


def environment(data_dir: Path) -> dict[str, str]:
    """Production behind one proxy that speaks TLS, which the crowd plays. The key is kept, so that a world stays good."""
    key = data_dir / "load_key"
    if not key.exists():
        key.write_text(secrets.token_urlsafe(50))
    inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return {
        **inherited,
        "PORTAL_MODE": "production",
        "DATA_DIR": str(data_dir),
        "SECRET_KEY": key.read_text(),
        "ALLOWED_HOSTS": "127.0.0.1",
        "TRUSTED_PROXIES": "1",
    }


def found(data_dir: Path, **sizes: int) -> None:
    """Make the world in a data directory of its own, see `founding`."""
    data_dir.mkdir(parents=True)
    pair = servers.start_pair(data_dir)
    try:
        addresses = {
            "DATABASE_URL": pair.database_url,
            "DATABASE_OWNER_URL": pair.owner_url,
            "REDIS_URL": pair.redis_url,
            "STATEMENT_TIMEOUT": "600",
            "LOG_LEVEL": "ERROR",
        }
        options = [text for name, size in sizes.items() for text in (f"--{name}", str(size))]
        command = [sys.executable, "-m", "scripts.night.world", *options, "--out", str(data_dir / "world.json")]
        subprocess.run(command, check=True, cwd=ROOT, env=environment(data_dir) | addresses)
        with as_superuser(pair.sockets) as cursor:
            cursor.execute("VACUUM ANALYZE")
    finally:
        pair.stop()


def copied(world: Path, data_dir: Path) -> None:
    """The world as it was founded; the servers take their folders over when they start."""
    shutil.copytree(world, data_dir, ignore=shutil.ignore_patterns("servers.*", "run", "*.lock"))


@contextmanager
def as_superuser(sockets: Path) -> Iterator[Any]:
    """A session that is not the portal's: sees what everybody waits for, and reads what is stored."""
    address = f"host={sockets} user={postgres.SUPERUSER} dbname={postgres.DATABASE}"
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        yield connection.cursor()


class Site:
    """The portal under its supervisor, from its start to its end."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.environment = environment(data_dir) | {"PORT": str(self.port)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hunan_trade.supervisor"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=processes.signal_on_parent_death(os.getpid(), signal.SIGTERM),
        )
        assert self.process.stdout is not None
        waited = threading.Timer(START, self.process.terminate)
        waited.start()
        said = self.process.stdout.readline()
        waited.cancel()
        if not said:
            raise RuntimeError(f"the portal did not start, see {data_dir / 'logs'}")
        pair = servers.find_pair(data_dir)
        assert pair is not None
        self.sockets = pair.sockets
        self.waits: Counter[str] = Counter()
        self._over = threading.Event()
        self._looker = threading.Thread(target=self._look, daemon=True)

    def watch(self) -> None:
        """Look at locks from now on."""
        self._looker.start()

    def stop(self) -> None:
        self._over.set()
        if self._looker.ident:
            self._looker.join()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time so far, by part, with what ended children took."""
        spent: Counter[str] = Counter()
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                spent[_part(process)] += sum(process.cpu_times()[:4])
            except psutil.NoSuchProcess:
                continue
        return dict(spent)

    def memory(self) -> dict[str, int]:
        """MiB by part now; what processes share counts for each."""
        held: Counter[str] = Counter()
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                held[_part(process)] += process.memory_info().rss >> 20
            except psutil.NoSuchProcess:
                continue
        return dict(held)

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command of the portal, run beside it."""
        sockets = quote(str(self.sockets))
        addresses = {
            "DATABASE_URL": f"postgres://{postgres.APP_ROLE}@/{postgres.DATABASE}?host={sockets}",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "STATEMENT_TIMEOUT": "120",
        }
        program = [sys.executable, "manage.py", *command]
        return subprocess.run(program, cwd=ROOT, env=self.environment | addresses, capture_output=True, text=True)

    def _look(self) -> None:
        with as_superuser(self.sockets) as cursor:
            while not self._over.wait(LOOK):
                cursor.execute(
                    "SELECT wait_event_type || ' ' || wait_event, count(*) FROM pg_stat_activity"
                    " WHERE state = 'active' AND wait_event_type IN ('Lock', 'LWLock', 'IO') GROUP BY 1"
                )
                self.waits.update(dict(cursor.fetchall()))

    def waited(self) -> dict[str, float]:
        """Seconds that sessions waited, estimated from the looks."""
        return {what: round(looks * LOOK, 1) for what, looks in self.waits.most_common(6)}


def _part(process: psutil.Process) -> str:
    command = " ".join(process.cmdline()[:4])
    return next((part for word, part in PARTS.items() if word in command), "supervisor")
