"""Fixtures that create the test database and run tests as its owner or as the application's role."""

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
    """Create the test database; replaces pytest-django's fixture of that name.

    Runs also without any django_db mark.
    """
    with django_db_blocker.unblock(), as_owner():
        made = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    yield
    with django_db_blocker.unblock(), as_owner():
        teardown_databases(made, verbosity=0)


@pytest.fixture
def tables_owner(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Run the test as the tables' owner; must be requested before `db`, and without the django_db mark."""
    with django_db_blocker.unblock(), as_owner():
        yield
