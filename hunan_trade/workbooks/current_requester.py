"""Stores who sent the current request: the account, its city, and whether the browser has disconnected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


class ClientGone(Exception):
    """Raised when the client has closed the connection, so that nobody would receive the response."""


@dataclass(frozen=True)
class Requester:
    """Who sent the current request: the account, its city, and whether the browser has disconnected.

    Empty in commands and jobs.
    """

    account: str = ""
    city: str = ""
    has_left: Callable[[], bool] | None = None  # the web server's own answer, for the request's connection

    @property
    def has_disconnected(self) -> bool:
        return self.has_left is not None and self.has_left()


_NOBODY = Requester()
_current: ContextVar[Requester] = ContextVar("requester", default=_NOBODY)


def current() -> Requester:
    return _current.get()


@contextmanager
def requester_context(has_left: Callable[[], bool] | None) -> Iterator[None]:
    """Context manager that sets the current `Requester`; `has_left` says whether its client has disconnected."""
    token = _current.set(Requester(has_left=has_left))
    try:
        yield
    finally:
        _current.reset(token)


def set_account(account: str, city: str) -> None:
    """Store the authenticated user's account and city in the current requester.

    `city` is "" for the province's people.
    """
    _current.set(replace(_current.get(), account=account, city=city))
