"""Reads of regions: the cities in administrative order."""

from __future__ import annotations

from hunan_trade.regions.models import Region


def cities() -> tuple[Region, ...]:
    """Reads the cities in administrative order."""
    return tuple(Region.objects.cities())


def city_names() -> list[tuple[str, str]]:
    """Gives code and name of the cities, as choices of a filter."""
    return [(city.code, city.name) for city in cities()]
