"""Filters for query parameters of the API's list of returns."""

from __future__ import annotations

import django_filters

from hunan_trade.intake.models import MonthlyReturn, Status
from hunan_trade.regions.models import Region
from hunan_trade.web.month_fields import MonthFilter


class ReturnFilter(django_filters.FilterSet):
    region = django_filters.ModelChoiceFilter(queryset=Region.objects.cities(), label="市州")
    month = MonthFilter(field_name="month", label="月份，如 2013-06")
    status = django_filters.ChoiceFilter(choices=Status.choices, label="状态")

    class Meta:
        model = MonthlyReturn
        fields = ["region", "month", "status"]
