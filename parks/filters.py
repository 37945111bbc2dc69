"""Declares the filters of the list of parks."""

from __future__ import annotations

from hunan_trade.lists.filters import ChoicesFilter, ListFilterSet
from hunan_trade.regions.queries import city_names
from parks.models import Park


class ParkFilter(ListFilterSet):
    city = ChoicesFilter(choices=city_names, label="市州")
    level = ChoicesFilter(choices=Park.Level.choices, label="级别")
    kind = ChoicesFilter(choices=Park.Kind.choices, label="类型")

    class Meta:
        model = Park
        fields = ["q", "city", "level", "kind"]
