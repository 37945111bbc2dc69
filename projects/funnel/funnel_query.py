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
    """The query parameters that choose which projects the funnel of stages counts, and how it groups them."""

    own_parameters: ClassVar[tuple[str, ...]] = ("as_of", "by")

    @cached_property
    def grouping(self) -> Grouping:
        """Whether to group projects by city, industry or source place; raises ParameterRefused if `by` is unknown."""
        if (asked := self.params.get("by", Grouping.CITY)) not in Grouping.values:
            raise ParameterRefused({"by": f"不能按“{asked[:30]}”分。"})
        return Grouping(asked)

    def funnels(self) -> Funnels:
        """Count the projects that reached each stage by the query's day, or by today if the query names no day."""
        return stage_funnels(self.rows, self._steps(), self.grouping, self.day or clock.today())

    def _steps(self) -> QuerySet[Any]:
        """Return all stage steps (签约, 投产 …) of projects as they are now, or as of the query's past day."""
        if self.day is None:
            return StageEntry.objects.all()
        steps: QuerySet[Any] = StageEntryHistory.objects.as_of(self.day).filter(is_deletion=False)
        return steps


def group_names(grouping: Grouping) -> Mapping[str, str]:
    """Return the names of all cities, industries or source places by code, whichever `grouping` stands for."""
    return {
        Grouping.CITY: lambda: dict(city_names()),
        Grouping.INDUSTRY: lambda: {each.code: each.name for each in industries()},
        Grouping.SOURCE: lambda: {place.code: place.short_name for place in source_places()[1]},
    }[grouping]()
