"""Pytest fixtures for the test database, for its owner and application roles, and for rows that tests share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.test.utils import setup_databases, teardown_databases

from hunan_trade.regions.actions_load_reference_tables import load_regions
from hunan_trade.setup.database_owner import as_owner
from hunan_trade.setup.reference_data import load_reference_tables
from hunan_trade.testing.shared_rows import shared_rows


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """Fixture that creates the test database and loads the regions; replaces pytest-django's `django_db_setup`.

    Runs also without any django_db mark. Nearly every test needs a region, so they are loaded once.
    """
    with django_db_blocker.unblock(), as_owner():
        made = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    with django_db_blocker.unblock():
        load_regions()
        connections.close_all()
    yield
    with django_db_blocker.unblock(), as_owner():
        teardown_databases(made, verbosity=0)


@pytest.fixture(scope="module")
def reference_tables(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fixture that loads the portal's reference tables once for all tests of a module."""
    with shared_rows(request, load_reference_tables):
        yield


@pytest.fixture
def tables_owner(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Fixture that runs the test as the database role that owns the tables.

    To be requested before `db`, and without the django_db mark.
    """
    with django_db_blocker.unblock(), as_owner():
        yield
