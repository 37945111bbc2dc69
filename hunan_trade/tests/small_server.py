"""Web server with the portal's worker class and a minimal application, for tests.

Run by `python -m gunicorn hunan_trade.tests.small_server:application` with
`--worker-class hunan_trade.tests.small_server.QuickWorker`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from hunan_trade.http_worker import Server, Worker

LARGE = 8_000_000


class QuickServer(Server):
    max_header_seconds = 1.0
    grace_seconds = 1.0
    min_bytes_per_second = 100_000
    max_connections = 60
    max_buffered_bytes = 3_000_000


class QuickWorker(Worker):
    server_class = QuickServer


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Respond with the request's method, length and body digest; /large responds with 8 MB."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if environ["PATH_INFO"] != "/unread" else b""
    facts = [environ["REQUEST_METHOD"], environ.get("CONTENT_LENGTH"), hashlib.sha256(body).hexdigest()]
    body = b"x" * LARGE if environ["PATH_INFO"] == "/large" else repr(facts).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
