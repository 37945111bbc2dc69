"""Creates rows once for all tests of a module, in a separate database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest
from django.db import connections

from hunan_trade.testing.plugin import clone_database

Rows = TypeVar("Rows")


@contextmanager
def shared_rows(request: pytest.FixtureRequest, create: Callable[[], Rows]) -> Iterator[Rows]:
    """Context manager that calls `create` once for all tests of a module, and yields what it returns.

    The module's tests run on a clone of the test database, and what they write is rolled back as usual. All of them
    that use the database must use the fixture: else it would depend on their order in which database they run.
    """
    for item in request.session.items:
        used = getattr(item, "fixturenames", ())
        if item.getparent(pytest.Module) is request.node and request.fixturename not in used and uses_database(item):
            pytest.fail(f"{item.name} runs beside {request.fixturename} without it", pytrace=False)
    request.getfixturevalue("django_db_setup")
    usual = connections.settings["default"]["NAME"]
    with pytest.MonkeyPatch.context() as monkeypatch, clone_database(usual, monkeypatch):
        with request.getfixturevalue("django_db_blocker").unblock():
            rows = create()
        yield rows


def uses_database(item: pytest.Item) -> bool:
    return item.get_closest_marker("django_db") is not None or "db" in getattr(item, "fixturenames", ())
