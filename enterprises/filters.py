"""Filters of the page that lists the registered enterprises."""

from __future__ import annotations

from enterprises.models import Enterprise, EnterpriseQuerySet, Mode
from hunan_trade.lists.filters import ChoicesFilter, ListFilterSet
from hunan_trade.regions.queries import city_names


class EnterpriseFilter(ListFilterSet):
    city = ChoicesFilter(field_name="region", choices=city_names, label="市州")
    mode = ChoicesFilter(method="by_mode", choices=Mode.choices, label="贸易方式")

    class Meta:
        model = Enterprise
        fields = ["q", "city", "mode"]

    def by_mode(self, rows: EnterpriseQuerySet, name: str, value: list[str]) -> EnterpriseQuerySet:
        return rows.filter(modes__overlap=value)
