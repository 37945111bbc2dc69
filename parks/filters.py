"""Filters of the page that lists the parks."""

from __future__ import annotations

from hunan_trade.lists.filters import ChoicesFilter, FilledFilter, ListFilterSet, RegionFilter


class ParkFilter(ListFilterSet):
    city = RegionFilter()
    level = ChoicesFilter()
    kind = ChoicesFilter()
    certainty = ChoicesFilter()
    approved = FilledFilter()
