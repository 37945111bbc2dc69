"""The web server's worker: gunicorn's threads behind an event loop, so that no slow line holds a thread.

gunicorn's own gives a thread to whoever has sent a first byte, and waits there for the rest, and later for a reader that
does not read: as many such lines as there are threads silence it. Here the main loop gathers each request, what is large
on disk, and a thread sees it once all of it is there; what the reader has not taken yet is sent on by the loop. Whoever is
slower than the deadlines is cut off. TLS and a limit of connections for each address are the proxy's.
"""

from __future__ import annotations

import errno
import selectors
import socket
import time
from enum import Enum, auto
from tempfile import SpooledTemporaryFile
from typing import Any, Protocol

from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import Unreader
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

LARGEST_HEAD = 64_000  # bytes of headers; beyond that gunicorn's parser says what is wrong
LARGEST_BODY = 24_000_000  # beyond that the portal is given the headers alone, and refuses by them (web.doorway)
IN_MEMORY = 256_000  # of one request or answer; the rest lies on disk
PIECE = 65_536


# --- Where a request ends -------------------------------------------------------------------------------------------
class _Body(Protocol):
    left: int

    def take(self, data: bytes) -> bool: ...


class _Length:
    """A body of a known number of bytes."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, data: bytes) -> bool:
        """Count what has come; whether the body is whole."""
        self.left -= len(data)
        return self.left <= 0


class _Chunks:
    """A body in chunks: lines that tell a size, and what they tell of. gunicorn's parser judges them, this finds the end."""

    def __init__(self) -> None:
        self.line = b""
        self.left = 0  # of the chunk, with its line end
        self.last = False  # what follows are trailers

    def take(self, data: bytes) -> bool:
        """Count what has come; whether the body is whole, or spoilt."""
        at = 0
        while at < len(data):
            step = min(self.left, len(data) - at)
            self.left -= step
            at += step
            end = data.find(b"\n", at) + 1
            self.line += data[at : end or None]
            if not end:
                return len(self.line) > LARGEST_HEAD
            at, line, self.line = end, self.line.strip(), b""
            if self.last and not line:
                return True
            if not self.last:
                try:
                    size = int(line.split(b";")[0], 16)
                except ValueError:
                    return True
                self.last, self.left = size == 0, size + 2 if size > 0 else 0
        return False


def _body(head: bytes) -> _Body:
    """As the headers tell it; a request that tells two things at once has none, and is refused by gunicorn's parser."""
    lines = [line.partition(b":") for line in head.lower().split(b"\r\n")[1:]]
    told = {name: value.strip() for name, _, value in lines if name in (b"content-length", b"transfer-encoding")}
    if set(told) == {b"transfer-encoding"}:
        return _Chunks()
    length = told.get(b"content-length", b"0")
    return _Length(int(length) if len(told) == 1 and length.isdigit() and len(length) < 16 else 0)


