"""Tests that slow connections hold no thread: a good request is answered beside any number of them."""

from __future__ import annotations

import hashlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from socket import create_connection, socket
from typing import IO

import pytest
from pytest_django import Settings

from hunan_trade.http_worker import LARGEST_BODY, Server
from hunan_trade.servers import processes
from hunan_trade.testing import portal_processes
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.tests.small_server import LARGE
from hunan_trade.web.request_checks import CONTENT_LIMIT

ROOT = Path(__file__).resolve().parents[2]
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
BODY = bytes(range(256)) * 4000
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def door(tmp_path: Path) -> Iterator[socket]:
    """Two threads behind it."""
    with socket() as door, (tmp_path / "log").open("wb") as log:
        door.bind(("127.0.0.1", 0))
        door.listen(256)
        worker = os.environ.get("SMALL_SERVER_WORKER", "hunan_trade.tests.small_server.Quick")
        command = ["gunicorn", "hunan_trade.tests.small_server:answer", "--worker-class", worker, "--threads", "2"]
        process = subprocess.Popen(
            [sys.executable, "-m", *command, "--bind", f"fd://{door.fileno()}", "--no-control-socket"],
            cwd=ROOT,
            stdout=log,
            stderr=log,
            pass_fds=(door.fileno(),),
            preexec_fn=processes.signal_on_parent_death(os.getpid(), signal.SIGKILL),
        )
        try:
            yield door
        finally:
            process.terminate()
            process.wait()


def line(door: socket, said: bytes = b"") -> socket:
    opened = create_connection(door.getsockname(), timeout=30)
    opened.sendall(said)
    return opened


def answered(stream: IO[bytes]) -> tuple[int, bytes]:
    """Return status and body of the next response; (0, b"") where the connection was closed."""
    status = int((stream.readline().split() or [b"", b"0"])[1])
    length = 0
    while header := stream.readline().strip():
        name, _, value = header.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    return status, stream.read(length)


def told(length: int | None, body: bytes, method: str = "POST") -> bytes:
    return repr([method, None if length is None else str(length), hashlib.sha256(body).hexdigest()]).encode()


def connected(door: socket) -> http.client.HTTPConnection:
    host, port = door.getsockname()
    return http.client.HTTPConnection(host, port, timeout=10)


def is_served(door: socket) -> bool:
    with closing(connected(door)) as connection:
        connection.request("POST", "/", BODY)
        return connection.getresponse().read() == told(len(BODY), BODY)


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HT",
        POST + b"Content-Length: 9000000\r\n\r\nnot yet",
        CHUNKED + b"7\r\nnot yet\r\n",
        CHUNKED + b"7\r\n0\r\n\r\n\r\n\r\n",  # the end of a body, in the middle of a chunk
        POST + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n",
        POST + b"\r\n" + POST,  # one whole request and half of another
        b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n",  # and never reads the answer
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",  # and never goes
    ],
    ids=["silent", "headers", "body", "chunks", "chunks with an end in it", "asks first", "pipelined", "deaf", "stays"],
)
def test_half_requests_keep_nobody_waiting(door: socket, begun: bytes) -> None:
    with ExitStack() as lines:
        slow = [lines.enter_context(line(door, begun)) for _ in range(100)]  # more than are held at once
        assert is_served(door)
        assert len(slow) == 100


def test_who_drips_is_cut_off_and_told_so(door: socket) -> None:
    with line(door, POST + b"Content-Length: 9000\r\n\r\n") as dripping, dripping.makefile("rb") as stream:
        begun = time.monotonic()
        dripping.settimeout(0.2)
        for _ in range(100):
            dripping.sendall(b".")
            try:
                if dripping.recv(1, 2):  # MSG_PEEK
                    break
            except TimeoutError:
                continue
        dripping.settimeout(30)
        status, words = answered(stream)
        assert status == 408 and "没有保存" in words.decode() and time.monotonic() - begun < 15
        assert is_served(door)


@pytest.mark.slow
def test_a_line_that_keeps_the_pace_gets_through(door: socket) -> None:
    """However long it takes: of the real one, 1 Mbit/s is asked for at most."""
    assert Server.min_bytes_per_second < 1_000_000 / 8 and Server.grace_seconds >= 20
    with line(door, POST + f"Content-Length: {len(BODY)}\r\n\r\n".encode()) as steady, steady.makefile("rb") as stream:
        for at in range(0, len(BODY), 64_000):
            steady.sendall(BODY[at : at + 64_000])
            time.sleep(0.2)
        assert answered(stream) == (200, told(len(BODY), BODY))


def test_a_body_in_chunks_arrives_as_if_it_had_told_its_length(door: socket) -> None:
    pieces = [BODY[:1], BODY[1:700_000], BODY[700_000:]]
    chunks = b"".join(b"%X;note=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\nX-Checked: 1\r\n\r\n"
    with line(door, CHUNKED + chunks + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") as sender, sender.makefile("rb") as stream:
        assert answered(stream) == (200, told(len(BODY), BODY))
        assert answered(stream) == (200, told(None, b"", "GET"))


def test_a_program_that_asks_first_is_told_to_go_on_once(door: socket) -> None:
    asked = POST + f"Expect: 100-continue\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
    with line(door, asked) as sender, sender.makefile("rb") as stream:
        assert answered(stream) == (100, b"")
        sender.sendall(BODY)
        assert answered(stream) == (200, told(len(BODY), BODY))


def test_what_is_too_large_for_the_disk_is_refused_by_its_headers(door: socket) -> None:
    large = POST + b"Content-Length: %d\r\n\r\n" % LARGEST_BODY
    with line(door, large) as sender, sender.makefile("rb") as stream:
        status, words = answered(stream)
        assert status == 413 and "没有保存" in words.decode() and stream.read() == b""
    assert CONTENT_LIMIT < LARGEST_BODY  # what lies between the portal refuses with a page


@pytest.mark.parametrize(
    ("said", "status"),
    [(b"GET / HTTP/1.1\r\nbad header\r\n\r\n", 400), (b"GET / HTTP/1.1\r\nx: " + b"x" * 70_000, 431)],
)
def test_what_is_no_request_is_refused_in_chinese(door: socket, said: bytes, status: int) -> None:
    with line(door, said) as sender, sender.makefile("rb") as stream:
        told_status, words = answered(stream)
        assert told_status == status and "没有办理" in words.decode()


def test_nothing_says_which_server_it_is(door: socket) -> None:
    with closing(connected(door)) as connection:
        connection.request("GET", "/")
        assert connection.getresponse().headers["Server"] is None


def test_a_slow_reader_gets_the_whole_answer(door: socket) -> None:
    with line(door, b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as reader:
        assert is_served(door)
        with reader.makefile("rb") as stream:
            assert answered(stream) == (200, b"x" * LARGE)


@pytest.mark.slow
def test_a_good_request_is_answered_while_forty_half_ones_stand_open(
    cloned_database: ClonedDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    demo = portal_processes.prepare_without_demo(cloned_database, tmp_path, monkeypatch, settings)
    with portal_processes.run_portal(demo) as portal, ExitStack() as lines:
        for begun in (b"GET /login/ HTTP/1.1\r\nHost:", POST + b"Content-Length: 9000000\r\n\r\n"):
            for _ in range(20):
                lines.enter_context(line(portal.listener, begun))
        portal.wait_for_web()
