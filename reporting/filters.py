"""Filters of the list of reports, on its page and in the REST API."""

from __future__ import annotations

from hunan_trade.lists.filters import ChoicesFilter, DaysFilter, FilledFilter, ListFilterSet
from reporting import kinds
from reporting.models import Report


def _kinds() -> list[tuple[str, str]]:
    return [(kind.code, kind.series) for kind in kinds.declared()]


def _years() -> list[tuple[str, str]]:
    """Return (year, label) choices for the filter of the list of reports: the years with reports, newest first."""
    return [(str(year), f"{year}年") for year in Report.objects.years()]


class ReportListFilter(ListFilterSet):
    kind = ChoicesFilter(label="种类", choices=_kinds)
    year = ChoicesFilter(label="年度", choices=_years)
    status = ChoicesFilter()
    issued_at = DaysFilter()
    voiding = FilledFilter(label="作废")
