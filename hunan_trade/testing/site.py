"""The portal really running on a copy of the demo year: web server, worker and broker as processes of one test."""

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

from hunan_trade.servers import processes, valkey
from hunan_trade.testing.demo import Demo
from hunan_trade.testing.plugin import Clone

ROOT = Path(__file__).resolve().parents[2]


class Site:
    def __init__(self, demo: Demo, door: socket) -> None:
        self.demo = demo
        self.door = door
        self.address = f"http://127.0.0.1:{door.getsockname()[1]}"
        self.broker = valkey.free_port()
        redis_url = f"redis://:secret@127.0.0.1:{self.broker}/0"
        self.environment = {**demo.environment, "REDIS_URL": redis_url, "PORTAL_MODE": "demo"}
        self.started: list[subprocess.Popen[bytes]] = []

    def start_web(self) -> None:
        bind = f"fd://{self.door.fileno()}"
        self._start("gunicorn", "hunan_trade.wsgi", "--bind", bind, "--threads", "4", "--no-control-socket")

    def start_worker(self) -> None:
        """And the broker that it listens to: a job may be asked for at once, and waits there."""
        valkey.start(self.demo.data_dir, port=self.broker, password="secret", durable=False, tied=True)
        quiet = ("--without-gossip", "--without-mingle", "--loglevel", "WARNING")
        self._start("celery", "-A", "hunan_trade.celery:app", "worker", "-c", "1", "-Q", "fast,heavy", *quiet)

    def _start(self, program: str, *arguments: str) -> None:
        with (self.demo.data_dir / f"{program}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", program, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(self.door.fileno(),),
                preexec_fn=processes.dies_with(os.getpid(), signal.SIGKILL),
            )
        self.started.append(process)

    def wait_for_web(self) -> None:
        """The door is open before the server is: the first answer comes as soon as it can."""
        host, port = self.door.getsockname()
        connection = http.client.HTTPConnection(host, port, timeout=60)
        connection.request("GET", "/login/")
        assert connection.getresponse().status == 200, (self.demo.data_dir / "gunicorn.log").read_text()[-3000:]
        connection.close()

    def stop(self) -> None:
        for process in self.started:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        processes.end(valkey.running(self.demo.data_dir), signal.SIGKILL)


def ground(clone: Clone, folder: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Demo:
    """A site for a database without the demo: three workers on 8 July 2013, who know the test's own sessions and files."""
    (folder / "static").mkdir()
    settings.DATA_DIR, settings.FILES_DIR = folder, folder / "files"
    for name, value in (
        ("WEB_CONCURRENCY", "3"),
        ("PORTAL_TODAY", "2013-07-08"),
        ("SECRET_KEY", settings.SECRET_KEY),
    ):
        monkeypatch.setenv(name, value)
    return Demo(clone.name, clone.url, folder)


@contextmanager
def running(demo: Demo) -> Iterator[Site]:
    with socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(64)
        site = Site(demo, door)
        try:
            site.start_web()
            site.wait_for_web()
            yield site
        finally:
            site.stop()
