"""Reads the cities, and the places that projects come from, each in a fixed order."""

from __future__ import annotations

from hunan_trade.regions.models import PlanRegion, Region, SourcePlace
from hunan_trade.table_versions import VersionedCache

SourcePlaces = tuple[tuple[PlanRegion, ...], tuple[SourcePlace, ...]]
_source_places: VersionedCache[None, SourcePlaces] = VersionedCache("regions_change", max_entries=1)


def cities() -> tuple[Region, ...]:
    """Return Hunan's 14 cities in administrative order."""
    return tuple(Region.objects.cities())


def city_names() -> list[tuple[str, str]]:
    """Return a (code, name) pair for each city, as choices of a form field."""
    return [(city.code, city.name) for city in cities()]


def source_places() -> SourcePlaces:
    """Return the cached pair of all work plan regions and all places that projects come from; do not change it."""
    return _source_places.get(None, lambda: (tuple(PlanRegion.objects.all()), tuple(SourcePlace.objects.all())))
