"""Fixtures of the tests of lists."""

from __future__ import annotations

import pytest

from hunan_trade.lists.tests import firms


@pytest.fixture
def firms_table(db: None) -> None:
    """Create the empty table of the tests' own list."""
    firms.create_table()
