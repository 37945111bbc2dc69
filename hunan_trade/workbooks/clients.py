"""For whom the request under way has files read: whose share of the slots that takes, and whether anybody still waits."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from socket import socket


class ClientGone(Exception):
    """Whoever asked has closed the connection: the answer would reach nobody."""


@dataclass(frozen=True)
class Client:
    """An account of a city at the other end of a connection, as far as known; a command or a job has none of them."""

    account: str = ""
    city: str = ""
    connection: socket | None = None  # of the request, as the web server holds it

    @property
    def gone(self) -> bool:
        return self.connection is not None and bool(watched(self.connection).poll(0))


_NOBODY = Client()
_current: ContextVar[Client] = ContextVar("client", default=_NOBODY)


def current() -> Client:
    return _current.get()


@contextmanager
def connected(connection: socket | None) -> Iterator[None]:
    """What is read in the block is read for whoever is at the other end, and for nobody once they have left."""
    token = _current.set(Client(connection=connection))
    try:
        yield
    finally:
        _current.reset(token)


def identify(account: str, city: str) -> None:
    """Add who it is, once that is known, within the current request. `city` is "" for the province's people."""
    _current.set(replace(_current.get(), account=account, city=city))


def watched(connection: socket) -> select.poll:
    """Wakes when the other end hangs up; what it has sent and nobody has read yet stays where it is."""
    found = select.poll()
    found.register(connection, select.POLLRDHUP)
    return found
