"""Tests how the supervisor starts, restarts and stops the portal's processes."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Timer
from typing import Any, Self, TypeVar

import psutil
import pytest

from hunan_trade import supervisor
from hunan_trade.servers import postgres, server_processes, valkey

ROOT = Path(__file__).resolve().parents[2]


def supervised_process(tmp_path: Path, code: str) -> supervisor.SupervisedProcess:
    command = [sys.executable, "-c", code]
    return supervisor.SupervisedProcess("试验", command, tmp_path / "child.log", dict(os.environ), signal.SIGKILL)


Found = TypeVar("Found")


def wait_until(fact: Callable[[], Found]) -> Found:
    while not (answer := fact()):
        time.sleep(0.02)
    return answer


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "８０００"])
def test_an_invalid_port_is_refused(text: str) -> None:
    with pytest.raises(supervisor.StartRefused, match=text):
        supervisor.port_from({"PORT": text})


def test_a_database_address_without_a_broker_address_is_refused() -> None:
    with pytest.raises(supervisor.StartRefused, match="要么都设"):
        supervisor.data_dir_from({"DATABASE_URL": "postgres:///portal"})


def test_a_port_in_use_is_refused_and_another_suggested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "PORT_WAIT", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(supervisor.StartRefused, match=f"端口 {port} .*make up PORT={port + 1}$"):
            supervisor.open_listening_socket(port)


def test_a_port_that_becomes_free_soon_is_waited_for() -> None:
    leaving = socket.create_server(("127.0.0.1", 0))
    port = leaving.getsockname()[1]
    Timer(0.3, leaving.close).start()
    with supervisor.open_listening_socket(port) as door:
        assert door.getsockname()[1] == port


def test_a_second_portal_on_the_same_data_directory_is_refused(tmp_path: Path) -> None:
    with (
        supervisor.single_instance(tmp_path),
        pytest.raises(supervisor.StartRefused, match="已在运行"),
        supervisor.single_instance(tmp_path),
    ):
        pass


def test_a_child_that_keeps_dying_is_restarted_after_growing_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    dying = supervised_process(tmp_path, "raise SystemExit('broken')")
    dying.restart_if_dead()
    for pause in (0.5, 1.0, 2.0):
        wait_until(dying.has_ended)
        dying.restart_if_dead()  # sees the death
        now += pause - 0.01
        dying.restart_if_dead()
        assert dying.has_ended(), "too early"
        now += 0.02
        dying.restart_if_dead()
    assert dying.deaths == 3
    dying.kill()
    assert supervisor.error_line_in_log(dying.log) == "broken"


def test_a_child_is_killed_with_its_own_children(tmp_path: Path) -> None:
    grandchild = "subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)"
    parent = supervised_process(tmp_path, f"import subprocess, sys; {grandchild}.wait()")
    parent.restart_if_dead()
    assert parent._process
    [started] = wait_until(psutil.Process(parent._process.pid).children)
    parent.kill()
    wait_until(lambda: not server_processes.is_alive(started))


def test_only_leftover_processes_of_the_same_data_directory_are_killed(tmp_path: Path) -> None:
    def leftover(folder: Path) -> subprocess.Popen[bytes]:
        environment = os.environ | {supervisor.DATA_DIR_VARIABLE: str(folder)}
        return subprocess.Popen([sys.executable, "-c", "input()"], env=environment, stdin=subprocess.PIPE)

    ours, another = leftover(tmp_path), leftover(tmp_path / "other")
    try:
        wait_until(lambda: supervisor.DATA_DIR_VARIABLE in psutil.Process(ours.pid).environ())
        supervisor.kill_leftover_processes(tmp_path)
        assert ours.wait() == -signal.SIGKILL
        assert another.poll() is None
    finally:
        another.communicate(b"\n")
        ours.communicate()


HEALTHY = {"status": "ok", "database": True, "broker": True}


@pytest.mark.parametrize(
    ("facts", "replaced"),
    [
        (HEALTHY | {"silent": []}, []),
        (HEALTHY | {"silent": ["heavy"]}, ["heavy"]),
        (HEALTHY | {"status": "failing", "silent": ["heavy", "fast"]}, ["heavy", "fast"]),
        (HEALTHY | {"silent": ["fast", "beat"]}, ["fast"]),  # who answers for the beat must live first
        (HEALTHY | {"silent": ["beat"]}, ["beat"]),
        (HEALTHY | {"broker": False, "silent": ["heavy", "fast", "beat"]}, []),
        (HEALTHY | {"database": False, "silent": ["heavy", "fast", "beat"]}, []),
        ({}, []),
    ],
)
def test_a_silent_worker_is_killed_unless_database_or_broker_is_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts: dict[str, Any], replaced: list[object] | list[str]
) -> None:
    portal, killed = portal_that_kills_nothing(tmp_path, monkeypatch)
    monkeypatch.setattr(supervisor, "read_health", lambda door, names: HEALTHY | {"silent": []})
    portal.kill_frozen()
    monkeypatch.setattr(supervisor, "read_health", lambda door, names: facts)
    portal.kill_frozen()
    assert killed == [], "not looked at again so soon"
    portal._next_check = 0
    portal.kill_frozen()
    assert killed == replaced


def test_a_newly_started_worker_is_not_killed_before_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(supervisor, "read_health", lambda door, names: HEALTHY | {"silent": ["heavy"]})
    portal, killed = portal_that_kills_nothing(tmp_path, monkeypatch)
    for child in portal.children:
        child._since = now - supervisor.STABLE_AFTER + 5
    portal.kill_frozen()
    assert killed == []
    now += supervisor.HEALTH_INTERVAL
    portal.kill_frozen()
    assert killed == ["heavy"]


def portal_that_kills_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[supervisor.Portal, list[str]]:
    """Return a Portal that starts no processes, and the names of those that it would kill."""
    no_door: Any = None
    portal = supervisor.Portal(no_door, tmp_path, {})
    for name, through in (("", ""), ("heavy", ""), ("fast", ""), ("beat", "fast")):
        portal.children.append(supervised_process(tmp_path, "input()"))
        portal.children[-1].name, portal.children[-1].depends_on = name, through
    killed: list[str] = []
    monkeypatch.setattr(supervisor.SupervisedProcess, "kill", lambda self: killed.append(self.name))
    return portal, killed


# --- The whole portal -----------------------------------------------------------------------------------------------


class WholePortal:
    """A portal that the real supervisor runs in a separate process."""

    def __init__(self, data_dir: Path, port: int) -> None:
        outside = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        self.port = port
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hunan_trade.supervisor"],
            cwd=ROOT,
            env=outside
            | {"DATA_DIR": str(data_dir), "PORT": str(port), "PING_SECONDS": "1", "PING_STALE_SECONDS": "5"},
            stdout=subprocess.PIPE,
            text=True,
        )

    def first_line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()

    def is_healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self, number: int) -> str:
        self.process.send_signal(number)
        return self.process.communicate()[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        if self.process.returncode is None:  # a check failed on the way: nothing of it may trouble the next test
            self.stop(signal.SIGTERM)


def processes_of_portal(data_dir: Path) -> list[psutil.Process]:
    """Return the running processes of the portal with this data directory."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(supervisor.DATA_DIR_VARIABLE) == str(data_dir) and server_processes.is_alive(
                process
            ):
                found.append(process)
        except psutil.Error:
            continue
    return found


