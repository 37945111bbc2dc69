"""Tests that slow or incomplete requests do not block the web server for other clients."""

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
from hunan_trade.servers import server_processes
from hunan_trade.testing import portal_processes
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.tests.small_server import LARGE
from hunan_trade.web.malformed_requests import CONTENT_LIMIT

ROOT = Path(__file__).resolve().parents[2]
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
BODY = bytes(range(256)) * 4000
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def server_socket(tmp_path: Path) -> Iterator[socket]:
    """Fixture that starts the small test server and yields its listening socket."""
    with socket() as server_socket, (tmp_path / "log").open("wb") as log:
        server_socket.bind(("127.0.0.1", 0))
        server_socket.listen(256)
        worker = os.environ.get("SMALL_SERVER_WORKER", "hunan_trade.tests.small_server.QuickWorker")
        command = ["gunicorn", "hunan_trade.tests.small_server:application", "--worker-class", worker, "--threads", "2"]
        process = subprocess.Popen(
            [sys.executable, "-m", *command, "--bind", f"fd://{server_socket.fileno()}", "--no-control-socket"],
            cwd=ROOT,
            stdout=log,
            stderr=log,
            pass_fds=(server_socket.fileno(),),
            preexec_fn=server_processes.signal_on_parent_death(os.getpid(), signal.SIGKILL),
        )
        try:
            yield server_socket
        finally:
            process.terminate()
            process.wait()


def open_connection(server_socket: socket, sent: bytes = b"") -> socket:
    opened = create_connection(server_socket.getsockname(), timeout=30)
    opened.sendall(sent)
    return opened


def read_response(stream: IO[bytes]) -> tuple[int, bytes]:
    """Return the status and body of the next response, or (0, b"") if the connection is closed."""
    status = int((stream.readline().split() or [b"", b"0"])[1])
    length = 0
    while header := stream.readline().strip():
        name, _, value = header.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    return status, stream.read(length)


def expected_body(length: int | None, body: bytes, method: str = "POST") -> bytes:
    return repr([method, None if length is None else str(length), hashlib.sha256(body).hexdigest()]).encode()


def http_connection(server_socket: socket) -> http.client.HTTPConnection:
    host, port = server_socket.getsockname()
    return http.client.HTTPConnection(host, port, timeout=10)


def is_served(server_socket: socket) -> bool:
    with closing(http_connection(server_socket)) as connection:
        connection.request("POST", "/", BODY)
        return connection.getresponse().read() == expected_body(len(BODY), BODY)


@pytest.mark.parametrize(
    "incomplete",
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
def test_incomplete_requests_do_not_block_other_clients(server_socket: socket, incomplete: bytes) -> None:
    with ExitStack() as lines:
        # more than are held at once
        slow = [lines.enter_context(open_connection(server_socket, incomplete)) for _ in range(100)]
        assert is_served(server_socket)
        assert len(slow) == 100


def test_a_client_that_sends_too_slowly_gets_408(server_socket: socket) -> None:
    with (
        open_connection(server_socket, POST + b"Content-Length: 9000\r\n\r\n") as dripping,
        dripping.makefile("rb") as stream,
    ):
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
        status, words = read_response(stream)
        assert status == 408 and "没有保存" in words.decode() and time.monotonic() - begun < 15
        assert is_served(server_socket)


@pytest.mark.slow
def test_a_slow_but_steady_client_is_served(server_socket: socket) -> None:
    """The real server asks for at most 1 Mbit/s, however long a request takes."""
    assert Server.min_bytes_per_second < 1_000_000 / 8 and Server.grace_seconds >= 20
    with (
        open_connection(server_socket, POST + f"Content-Length: {len(BODY)}\r\n\r\n".encode()) as steady,
        steady.makefile("rb") as stream,
    ):
        for at in range(0, len(BODY), 64_000):
            steady.sendall(BODY[at : at + 64_000])
            time.sleep(0.2)
        assert read_response(stream) == (200, expected_body(len(BODY), BODY))


def test_a_chunked_body_arrives_with_its_length(server_socket: socket) -> None:
    pieces = [BODY[:1], BODY[1:700_000], BODY[700_000:]]
    chunks = b"".join(b"%X;note=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\nX-Checked: 1\r\n\r\n"
    with (
        open_connection(server_socket, CHUNKED + chunks + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") as sender,
        sender.makefile("rb") as stream,
    ):
        assert read_response(stream) == (200, expected_body(len(BODY), BODY))
        assert read_response(stream) == (200, expected_body(None, b"", "GET"))


def test_expect_100_continue_is_answered_once(server_socket: socket) -> None:
    asked = POST + f"Expect: 100-continue\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
    with open_connection(server_socket, asked) as sender, sender.makefile("rb") as stream:
        assert read_response(stream) == (100, b"")
        sender.sendall(BODY)
        assert read_response(stream) == (200, expected_body(len(BODY), BODY))


def test_a_too_large_body_is_refused_by_its_headers(server_socket: socket) -> None:
    large = POST + b"Content-Length: %d\r\n\r\n" % LARGEST_BODY
    with open_connection(server_socket, large) as sender, sender.makefile("rb") as stream:
        status, words = read_response(stream)
        assert status == 413 and "没有保存" in words.decode() and stream.read() == b""
    assert CONTENT_LIMIT < LARGEST_BODY  # what lies between the portal refuses with a page


@pytest.mark.parametrize(
    ("sent", "status"),
    [(b"GET / HTTP/1.1\r\nbad header\r\n\r\n", 400), (b"GET / HTTP/1.1\r\nx: " + b"x" * 70_000, 431)],
)
def test_an_invalid_request_is_refused_in_chinese(server_socket: socket, sent: bytes, status: int) -> None:
    with open_connection(server_socket, sent) as sender, sender.makefile("rb") as stream:
        received_status, words = read_response(stream)
        assert received_status == status and "没有办理" in words.decode()


def test_responses_do_not_name_the_server_software(server_socket: socket) -> None:
    with closing(http_connection(server_socket)) as connection:
        connection.request("GET", "/")
        assert connection.getresponse().headers["Server"] is None


def test_a_client_that_reads_slowly_gets_the_whole_response(server_socket: socket) -> None:
    with open_connection(server_socket, b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as reader:
        assert is_served(server_socket)
        with reader.makefile("rb") as stream:
            assert read_response(stream) == (200, b"x" * LARGE)


@pytest.mark.slow
def test_a_request_is_answered_while_forty_incomplete_ones_are_open(
    cloned_database: ClonedDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    demo = portal_processes.prepare_portal_without_demo(cloned_database, tmp_path, monkeypatch, settings)
    with portal_processes.run_portal(demo) as portal, ExitStack() as lines:
        for incomplete in (b"GET /login/ HTTP/1.1\r\nHost:", POST + b"Content-Length: 9000000\r\n\r\n"):
            for _ in range(20):
                lines.enter_context(open_connection(portal.listener, incomplete))
        portal.wait_for_web()
