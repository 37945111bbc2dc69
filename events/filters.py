"""Filters of the page that lists the events."""

from __future__ import annotations

from events.models import Event
from hunan_trade.lists.filters import ChoicesFilter, DaysFilter, ListFilterSet
from targets.models import ItemIdentity


def _years() -> list[tuple[str, str]]:
    """Return a (year, Chinese label) pair for each year that has events, newest first, as choices of a filter."""
    return [(str(year), f"{year}年") for year in Event.objects.years()]


def _items() -> list[tuple[str, str]]:
    """Return (id, name) of each work plan item that has events, even of a dropped item, as choices of a filter."""
    linked = ItemIdentity.objects.filter(pk__in=Event.objects.exclude(item=None).values("item"))
    return [(str(item.pk), str(item)) for item in linked]


class EventFilter(ListFilterSet):
    year = ChoicesFilter(choices=_years)
    kind = ChoicesFilter()
    starts_on = DaysFilter()
    item = ChoicesFilter(choices=_items, may_be_blank=True)
