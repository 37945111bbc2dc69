"""Filters of the page that lists the events."""

from __future__ import annotations

from events.models import Event
from hunan_trade.lists.filters import ChoicesFilter, DaysFilter, ListFilterSet


def _years() -> list[tuple[str, str]]:
    """Return the years that have events, the newest first."""
    return [(str(year), f"{year}年") for year in Event.objects.years()]


class EventFilter(ListFilterSet):
    year = ChoicesFilter(choices=_years)
    kind = ChoicesFilter()
    starts_on = DaysFilter()
