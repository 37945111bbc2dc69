"""Stores the data of the current HTTP request for audit events, such as the IP address.

Set by the middleware, empty in commands and jobs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class RequestMetadata:
    request_id: str = ""
    ip: str | None = None
    method: str = ""
    path: str = ""
    credential: str = ""  # SHA-256 prefix of the session key or token, never the thing itself


_NO_REQUEST = RequestMetadata()
_current: ContextVar[RequestMetadata] = ContextVar("request facts", default=_NO_REQUEST)


def current() -> RequestMetadata:
    return _current.get()


@contextmanager
def request_context(facts: RequestMetadata) -> Iterator[None]:
    """Context manager that adds an HTTP request's data, such as its IP address, to audit events recorded inside."""
    token = _current.set(facts)
    try:
        yield
    finally:
        _current.reset(token)


def set_credential(credential: str) -> None:
    """Set the session key's or API token's hash that audit events of the current request will contain."""
    _current.set(replace(_current.get(), credential=credential))
