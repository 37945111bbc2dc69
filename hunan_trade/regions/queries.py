"""Reads the cities in administrative order."""

from __future__ import annotations

from hunan_trade.regions.models import Region


def cities() -> tuple[Region, ...]:
    """Return the cities in administrative order."""
    return tuple(Region.objects.cities())


def city_names() -> list[tuple[str, str]]:
    """Return the (code, name) pair of each city, as choices of a form field."""
    return [(city.code, city.name) for city in cities()]
