"""Knows the client of the current request: its account, its city, and whether it has disconnected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


class ClientGone(Exception):
    """Raised when the client has closed the connection, so that nobody would receive the response."""


@dataclass(frozen=True)
class Client:
    """The client that sent the current request: its account, its city, and whether it has disconnected.

    Empty in commands and jobs.
    """

    account: str = ""
    city: str = ""
    has_left: Callable[[], bool] | None = None  # the web server's own answer, for the request's connection

    @property
    def has_disconnected(self) -> bool:
        return self.has_left is not None and self.has_left()


_NOBODY = Client()
_current: ContextVar[Client] = ContextVar("client", default=_NOBODY)


def current() -> Client:
    return _current.get()


@contextmanager
def client_connection(has_left: Callable[[], bool] | None) -> Iterator[None]:
    """Set, for the `with` block, the function that says whether the client has disconnected."""
    token = _current.set(Client(has_left=has_left))
    try:
        yield
    finally:
        _current.reset(token)


def set_account(account: str, city: str) -> None:
    """Store the authenticated user's account and city in the current client.

    `city` is "" for the province's people.
    """
    _current.set(replace(_current.get(), account=account, city=city))