class Arrived(Unreader):
    """One request as it arrives, and then what gunicorn's parser reads instead of the socket."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: Any = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed with the connection
        self.size = 0
        self.head = b""
        self.body: _Body | None = None
        self.is_whole = self.is_cut = self.is_awaited = False

    def add(self, data: bytes) -> None:
        """Keep what has come, and see whether it is all. Raises OSError where the disk is full."""
        self.kept.write(data)
        self.size += len(data)
        if self.body is None:
            self.head += data
            head, end, data = self.head.partition(b"\r\n\r\n")
            if not end:
                self.is_whole = len(self.head) > LARGEST_HEAD
                return
            self.body = _body(head)
            self.is_awaited = b"\r\nexpect:" in head.lower()
            self.is_cut = self.body.left > LARGEST_BODY
        self.is_whole = self.body.take(data)
        if self.is_cut or (self.size > LARGEST_BODY + LARGEST_HEAD and not self.is_whole):
            self.is_whole = self.is_cut = True

    def begin(self) -> None:
        """From here on it is read."""
        self.kept.seek(0)

    def chunk(self, size_hint: int | None = None) -> bytes:
        return bytes(self.kept.read(min(max(size_hint or 0, PIECE), 16 * PIECE)))

    def rest(self) -> bytes:
        """What came behind the request."""
        return bytes(self.take_buffered() + self.kept.read())


class Outgoing:
    """The socket as gunicorn writes to it: takes everything at once, and keeps what the line does not carry yet."""

    def __init__(self, wire: socket.socket) -> None:
        self.wire = wire
        self.kept: Any = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed with the connection
        self.sent = self.end = self.passed = 0  # in the file; all that has left

    def sendall(self, data: bytes) -> None:
        if self.push():
            data = data[self._offer(data) :]
        if data:
            self.kept.seek(self.end)
            self.kept.write(data)
            self.end += len(data)

    send = sendall

    def push(self) -> bool:
        """Send on what the line takes; whether nothing is left."""
        while self.sent < self.end:
            self.kept.seek(self.sent)
            if not (taken := self._offer(self.kept.read(PIECE))):
                return False
            self.sent += taken
        if self.end:
            self.kept.seek(0)
            self.kept.truncate()
            self.sent = self.end = 0
        return True

    def setblocking(self, flag: bool) -> None:
        """Stays as it is: nobody waits for this socket but the loop."""

    def settimeout(self, seconds: float | None) -> None:
        """As `setblocking`."""

    def _offer(self, data: bytes) -> int:
        try:
            taken = self.wire.send(data)
        except BlockingIOError:
            return 0
        self.passed += taken
        return taken

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wire, name)


# --- The loop -------------------------------------------------------------------------------------------------------
class Stage(Enum):
    IDLE = auto()  # nothing has come of the next request
    HEADERS = auto()
    BODY = auto()
    ANSWERING = auto()  # a thread's
    SENDING = auto()
    LEAVING = auto()  # all is sent; what still comes is thrown away, or the reader would lose the end of the answer


class Connection(TConn):
    """One line and how far it has come."""

    def __init__(self, cfg: Any, wire: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, wire, client, server)
        self.wire, self.sock = wire, Outgoing(wire)
        self.parser = RequestParser(cfg, iter(()), client)
        self.data_ready = True
        self.stays = False  # after the answer
        self.turn(Stage.IDLE)
        self.expect()

    def turn(self, stage: Stage) -> None:
        self.stage, self.since, self.before = stage, time.monotonic(), self.sock.passed

    def expect(self) -> None:
        """The next request."""
        self.arrived = self.parser.unreader = Arrived()


class Worker(ThreadWorker):
    """`gunicorn --worker-class hunan_trade.http_worker.Worker`."""

    headers_within = 15.0  # seconds, from the first byte; a new line may be silent as long
    pause = 20.0  # seconds that a body or an answer may rest in all
    pace = 16_000  # bytes a second that count against that: 10 MB at 1 Mbit/s come in 80 s and may take 645
    leave_within = 2.0
    lines = 400  # at once; each holds a socket and at most two files
    gathered = 256_000_000  # bytes of requests that are not whole yet

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.cfg.set("sendfile", False)  # would wait for the reader
        self.worker_connections = self.lines + 100  # a hundred may stand in line for a thread
        self.watched: dict[Connection, int] = {}
        self.next_look = 0.0

    def accept(self, listener: socket.socket) -> None:
        try:
            wire, client = listener.accept()
        except OSError as fault:
            if fault.errno in (errno.EMFILE, errno.ENFILE):
                self._drop_the_oldest()
            elif fault.errno not in (errno.EAGAIN, errno.ECONNABORTED):
                raise
            return
        self.nr_conns += 1
        if len(self.watched) >= self.lines:
            self._drop_the_oldest()
        self._watch(Connection(self.cfg, wire, client, listener.getsockname()), selectors.EVENT_READ)

    def enqueue_req(self, conn: Connection) -> None:
        conn.arrived.begin()
        conn.turn(Stage.ANSWERING)
        super().enqueue_req(conn)

    def handle_request(self, req: Any, conn: Connection) -> Any:
        req._expected_100_continue = False  # the loop has said so
        if conn.arrived.is_cut:
            req.force_close()
        elif isinstance(conn.arrived.body, _Chunks):
            _unchunk(req)
        return super().handle_request(req, conn)

    def finish_request(self, conn: Connection, future: Any) -> None:
        conn.stays = not future.cancelled() and future.exception() is None and bool(future.result())
        conn.turn(Stage.SENDING)
        self._on_writable(conn)

    def murder_pending(self) -> None:
        """Cut off whoever is late; the loop comes by here after each event."""
        now = time.monotonic()
        if now < self.next_look:
            return
        self.next_look = now + 0.5
        for conn in [conn for conn in self.watched if now > self._due(conn)]:
            if conn.stage in (Stage.HEADERS, Stage.BODY):
                self._refuse(conn, "408 Request Timeout", "请求没有在时限内发完，没有保存。网络稳定后再发。")
            else:
                self._drop(conn)

    def _due(self, conn: Connection) -> float:
        if conn.stage is Stage.IDLE:
            patience = self.cfg.keepalive if conn.parser.req_count else self.headers_within
            return float(conn.since + (patience if self.alive else min(patience, STOP_KEEPALIVE_LINGER)))
        if conn.stage is Stage.HEADERS:
            return conn.since + self.headers_within
        if conn.stage is Stage.LEAVING:
            return conn.since + self.leave_within
        moved = conn.arrived.size if conn.stage is Stage.BODY else conn.sock.passed - conn.before
        return conn.since + self.pause + float(moved) / self.pace

    # Reading ---------------------------------------------------------------
    def _on_readable(self, conn: Connection) -> None:
        try:
            data = conn.wire.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(conn)
        elif conn.stage is not Stage.LEAVING:
            self._add(conn, data)

    def _add(self, conn: Connection, data: bytes) -> None:
        arrived = conn.arrived
        try:
            arrived.add(data)
        except OSError:
            self._refuse(conn, "507 Insufficient Storage", "服务器存储空间已满，没有保存。报信息中心清出空间后再办。")
            return
        if arrived.is_whole:
            self._unwatch(conn)
            self.enqueue_req(conn)
            return
        if conn.stage is Stage.IDLE:
            conn.turn(Stage.HEADERS)
        if conn.stage is Stage.HEADERS and arrived.body is not None:
            conn.turn(Stage.BODY)
            if arrived.is_awaited:
                conn.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._watch(conn, selectors.EVENT_READ)
        if sum(other.arrived.size for other in self.watched if other.stage is Stage.BODY) > self.gathered:
            self._drop_the_oldest(Stage.BODY)

    # Writing ---------------------------------------------------------------
    def _on_writable(self, conn: Connection) -> None:
        try:
            if not conn.sock.push():
                self._watch(conn, selectors.EVENT_WRITE)
                return
        except OSError:
            self._drop(conn)
            return
        if conn.stays:
            behind = conn.arrived.rest()
            conn.arrived.kept.close()
            conn.expect()
            conn.turn(Stage.IDLE)
            self._watch(conn, selectors.EVENT_READ)
            if behind:
                self._add(conn, behind)
        else:
            self._leave(conn)

    def _leave(self, conn: Connection) -> None:
        try:
            conn.wire.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(conn)
            return
        conn.turn(Stage.LEAVING)
        self._watch(conn, selectors.EVENT_READ)

    def _refuse(self, conn: Connection, status: str, words: str) -> None:
        """Answer in the loop, without a thread, and close."""
        self.log.info("%s: %s after %s bytes", status, conn.client, conn.arrived.size)
        body = words.encode()
        head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
        conn.stays = False
        conn.turn(Stage.SENDING)
        try:
            conn.sock.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        except OSError:
            self._drop(conn)
        else:
            self._on_writable(conn)

    # Who is watched --------------------------------------------------------
    def _watch(self, conn: Connection, event: int) -> None:
        """The loop's from here on, in one direction."""
        if self.watched.get(conn) == event:
            return
        self._unwatch(conn)
        callback = self._on_readable if event == selectors.EVENT_READ else self._on_writable
        # Of two that are ready together the first may have dropped the second.
        self.poller.register(conn.wire, event, lambda _: callback(conn) if conn in self.watched else None)
        self.watched[conn] = event

    def _unwatch(self, conn: Connection) -> None:
        if self.watched.pop(conn, None) is not None:
            self.poller.unregister(conn.wire)

    def _drop(self, conn: Connection) -> None:
        self._unwatch(conn)
        self.nr_conns -= 1
        conn.wire.close()
        conn.arrived.kept.close()
        conn.sock.kept.close()

    def _drop_the_oldest(self, *stages: Stage) -> None:
        """Make room; whoever is being answered comes last."""
        found = [conn for conn in self.watched if not stages or conn.stage in stages]
        if found:
            self._drop(min(found, key=lambda conn: (conn.stage is Stage.SENDING, conn.since)))


def _unchunk(req: Any) -> None:
    """As if the request had told its length, which is known now: Django reads no other. Raises what gunicorn's reader finds."""
    body: Any = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed when nobody reads it any more
    while piece := req.body.read(PIECE):
        body.write(piece)
    length = body.tell()
    body.seek(0)
    req.body = body
    kept = [(name, value) for name, value in req.headers if name != "TRANSFER-ENCODING"]
    req.headers = [*kept, ("CONTENT-LENGTH", str(length))]
