"""Middleware that repeats a reading request once after a temporary database failure."""

from __future__ import annotations

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponseBase

from hunan_trade.web import outage_detection

Answer = Callable[[HttpRequest], HttpResponseBase]


def retry_reads(get_response: Answer) -> Answer:
    """Middleware that repeats a GET or HEAD request once after a temporary database failure.

    Requests that change something are repeated only under a key: see idempotency.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.method not in {"GET", "HEAD"} or not getattr(response, "is_temporary", False):
            return response
        if connection.in_atomic_block:
            return response
        try:
            outage_detection.reconnect()
        except DatabaseError:
            return response
        return get_response(request)

    return middleware
