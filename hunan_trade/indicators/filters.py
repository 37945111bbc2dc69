"""Filters for observations, and for decisions on a year's published source and exchange rate."""

from __future__ import annotations

from datetime import datetime

import django_filters

from hunan_trade.indicators import registry
from hunan_trade.indicators.models import Observation, ObservationQuerySet, SourceDecision, YearRate
from hunan_trade.lists.filters import ChoicesFilter, DaysFilter, ListFilterSet
from hunan_trade.regions.models import Region
from hunan_trade.web.month_and_time_fields import MomentFilter, MonthFilter


class ObservationFilter(django_filters.FilterSet):
    indicator = django_filters.ChoiceFilter(
        choices=lambda: [(i.code, i.title) for i in registry.declared() if not (i.parts or i.measure)],
        label="指标",
    )
    region = django_filters.ModelChoiceFilter(queryset=Region.objects.cities(), label="市州")
    source = django_filters.ChoiceFilter(choices=registry.Source.choices, label="来源")
    since = MonthFilter(field_name="month", lookup_expr="gte", label="自月份，如 2013-01")
    until = MonthFilter(field_name="month", lookup_expr="lte", label="至月份，如 2013-06")
    as_of = MomentFilter(method="filter_known_as_of", label="当时已生效的，如 2013-07-08T17:30:00+08:00")
    latest = django_filters.BooleanFilter(method="filter_newest_versions", label="只要最新版次")

    class Meta:
        model = Observation
        fields = ["indicator", "region", "source", "since", "until", "as_of", "latest"]

    def filter_known_as_of(self, rows: ObservationQuerySet, name: str, value: datetime) -> ObservationQuerySet:
        return rows.known_as_of(value)

    def filter_newest_versions(self, rows: ObservationQuerySet, name: str, value: bool) -> ObservationQuerySet:
        """Return only the newest version of each observation if `value` is true.

        Returns all versions if `value` is false.
        """
        return rows.newest_versions(self.form.cleaned_data.get("as_of")) if value else rows


class SourceDecisionFilter(ListFilterSet):
    indicator = ChoicesFilter(
        label="指标", choices=lambda: [(indicator.code, indicator.title) for indicator in registry.switchable()]
    )
    year = ChoicesFilter(label="年度", choices=lambda: _years_with_decisions(SourceDecision))
    source = ChoicesFilter(
        label="公布来源", choices=lambda: [(source.value, source.label) for source in registry.switchable_sources()]
    )
    decided_at = DaysFilter()


class YearRateFilter(ListFilterSet):
    year = ChoicesFilter(label="年度", choices=lambda: _years_with_decisions(YearRate))
    decided_at = DaysFilter()


def _years_with_decisions(model: type[SourceDecision | YearRate]) -> list[tuple[str, str]]:
    """Return (year, label) of each year for which `model` stores a decision, newest first, as choices of a filter."""
    years = model.objects.order_by("-year").values_list("year", flat=True).distinct()
    return [(str(year), f"{year}年") for year in years]
