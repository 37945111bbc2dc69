"""What the log knows of the request under way; set by the middleware, empty in commands and jobs."""

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


_NONE = RequestFacts()
_current: ContextVar[RequestFacts] = ContextVar("request facts", default=_NONE)


def current() -> RequestFacts:
    return _current.get()


@contextmanager
def request(facts: RequestFacts) -> Iterator[None]:
    """Every event recorded in the block carries these facts."""
    token = _current.set(facts)
    try:
        yield
    finally:
        _current.reset(token)


def identify(credential: str) -> None:
    """Add the hash of the session or token once it is known, within the current request."""
    _current.set(replace(_current.get(), credential=credential))