def have_all_ended(found: list[psutil.Process]) -> bool:
    return not any(server_processes.is_alive(process) for process in found)


def processes_of_role(data_dir: Path, role: str) -> list[psutil.Process]:
    """Return the running processes of this role, a worker or beat."""
    mark = "beat" if role == "beat" else f"{role}@{socket.gethostname()}"
    return [process for process in processes_of_portal(data_dir) if mark in process.cmdline()]


@pytest.mark.slow
def test_the_portal_starts_recovers_from_kills_and_leaves_no_process(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    ready = f"就绪 http://127.0.0.1:{port}/\n"

    with WholePortal(tmp_path, port) as first:
        assert first.first_line() == ready
        for process in [
            *processes_of_portal(tmp_path),
            *postgres.running_processes(tmp_path),
            *valkey.running_processes(tmp_path),
        ]:
            process.kill()
        wait_until(first.is_healthy)
        for role in ("heavy", "beat"):  # the fast worker answers on: the one that is frozen is known by its name
            frozen = processes_of_role(tmp_path, role)
            for process in frozen:
                process.suspend()
            wait_until(partial(have_all_ended, frozen))
            wait_until(partial(processes_of_role, tmp_path, role))
        wait_until(first.is_healthy)
        first.stop(signal.SIGKILL)

    with WholePortal(tmp_path, port) as second:
        assert second.first_line() == ready
        assert second.stop(signal.SIGINT) == "", "one line is all it says"
    assert not processes_of_portal(tmp_path)
    assert not postgres.running_processes(tmp_path)
    assert not valkey.running_processes(tmp_path)
