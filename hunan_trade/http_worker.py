"""Gunicorn worker class that reads requests and sends responses through waitress (ADR 15).

waitress gathers each request whole in its event loop, what is large on disk, before a thread sees it, and sends on what
a slow reader has not taken yet: no slow line holds a thread. Here stand the deadlines that it lacks, and Chinese words
for what it refuses by itself. TLS and a limit of connections for each address are the proxy's.
"""

from __future__ import annotations

import logging
import os
import time
from typing import Any

from gunicorn.workers.base import Worker as GunicornWorker
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher
from waitress.utilities import Error

LARGEST_HEAD = 64_000  # bytes of headers
LARGEST_BODY = 64_000_000  # what lies between this and the portal's own limit it refuses with a page
IN_MEMORY = 256_000  # of one request; the rest lies on disk
SENTENCES = {
    408: "请求没有在时限内发完，没有保存。网络稳定后再发。",
    413: "内容过大，没有保存。附件最大 20 MB，其他文件最大 10 MB。",
    431: "请求头过长，没有办理。清除本站的 Cookie 再试。",
}


class RequestTimeout(Error):
    code, reason = 408, "Request Timeout"


class ErrorAnswer(ErrorTask):
    """Chinese error response to an HTTP request that is refused before Django sees it."""

    def execute(self) -> None:
        error = self.request.error
        body = SENTENCES.get(error.code, "请求不合 HTTP 的写法，没有办理。").encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers += [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Connection(HTTPChannel):
    """A client connection that records when its current request began to arrive."""

    error_task_class = ErrorAnswer
    request: Any = None  # as far as it has come
    began_at = 0.0

    def received(self, data: bytes) -> bool:
        before = self.request
        taken = bool(super().received(data))
        if self.request is not before:
            self.began_at = time.time()
        return taken

    def is_late(self, now: float) -> bool:
        """Return whether the request that is still arriving has exceeded the time limit."""
        if self.request is None:
            return False
        if not self.request.headers_finished:
            return bool(now > self.began_at + self.server.max_header_seconds)
        allowed = self.server.grace_seconds + self.request.body_bytes_received / self.server.min_bytes_per_second
        return bool(now > self.began_at + allowed)

    def refuse(self, error: Error) -> None:
        """Send an error response to a partly received request, and close the connection."""
        with self.requests_lock:
            request, self.request = self.request, None
            request.error, request.completed = error, True
            self.requests.append(request)
            if len(self.requests) == 1:
                self.server.add_task(self)


class Server(TcpWSGIServer):
    """Waitress server on one listening socket, with limits for connections, slow requests and buffered bytes."""

    channel_class = Connection
    max_header_seconds = 15.0  # seconds, from the first byte
    grace_seconds = 20.0  # seconds that a body may rest in all
    min_bytes_per_second = (
        16_000  # bytes a second that count against that: 10 MB at 1 Mbit/s come in 80 s and may take 645
    )
    max_connections = 400  # at once; each holds a socket and at most two files
    max_buffered_bytes = 256_000_000  # bytes of bodies that are not whole yet

    def handle_accept(self) -> None:
        if len(self.active_channels) >= self.max_connections:
            self._close_idlest_connection(list(self.active_channels.values()))
        super().handle_accept()

    def maintenance(self, now: float) -> None:
        """Close slow connections, and the idlest one if too much is buffered; waitress calls this every second."""
        super().maintenance(now)
        arriving = [connection for connection in self.active_channels.values() if connection.request is not None]
        for connection in arriving:
            if connection.is_late(now):
                connection.refuse(RequestTimeout(""))
        if (
            sum(connection.request.body_bytes_received for connection in arriving if connection.request)
            > self.max_buffered_bytes
        ):
            self._close_idlest_connection(arriving)

    def _close_idlest_connection(self, connections: list[Connection]) -> None:
        waiting = [connection for connection in connections if not connection.requests]
        if waiting:
            min(waiting, key=lambda connection: connection.last_activity).handle_close()


class Worker(GunicornWorker):
    """Gunicorn worker class that serves requests through waitress.

    Used as `gunicorn --worker-class hunan_trade.http_worker.Worker --threads 4 hunan_trade.wsgi`.
    """

    server_class = Server

    def run(self) -> None:
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a request that waits for a thread is no fault
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(self.cfg.threads)
        self.watched: dict[int, Any] = {}
        servers = [self._create_server(listener.sock, dispatcher) for listener in self.sockets]
        while self.alive and self.ppid == os.getppid():
            self._run_event_loop_once()
        for server in servers:
            server.accepting = False  # what stands in line is another process's
        until = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < until and any(map(_has_unfinished_responses, servers)):
            self._run_event_loop_once()

    def _create_server(self, listening_socket: Any, dispatcher: ThreadedTaskDispatcher) -> Server:
        return self.server_class(
            self.wsgi,
            self.watched,
            _sock=listening_socket,
            dispatcher=dispatcher,
            bind_socket=False,
            sockinfo=(
                listening_socket.family,
                listening_socket.type,
                listening_socket.proto,
                listening_socket.getsockname(),
            ),
            adj=Adjustments(
                ident="",
                cleanup_interval=1,
                channel_timeout=30,  # seconds in which neither side moves
                channel_request_lookahead=1,  # so that a client that leaves while it is answered is noticed
                connection_limit=10_000,  # beyond `max_connections` room is made instead
                max_request_header_size=LARGEST_HEAD,
                max_request_body_size=LARGEST_BODY,
                inbuf_overflow=IN_MEMORY,
                outbuf_high_watermark=LARGEST_BODY * 4,  # up to there the disk waits for a slow reader, not the thread
                clear_untrusted_proxy_headers=False,  # which of them are believed is settings.TRUSTED_PROXIES
            ),
        )

    def _run_event_loop_once(self) -> None:
        self.notify()
        wasyncore.loop(timeout=0.5, use_poll=True, map=self.watched, count=1)


def _has_unfinished_responses(server: Server) -> bool:
    return any(connection.requests or connection.total_outbufs_len for connection in server.active_channels.values())
