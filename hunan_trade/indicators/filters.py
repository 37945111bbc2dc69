"""What observations can be narrowed by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import django_filters
from django.core.exceptions import ValidationError

from hunan_trade.indicators import registry
from hunan_trade.indicators.models import Observation, ObservationQuerySet
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region


def first_day(value: str) -> Any:
    """The first day of a month like 2013-06; ValidationError otherwise."""
    try:
        return Month.parse(value).first
    except ValueError:
        raise ValidationError("月份写作 2013-06。") from None


class ObservationFilter(django_filters.FilterSet):
    indicator = django_filters.ChoiceFilter(
        choices=lambda: [(i.code, i.title) for i in registry.every() if not (i.parts or i.measure)],
        label="指标",
    )
    region = django_filters.ModelChoiceFilter(queryset=Region.objects.cities(), label="市州")
    source = django_filters.ChoiceFilter(choices=registry.Source.choices, label="来源")
    since = django_filters.CharFilter(method="from_month", label="自月份，如 2013-01")
    until = django_filters.CharFilter(method="to_month", label="至月份，如 2013-06")
    as_of = django_filters.IsoDateTimeFilter(method="known_then", label="当时已生效的，ISO 时间")
    latest = django_filters.BooleanFilter(method="newest_only", label="只要最新版次")

    class Meta:
        model = Observation
        fields = ["indicator", "region", "source", "since", "until", "as_of", "latest"]

    def from_month(self, rows: ObservationQuerySet, name: str, value: str) -> ObservationQuerySet:
        return rows.filter(month__gte=first_day(value))

    def to_month(self, rows: ObservationQuerySet, name: str, value: str) -> ObservationQuerySet:
        return rows.filter(month__lte=first_day(value))

    def known_then(self, rows: ObservationQuerySet, name: str, value: datetime) -> ObservationQuerySet:
        return rows.known(value)

    def newest_only(self, rows: ObservationQuerySet, name: str, value: bool) -> ObservationQuerySet:
        """Of what the other filters left: with `as_of`, the newest version known then."""
        return rows.newest_versions(self.form.cleaned_data.get("as_of")) if value else rows
