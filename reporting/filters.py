"""Filters of the page that lists the reports."""

from __future__ import annotations

import django_filters

from reporting import kinds
from reporting.models import Report, Status


class ReportFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(
        choices=lambda: [(kind.code, kind.series) for kind in kinds.declared()], label="种类"
    )
    year = django_filters.NumberFilter(label="编号年度")
    status = django_filters.ChoiceFilter(choices=Status.choices, label="状态")

    class Meta:
        model = Report
        fields = ["kind", "year", "status"]
