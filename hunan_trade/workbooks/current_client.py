"""Client for whom the current request reads files: whose share of the readers it uses, whether it still waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


class ClientGone(Exception):
    """The client has closed the connection: nobody would receive the response."""


@dataclass(frozen=True)
class Client:
    """Account and city of the client, and how to ask whether it has disconnected; empty in commands and jobs."""

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
    """Set the current client's connection for the block."""
    token = _current.set(Client(has_left=has_left))
    try:
        yield
    finally:
        _current.reset(token)


def set_account(account: str, city: str) -> None:
    """Add the account, once known, to the current client. `city` is "" for the province's people."""
    _current.set(replace(_current.get(), account=account, city=city))
