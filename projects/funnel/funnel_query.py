"""Parses which projects the funnel counts and how it groups them, and reads the figures for page and API."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet

from hunan_trade import clock
from hunan_trade.industries.queries import industries
from hunan_trade.lists.list_query import ListQuery, ParameterRefused
from hunan_trade.regions.queries import city_names, source_places
from projects.funnel.stage_funnel import Funnels, Grouping, stage_funnels
from projects.models import StageEntry, StageEntryHistory


class FunnelQuery(ListQuery):
    """The query parameters that choose which projects the funnel counts and how it groups them."""

    own_parameters: ClassVar[tuple[str, ...]] = ("as_of", "by")

    @cached_property
    def grouping(self) -> Grouping:
        """The grouping of the funnels, from the parameter `by`; raises ParameterRefused if unknown."""
        if (asked := self.params.get("by", Grouping.CITY)) not in Grouping.values:
            raise ParameterRefused({"by": f"不能按“{asked[:30]}”分。"})
        return Grouping(asked)

    def funnels(self) -> Funnels:
        """Return the funnels of the projects that the query selects, until its day or today."""
        return stage_funnels(self.rows, self._steps(), self.grouping, self.day or clock.today())

    def _steps(self) -> QuerySet[Any]:
        """Return the stage steps as they are now, or as they were on the past day of the query."""
        if self.day is None:
            return StageEntry.objects.all()
        steps: QuerySet[Any] = StageEntryHistory.objects.as_of(self.day).filter(is_deletion=False)
        return steps


def group_names(grouping: Grouping) -> Mapping[str, str]:
    """Return the name of each group that a grouping may have, by its code."""
    return {
        Grouping.CITY: lambda: dict(city_names()),
        Grouping.INDUSTRY: lambda: {each.code: each.name for each in industries()},
        Grouping.SOURCE: lambda: {place.code: place.short_name for place in source_places()[1]},
    }[grouping]()
