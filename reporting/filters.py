"""Filters of the list of reports, on its page and in the REST API."""

from __future__ import annotations

import django_filters

from hunan_trade.lists.filters import ChoicesFilter, DaysFilter, FilledFilter, ListFilterSet
from reporting import kinds
from reporting.models import Report, Status


def _kinds() -> list[tuple[str, str]]:
    return [(kind.code, kind.series) for kind in kinds.declared()]


def _years() -> list[tuple[str, str]]:
    """Return the years that have reports, the newest first."""
    return [(str(year), f"{year}年") for year in Report.objects.years()]


class ReportListFilter(ListFilterSet):
    kind = ChoicesFilter(label="种类", choices=_kinds)
    year = ChoicesFilter(label="年度", choices=_years)
    status = ChoicesFilter()
    issued_at = DaysFilter()
    voiding = FilledFilter(label="作废")


class ReportFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=_kinds, label="种类")
    year = django_filters.NumberFilter(label="编号年度")
    status = django_filters.ChoiceFilter(choices=Status.choices, label="状态")

    class Meta:
        model = Report
        fields = ["kind", "year", "status"]
