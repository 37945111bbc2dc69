"""Tests of child processes that hang, crash, flood their output or are killed."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from hunan_trade.workbooks import child_process, current_requester
from hunan_trade.workbooks.sheet_types import WorkbookRefused
from hunan_trade.workbooks.zip_archive import Limits

CHILD = "hunan_trade.workbooks.tests.misbehaving_child"


@pytest.mark.parametrize(("deed", "code"), [("abort", "exhausted"), ("kill", "exhausted"), ("eat", "unreadable")])
def test_a_child_killed_by_its_input_causes_a_refusal(deed: str, code: str) -> None:
    with pytest.raises(WorkbookRefused) as refusal:
        child_process.run_child(CHILD, deed.encode(), Limits())
    assert refusal.value.code == code


def test_a_child_that_sleeps_is_ended_by_the_wall_clock() -> None:
    with pytest.raises(WorkbookRefused) as refusal:
        child_process.run_child(CHILD, b"sleep", replace(Limits(), wall_seconds=1))
    assert refusal.value.code == "overtime"


def test_a_child_that_spins_is_ended_by_its_processor_time() -> None:
    with pytest.raises(WorkbookRefused) as refusal:
        child_process.run_child(CHILD, b"spin", replace(Limits(), cpu_seconds=1))
    assert refusal.value.code == "overtime"


def test_a_child_has_no_network() -> None:
    assert child_process.run_child(CHILD, b"connect", Limits()) == b"no socket"


def test_a_child_does_not_inherit_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    assert child_process.run_child(CHILD, b"environment", Limits()) == b"LC_ALL PATH"


def test_every_file_is_handled_in_a_fresh_process() -> None:
    assert [child_process.run_child(CHILD, b"remember", Limits()) for _ in range(3)] == [b"1"] * 3


def test_a_child_has_only_the_three_standard_files_open() -> None:
    assert child_process.run_child(CHILD, b"files", Limits()) == b"0 1 2"


def pid_of_fork_server() -> int:
    server = child_process._fork_server._process
    assert server
    return server.pid


def test_a_killed_fork_server_is_replaced_and_the_upload_still_handled(monkeypatch: pytest.MonkeyPatch) -> None:
    assert child_process.run_child(CHILD, b"one", Limits()) == b"one"
    fork_server = child_process._fork_server._process
    assert fork_server
    fork_server.send_signal(signal.SIGSTOP)
    real = child_process._fork_server.submit
    submitted: list[int] = []

    def submit_and_kill_server(*what: Any) -> Any:
        submitted.append(real(*what))
        if len(submitted) == 1:
            fork_server.kill()
        return submitted[-1]

    monkeypatch.setattr(child_process._fork_server, "submit", submit_and_kill_server)
    assert child_process.run_child(CHILD, b"two", Limits()) == b"two"
    assert submitted == [fork_server.pid, pid_of_fork_server()] and submitted[1] != fork_server.pid


def test_a_child_is_ended_when_its_client_disconnects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    left = Event()
    assert child_process.run_child(CHILD, b"one", Limits()) == b"one"
    fork_server = pid_of_fork_server()
    with current_requester.requester_context(left.is_set), ThreadPoolExecutor(1) as beside:
        submitted = beside.submit(copy_context().run, child_process.run_child, CHILD, b"sleep", Limits())
        assert wait_until(lambda: len(descendants(fork_server)) == 2)
        left.set()
        with pytest.raises(current_requester.ClientGone):
            submitted.result(60)
    assert wait_until(lambda: not descendants(fork_server))


WEB = """
import sys, threading, time
from hunan_trade.workbooks import child_process, current_requester
from hunan_trade.workbooks.zip_archive import Limits
threading.Thread(target=child_process.run_child, args=(sys.argv[1], b"sleep", Limits())).start()
while child_process._fork_server._process is None:
    time.sleep(0.01)
print(child_process._fork_server._process.pid, flush=True)
"""


def parent_by_process() -> dict[int, int]:
    """Return each process' parent."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            found[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    return found


def descendants(pid: int) -> list[int]:
    """Return the children of a process and theirs."""
    own = [child for child, parent in parent_by_process().items() if parent == pid]
    return own + [grandchild for child in own for grandchild in descendants(child)]


def wait_until(happened: Callable[[], bool]) -> bool:
    until = time.monotonic() + 60
    while not happened() and time.monotonic() < until:
        time.sleep(0.02)
    return happened()


def test_killing_the_web_process_ends_its_fork_server_and_children() -> None:
    with subprocess.Popen([sys.executable, "-c", WEB, CHILD], stdout=subprocess.PIPE) as web:
        try:
            assert web.stdout is not None
            fork_server = int(web.stdout.readline())
            assert wait_until(lambda: len(descendants(fork_server)) == 2)
            pids = [fork_server, *descendants(fork_server)]
        finally:
            web.kill()
    assert wait_until(lambda: not set(pids) & set(parent_by_process()))
