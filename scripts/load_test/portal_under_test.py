"""Runs the portal for the load test and measures its processor time, memory and lock waits."""

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
from hunan_trade.servers import postgres, server_processes

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120.0  # seconds for the portal to be ready
SAMPLE_SECONDS = 0.1  # seconds between two looks at who waits for whom
PARTS = {"gunicorn": "web", "celery": "workers", "postgres": "database", "valkey-server": "broker"}


def portal_environment(data_dir: Path) -> dict[str, str]:
    """Return the environment variables of a portal that runs in production behind a TLS proxy.

    The secret key is kept in the data directory, so that the directory can be used again.
    """
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


def create_filled_data_directory(data_dir: Path, **sizes: int) -> None:
    """Create a data directory with the load test's initial data, in a separate process."""
    data_dir.mkdir(parents=True)
    pair = servers.start_pair(data_dir)
    try:
        addresses = {
            "DATABASE_URL": pair.database_url,
            "DATABASE_OWNER_URL": pair.owner_database_url,
            "REDIS_URL": pair.redis_url,
            "STATEMENT_TIMEOUT": "600",
            "LOG_LEVEL": "ERROR",
        }
        options = [text for name, size in sizes.items() for text in (f"--{name}", str(size))]
        command = [
            sys.executable,
            "-m",
            "scripts.load_test.create_initial_data",
            *options,
            "--out",
            str(data_dir / "world.json"),
        ]
        subprocess.run(command, check=True, cwd=ROOT, env=portal_environment(data_dir) | addresses)
        with superuser_cursor(pair.sockets) as cursor:
            cursor.execute("VACUUM ANALYZE")
    finally:
        pair.stop()


def copy_data_directory(world: Path, data_dir: Path) -> None:
    """Copy a data directory, except the files of running servers."""
    shutil.copytree(world, data_dir, ignore=shutil.ignore_patterns("servers.*", "run", "*.lock"))


@contextmanager
def superuser_cursor(sockets: Path) -> Iterator[Any]:
    """Context manager that yields a cursor of the portal's database with superuser rights."""
    address = f"host={sockets} user={postgres.SUPERUSER} dbname={postgres.DATABASE}"
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        yield connection.cursor()


class PortalUnderTest:
    """The portal that the load test starts, with methods to measure and to stop its processes."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.environment = portal_environment(data_dir) | {"PORT": str(self.port)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hunan_trade.supervisor"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=server_processes.signal_on_parent_death(os.getpid(), signal.SIGTERM),
        )
        assert self.process.stdout is not None
        start_timeout = threading.Timer(START_SECONDS, self.process.terminate)
        start_timeout.start()
        first_line = self.process.stdout.readline()
        start_timeout.cancel()
        if not first_line:
            raise RuntimeError(f"the portal did not start, see {data_dir / 'logs'}")
        pair = servers.find_pair(data_dir)
        assert pair is not None
        self.sockets = pair.sockets
        self.wait_samples: Counter[str] = Counter()
        self._over = threading.Event()
        self._sampler = threading.Thread(target=self._sample_database_waits, daemon=True)

    def start_sampling_database_waits(self) -> None:
        """Start a thread that counts, ten times a second, the database sessions that wait for locks or disk."""
        self._sampler.start()

    def stop(self) -> None:
        self._over.set()
        if self._sampler.ident:
            self._sampler.join()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def cpu_seconds(self) -> dict[str, float]:
        """Return a dict from each part of the portal, such as web or database, to its processor seconds."""
        spent: Counter[str] = Counter()
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                spent[_part_of_portal(process)] += sum(process.cpu_times()[:4])
            except psutil.NoSuchProcess:
                continue
        return dict(spent)

    def memory_mib(self) -> dict[str, int]:
        """Return a dict from each part of the portal, such as web or database, to the MiB of memory it is using.

        Shared memory counts for every process.
        """
        mib_by_part: Counter[str] = Counter()
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                mib_by_part[_part_of_portal(process)] += process.memory_info().rss >> 20
            except psutil.NoSuchProcess:
                continue
        return dict(mib_by_part)

    def run_manage_command(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a manage.py command in the portal's environment and return the completed process."""
        sockets = quote(str(self.sockets))
        addresses = {
            "DATABASE_URL": f"postgres://{postgres.APP_ROLE}@/{postgres.DATABASE}?host={sockets}",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "STATEMENT_TIMEOUT": "120",
        }
        program = [sys.executable, "manage.py", *command]
        return subprocess.run(program, cwd=ROOT, env=self.environment | addresses, capture_output=True, text=True)

    def _sample_database_waits(self) -> None:
        with superuser_cursor(self.sockets) as cursor:
            while not self._over.wait(SAMPLE_SECONDS):
                cursor.execute(
                    "SELECT wait_event_type || ' ' || wait_event, count(*) FROM pg_stat_activity"
                    " WHERE state = 'active' AND wait_event_type IN ('Lock', 'LWLock', 'IO') GROUP BY 1"
                )
                self.wait_samples.update(dict(cursor.fetchall()))

    def database_wait_seconds(self) -> dict[str, float]:
        """Return a dict from the most frequent kinds of wait to the estimated seconds that database sessions waited."""
        return {what: round(samples * SAMPLE_SECONDS, 1) for what, samples in self.wait_samples.most_common(6)}


def _part_of_portal(process: psutil.Process) -> str:
    command = " ".join(process.cmdline()[:4])
    return next((part for word, part in PARTS.items() if word in command), "supervisor")
