"""What returns can be narrowed by."""

from __future__ import annotations

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
        """No return is of what is no month."""
        try:
            return rows.of_month(Month.parse(value))
        except ValueError:
            return rows.none()
