"""Runs the portal's real processes (web server, workers, beat, broker) for one test."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Any

import pytest

from hunan_trade.servers import server_processes, valkey
from hunan_trade.testing.demo_database import DemoDatabase
from hunan_trade.testing.plugin import ClonedDatabase

ROOT = Path(__file__).resolve().parents[2]


class PortalProcesses:
    """Starts and stops a portal's web server, Celery processes and message broker for a test.

    `environment` holds additional variables for all processes.
    """

    def __init__(self, demo: DemoDatabase, listener: socket, **environment: str) -> None:
        self.demo = demo
        self.listener = listener
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.broker = valkey.free_port()
        self.redis_url = f"redis://:secret@127.0.0.1:{self.broker}/0"
        self.environment = {**demo.environment, "REDIS_URL": self.redis_url, "PORTAL_MODE": "demo", **environment}
        self.started: list[subprocess.Popen[bytes]] = []

    def start_web(self) -> None:
        bind = f"fd://{self.listener.fileno()}"
        worker = ("--worker-class", "hunan_trade.http_worker.Worker", "--threads", "4", "--no-control-socket")
        self._start("gunicorn", "hunan_trade.wsgi", "--bind", bind, *worker)

    def start_broker(self) -> None:
        if not valkey.running_processes(self.demo.data_dir):
            valkey.start(self.demo.data_dir, port=self.broker, password="secret", durable=False, ends_with_caller=True)

    def kill_broker(self) -> None:
        server_processes.stop_and_wait(valkey.running_processes(self.demo.data_dir), signal.SIGKILL)

    def start_worker(
        self, *, name: str = "worker", queues: str = "fast,heavy", include: str = ""
    ) -> subprocess.Popen[bytes]:
        """Start a Celery worker, after starting the broker if necessary.

        `include`: a module of the test for the worker to load.
        """
        self.start_broker()
        quiet = ("--without-gossip", "--without-mingle", "--loglevel", "WARNING")
        extra = ("-I", include) if include else ()
        return self._start_celery("worker", "-c", "1", "-Q", queues, "-n", f"{name}@site", *quiet, *extra)

    def start_beat(self) -> subprocess.Popen[bytes]:
        self.start_broker()
        return self._start_celery("beat", "--pidfile=", "--loglevel", "WARNING")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process and all its children."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()

    def logs(self) -> str:
        """Return the ends of the portal processes' log files, for the message of a failed test."""
        ends = [
            f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}" for log in self.demo.data_dir.glob("*.log")
        ]
        return "\n".join(ends)

    def _start_celery(self, *arguments: str) -> subprocess.Popen[bytes]:
        return self._start("celery", "-A", "hunan_trade.celery:app", *arguments)

    def _start(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.demo.data_dir / f"{program}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", program, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(self.listener.fileno(),),
                preexec_fn=server_processes.signal_on_parent_death(os.getpid(), signal.SIGKILL),
            )
        self.started.append(process)
        return process

    def wait_for_web(self) -> None:
        """Wait until the web server answers a request.

        The socket accepts connections before the server runs.
        """
        host, port = self.listener.getsockname()
        connection = http.client.HTTPConnection(host, port, timeout=300)
        connection.request("GET", "/login/")
        assert connection.getresponse().status == 200, (self.demo.data_dir / "gunicorn.log").read_text()[-3000:]
        connection.close()

    def stop(self) -> None:
        for process in self.started:
            self.kill(process)
        self.kill_broker()


def prepare_portal_without_demo(
    clone: ClonedDatabase, folder: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> DemoDatabase:
    """Set up the data directory and environment for a portal without demo data, whose today is 8 July 2013."""
    (folder / "static").mkdir()
    settings.DATA_DIR, settings.FILES_DIR = folder, folder / "files"
    for name, value in (
        ("WEB_CONCURRENCY", "3"),
        ("PORTAL_TODAY", "2013-07-08"),
        ("SECRET_KEY", settings.SECRET_KEY),
    ):
        monkeypatch.setenv(name, value)
    return DemoDatabase(clone.name, clone.url, folder)


@contextmanager
def run_portal(demo: DemoDatabase, *, web: bool = True, **environment: str) -> Iterator[PortalProcesses]:
    """Context manager that starts the portal's web server for a test, and kills all portal processes at the end.

    Without `web`, only the web server's socket is opened.
    """
    with socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        portal = PortalProcesses(demo, listener, **environment)
        try:
            if web:
                portal.start_web()
                portal.wait_for_web()
            yield portal
        finally:
            portal.stop()
