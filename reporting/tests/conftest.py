"""Pytest fixtures of report tests, such as a fixed clock and users."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from hunan_trade import clock
from hunan_trade.periods import Month
from reporting.tests import factories
from reporting.tests.factories import City, Province


@pytest.fixture
def february() -> Iterator[None]:
    with clock.frozen_at(clock.at(date(2013, 2, 8), 10)):
        yield


@pytest.fixture
def people(db: None) -> Province:
    return factories.create_province()


@pytest.fixture
def changsha(people: Province) -> City:
    """Fixture with a city whose returns of January 2012 and 2013 are accepted."""
    place = factories.create_city("430100")
    for year, figures in ((2012, ("100", "40")), (2013, ("150", "50"))):
        factories.accepted(place, Month(year, 1), figures, people.officer)
    return place
