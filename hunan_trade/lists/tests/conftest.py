"""Fixtures of the tests of lists."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hunan_trade.lists.tests import sample_firm_list
from hunan_trade.lists.tests.records_of_every_list import create_list_rows
from hunan_trade.testing.shared_rows import shared_rows


@pytest.fixture
def firms_table(db: None) -> None:
    """Create the empty table of the tests' own list."""
    sample_firm_list.create_table()


@pytest.fixture(scope="module")
def list_rows(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fixture that creates an officer and records of every list, once for all tests of a module."""
    with shared_rows(request, create_list_rows):
        yield
