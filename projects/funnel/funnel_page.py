"""Prepares the page with the funnel of project stages: its tables, filters and links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString

from hunan_trade.regions.queries import cities
from hunan_trade.ui.chart_data import CityMap
from hunan_trade.ui.component_data import FilterChip
from projects.choices import Stage, Status
from projects.funnel.city_map import city_map
from projects.funnel.funnel_query import FunnelQuery, group_names
from projects.funnel.stage_funnel import Grouping
from projects.funnel.tables import funnel_rows, groups_table, stages_table
from projects.stages.rules import ORDER

_ACTIVE = (Status.ACTIVE, Status.DELAYED, Status.STALLED)


@dataclass(frozen=True)
class FunnelPage:
    """Contents of the page that shows how many projects reached each stage, with its tables as HTML.

    `groupings` are title, address and whether it is the shown one.
    """

    title: str
    summary: str
    chips: list[FilterChip]
    clear_url: str
    list_url: str
    groupings: list[tuple[str, str, bool]]
    stages: SafeString
    groups: SafeString
    city_map: CityMap | None  # for the province, of the funnel by city


def funnel_page(query: FunnelQuery) -> FunnelPage:
    """Return the contents of the page that shows how many of the query's projects reached each stage."""
    grouping, found = query.grouping, query.funnels()
    count = found.total.stages[0].reached
    names = group_names(grouping)

    def url(code: str) -> str:
        return project_list_url(query, **{grouping.value: [code]})

    rows = funnel_rows(found.groups, names, url)
    is_mapped = grouping is Grouping.CITY and query.user.is_province
    return FunnelPage(
        title=str(grouping.label),
        summary=f"{count:,} 个项目",
        chips=query.chips(),
        clear_url=f"?by={grouping}",
        list_url=project_list_url(query),
        groupings=[(f"按{each.label}", query.url(by=each.value), each is grouping) for each in Grouping],
        stages=stages_table(lambda stage, standing: _stage_list_url(query, stage, standing)).html(
            found.total.stages if count else ()
        ),
        groups=groups_table(str(grouping.label)).html(rows if count else ()),
        city_map=city_map(found.groups, {city.code: city.short_name for city in cities()}, url) if is_mapped else None,
    )


def project_list_url(query: FunnelQuery, **changes: Sequence[str]) -> str:
    """Return the URL of the project list with the query's parameters, some of them replaced by `changes`.

    Without any it names all projects: the bare address opens the group's own view.
    """
    params = query.params.copy()
    params.pop("by", None)
    for name, values in changes.items():
        params.setlist(name, list(values))
    return (
        f"{reverse('projects:home')}?{params.urlencode()}" if params else f"{reverse('projects:home')}{query.all_url}"
    )


def _stage_list_url(query: FunnelQuery, stage: Stage, standing: bool) -> str:
    """Return the URL of the list of projects that reached a stage, or are still in it if `standing` is true."""
    asked = query.params.getlist("accepted_stage") or list(ORDER)
    if standing:
        chosen = query.params.getlist("status") or list(_ACTIVE)
        status = [each for each in chosen if each in _ACTIVE]
        return project_list_url(query, accepted_stage=[stage], status=status) if stage in asked and status else ""
    later = [each for each in ORDER[ORDER.index(stage) :] if each in asked]
    return project_list_url(query, accepted_stage=later) if later else ""
