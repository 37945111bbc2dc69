"""Declares the filters of the list of parks."""

from __future__ import annotations

import django_filters
from django import forms

from hunan_trade.regions.models import Region
from parks.models import Park


class ParkFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        field_name="name",
        lookup_expr="icontains",
        label="查找",
        widget=forms.TextInput({"placeholder": "园区名称"}),
    )
    city = django_filters.ModelChoiceFilter(queryset=Region.objects.cities(), label="市州", empty_label="全部")
    level = django_filters.ChoiceFilter(choices=Park.Level.choices, label="级别", empty_label="全部")
    kind = django_filters.ChoiceFilter(choices=Park.Kind.choices, label="类型", empty_label="全部")

    class Meta:
        model = Park
        fields = ["q", "city", "level", "kind"]
