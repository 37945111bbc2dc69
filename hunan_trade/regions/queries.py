"""Reads of regions: the cities in administrative order."""

from __future__ import annotations

from hunan_trade.regions.models import Region
from hunan_trade.versions import VersionedCache

_cities: VersionedCache[str, tuple[Region, ...]] = VersionedCache("regions_change", most=1)


def cities() -> tuple[Region, ...]:
    """The cities in administrative order; nobody may change them, they are shared."""
    return _cities.of("", lambda: tuple(Region.objects.cities()))


def city_names() -> list[tuple[str, str]]:
    """(code, name) of the cities, as choices of a filter."""
    return [(city.code, city.name) for city in cities()]
