"""Sends GET requests to a WSGI application in this process, without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@cache
def portal_application() -> WSGIHandler:
    """Return the portal's WSGI application, which keeps its database connection open."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    return WSGIHandler()


def send_get(app: App, path: str, expected: int = 200, **headers: str) -> dict[str, str]:
    """Send a GET request, check the response's status, read its whole body, and return its headers."""
    answer: dict[str, Any] = {}

    def start_response(status: str, fields: list[tuple[str, str]], *_: object) -> None:
        answer.update(status=int(status[:3]), fields=dict(fields))

    chunks = app(_environ(path, headers), start_response)
    body = b"".join(chunks)
    if close := getattr(chunks, "close", None):
        close()
    assert answer["status"] == expected, (path, answer["status"], body[:300])
    fields: dict[str, str] = answer["fields"]
    return fields


def _environ(path: str, headers: dict[str, str]) -> dict[str, Any]:
    path, _, query = path.partition("?")
    return {
        "REQUEST_METHOD": "GET",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "127.0.0.1",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "wsgi.input": BytesIO(),
        "wsgi.errors": BytesIO(),
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "127.0.0.1:8000",
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
