"""For whom the request under way has files read: whose share of the slots that takes, and whether anybody still waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


class ClientGone(Exception):
    """Whoever asked has closed the connection: the answer would reach nobody."""


@dataclass(frozen=True)
class Client:
    """An account of a city at the other end of a connection, as far as known; a command or a job has none of them."""

    account: str = ""
    city: str = ""
    has_left: Callable[[], bool] | None = None  # the web server's own answer, for the request's connection

    @property
    def gone(self) -> bool:
        return self.has_left is not None and self.has_left()


_NOBODY = Client()
_current: ContextVar[Client] = ContextVar("client", default=_NOBODY)


def current() -> Client:
    return _current.get()


@contextmanager
def connected(has_left: Callable[[], bool] | None) -> Iterator[None]:
    """What is read in the block is read for whoever is at the other end, and for nobody once they have left."""
    token = _current.set(Client(has_left=has_left))
    try:
        yield
    finally:
        _current.reset(token)


def identify(account: str, city: str) -> None:
    """Add who it is, once that is known, within the current request. `city` is "" for the province's people."""
    _current.set(replace(_current.get(), account=account, city=city))
