"""Filters of the page that lists the registered enterprises."""

from __future__ import annotations

import django_filters
from django import forms

from enterprises.models import Enterprise, EnterpriseQuerySet, Mode
from hunan_trade.regions.queries import city_names


class EnterpriseFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        method="filter_by_name_or_code",
        label="查找",
        widget=forms.TextInput({"placeholder": "企业名称或海关编码"}),
    )
    city = django_filters.ChoiceFilter(field_name="region", choices=city_names, label="市州", empty_label="全部")
    mode = django_filters.ChoiceFilter(
        field_name="modes",
        lookup_expr="contains",
        method="filter_by_mode",
        choices=Mode.choices,
        label="贸易方式",
        empty_label="全部",
    )

    class Meta:
        model = Enterprise
        fields = ["q", "city", "mode"]

    def filter_by_name_or_code(self, rows: EnterpriseQuerySet, name: str, value: str) -> EnterpriseQuerySet:
        return rows.matching(value.strip())

    def filter_by_mode(self, rows: EnterpriseQuerySet, name: str, value: str) -> EnterpriseQuerySet:
        return rows.filter(modes__contains=[value])
