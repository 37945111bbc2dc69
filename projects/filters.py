"""Filters of the register of projects."""

from __future__ import annotations

from hunan_trade.lists.filters import (
    AmountFilter,
    ChoicesFilter,
    DaysFilter,
    FilledFilter,
    IndustryFilter,
    ListFilterSet,
    RegionFilter,
    SourcePlaceFilter,
)


class ProjectFilter(ListFilterSet):
    city = RegionFilter()
    stage = ChoicesFilter()
    status = ChoicesFilter()
    project_class = ChoicesFilter()
    source = SourcePlaceFilter()
    industry = IndustryFilter()
    contracted_usd = AmountFilter(unit="万美元", factor=10_000)
    contracted_cny = AmountFilter(unit="万元", factor=10_000)
    intended_on = DaysFilter()
    province_contact = FilledFilter()
