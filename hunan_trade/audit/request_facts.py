"""Stores the data of the current HTTP request for audit events, such as the IP address.

Set by the middleware, empty in commands and jobs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class RequestFacts:
    request_id: str = ""
    ip: str | None = None
    method: str = ""
    path: str = ""
    credential: str = ""  # SHA-256 prefix of the session key or token, never the thing itself


_NO_REQUEST = RequestFacts()
_current: ContextVar[RequestFacts] = ContextVar("request facts", default=_NO_REQUEST)


def current() -> RequestFacts:
    return _current.get()


@contextmanager
def request_context(facts: RequestFacts) -> Iterator[None]:
    """Store `facts` about the HTTP request with every audit event recorded within the `with` block."""
    token = _current.set(facts)
    try:
        yield
    finally:
        _current.reset(token)


def set_credential(credential: str) -> None:
    """Set the hash of the session key or API token that the current request's audit events store."""
    _current.set(replace(_current.get(), credential=credential))
