"""What returns can be narrowed by."""

from __future__ import annotations

from datetime import date

import django_filters

from hunan_trade.intake.models import Return, ReturnQuerySet, Status
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region


class ReturnFilter(django_filters.FilterSet):
    region = django_filters.ModelChoiceFilter(queryset=Region.objects.cities(), label="市州")
    month = django_filters.CharFilter(method="of_month", label="月份，如 2013-06")
    status = django_filters.ChoiceFilter(choices=Status.choices, label="状态")

    class Meta:
        model = Return
        fields = ["region", "month", "status"]

    def of_month(self, rows: ReturnQuerySet, name: str, value: str) -> ReturnQuerySet:
        return rows.filter(month=_first(value))


def _first(value: str) -> date | None:
    """None, which no return has, for what is no month."""
    try:
        return Month.parse(value).first
    except ValueError:
        return None
