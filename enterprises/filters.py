"""Filters of the page that lists the registered enterprises."""

from __future__ import annotations

from hunan_trade.lists.filters import ChoicesFilter, FilledFilter, ListFilterSet, RegionFilter


class EnterpriseFilter(ListFilterSet):
    city = RegionFilter(field_name="region")
    mode = ChoicesFilter(field_name="modes")
    closed_on = FilledFilter()
