"""Filters of the lists of monthly returns, exemptions and thresholds, also used by the REST API."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from hunan_trade.intake.adjustable_rule_thresholds import group_titles
from hunan_trade.intake.models import Exemption, MonthlyReturn
from hunan_trade.lists.filters import ChoicesFilter, DaysFilter, FilledFilter, ListFilterSet, RegionFilter


def _years() -> list[tuple[str, str]]:
    """Return choices such as ("2013", "2013年") for the years that have monthly returns, newest first."""
    return [(str(year), f"{year}年") for year in MonthlyReturn.objects.years()]


class _DatePartFilter(ChoicesFilter):
    """Filter by one part of a date field; the `field_name` "month__year" filters by the year of the field `month`."""

    def any_of(self, codes: Sequence[str]) -> Q:
        return Q(**{f"{self.field_name}__in": codes})


class ReturnListFilter(ListFilterSet):
    region = RegionFilter(label="市州")
    year = _DatePartFilter(label="年度", field_name="month__year", choices=_years)
    month = _DatePartFilter(label="月份", field_name="month__month", choices=[(str(n), f"{n}月") for n in range(1, 13)])
    status = ChoicesFilter()
    due_at = DaysFilter()
    first_sent_at = FilledFilter(label="首报")
    nil_reason = FilledFilter(label="零报告")


class _ExemptionStateFilter(ChoicesFilter):
    """Filter requests for late filing or reopening by their state: undecided, granted or refused."""

    def any_of(self, codes: Sequence[str]) -> Q:
        granted = {Exemption.State.GRANTED: True, Exemption.State.REFUSED: False}
        decided = Q(granted__in=[granted[code] for code in codes if code in granted])  # type: ignore[index]
        return decided | Q(granted=None) if Exemption.State.ASKED in codes else decided


class ExemptionFilter(ListFilterSet):
    region = RegionFilter(label="市州", field_name="monthly_return__region")
    kind = ChoicesFilter()
    state = _ExemptionStateFilter(label="结果", field_name="granted", choices=Exemption.State.choices)
    asked_at = DaysFilter()


class ThresholdFilter(ListFilterSet):
    dataset = ChoicesFilter(choices=lambda: list(group_titles().items()))
    decided_at = DaysFilter()
