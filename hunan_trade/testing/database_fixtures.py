"""Pytest fixtures for the test database and for its roles, the owner and the application."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test.utils import setup_databases, teardown_databases

from hunan_trade.setup.database_owner import as_owner


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """Create the test database, instead of pytest-django's fixture of the same name.

    Runs also without any django_db mark.
    """
    with django_db_blocker.unblock(), as_owner():
        made = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    yield
    with django_db_blocker.unblock(), as_owner():
        teardown_databases(made, verbosity=0)


@pytest.fixture
def tables_owner(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Fixture that runs the test as the database role that owns the tables.

    To be requested before `db`, and without the django_db mark.
    """
    with django_db_blocker.unblock(), as_owner():
        yield
