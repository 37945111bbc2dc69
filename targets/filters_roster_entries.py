"""Filters of the list of names on the work plans' rosters.

A roster names policies, counties, parks or enterprises.
"""

from __future__ import annotations

from hunan_trade.lists.filters import ChoicesFilter, ListFilterSet, RegionFilter
from targets.models import Roster, in_newest_plan


def _rosters() -> list[tuple[str, str]]:
    """Return (code, title) of each roster (list of names) in the newest work plans, each code once."""
    return list(dict(Roster.objects.filter(in_newest_plan()).order_by("pk").values_list("code", "title")).items())


def _years() -> list[tuple[str, str]]:
    years = Roster.objects.order_by("-plan__year").values_list("plan__year", flat=True).distinct()
    return [(str(year), f"{year}年") for year in years]


class RosterEntryFilter(ListFilterSet):
    roster = ChoicesFilter(label="名单", field_name="roster__code", choices=_rosters)
    year = ChoicesFilter(label="年度", field_name="roster__plan__year", choices=_years)
    region = RegionFilter(may_be_blank=True)
