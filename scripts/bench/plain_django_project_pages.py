"""Provides project pages built with common Django packages, with which the portal's pages are compared.

One lists projects by django-filter and django-tables2, the other counts them by stage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import Any

import django_filters
import django_tables2
from django.contrib.auth import SESSION_KEY
from django.db.models import Case, Count, Min, Q, When
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, engines
from django.urls import path

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.industries.models import Industry
from hunan_trade.regions.models import Region
from hunan_trade.regions.models_project_origins import SourcePlace
from parks.models import Park
from projects.choices import EntryState, FortuneCode, ProjectClass, Stage, Status
from projects.models import VERDICTS, Batch, Project
from scripts.bench.plain_django_list_page import PlainListView
from scripts.bench.project_data import CHOSEN_COLUMNS

LIST_PATH, FUNNEL_PATH = "/stock/projects/", "/stock/funnel/"
ORDER = tuple(Stage)
FUNNEL_TEMPLATE = """<!doctype html><title>阶段漏斗</title>
<table>{% for stage in stages %}<tr><td>{{ stage.title }}<td>{{ stage.reached }}<td>{{ stage.standing }}
<td>{{ stage.longest_days|default_if_none:"" }}<td>{{ stage.median_days|default_if_none:"" }}</tr>{% endfor %}</table>
<table>{% for city, counts in cities %}<tr><td>{{ city }}{% for count in counts %}<td>{{ count }}{% endfor %}</tr>
{% endfor %}</table>"""


class StockProjectTable(django_tables2.Table):
    class Meta:
        model = Project
        fields = CHOSEN_COLUMNS


class StockProjectFilter(django_filters.FilterSet):
    """The filters that the portal's list offers, as far as django-filter has their kind."""

    name = django_filters.CharFilter(lookup_expr="icontains")
    city = django_filters.ModelChoiceFilter(queryset=Region.objects.cities())
    park = django_filters.ModelChoiceFilter(queryset=Park.objects.all())
    stage = django_filters.ChoiceFilter(choices=Stage.choices)
    accepted_stage = django_filters.ChoiceFilter(choices=Stage.choices)
    status = django_filters.ChoiceFilter(choices=Status.choices)
    project_class = django_filters.ChoiceFilter(choices=ProjectClass.choices)
    source = django_filters.ModelChoiceFilter(queryset=SourcePlace.objects.all())
    industry = django_filters.ModelChoiceFilter(queryset=Industry.objects.filter(level__in=["division", "group"]))
    contracted_total_usd = django_filters.RangeFilter()
    contracted_total_cny = django_filters.RangeFilter()
    verdict = django_filters.ChoiceFilter(choices=VERDICTS)
    counted_on = django_filters.DateFromToRangeFilter()
    fortune_verdict = django_filters.ChoiceFilter(choices=FortuneCode.choices)
    intended_on = django_filters.DateFromToRangeFilter()
    batch = django_filters.ModelChoiceFilter(queryset=Batch.objects.all())
    province_contact = django_filters.BooleanFilter("province_contact", "isnull")


class StockProjectListView(PlainListView):
    queryset = Project.objects.select_related("city", "source").order_by("-pk")
    filterset_class = StockProjectFilter
    table_class = StockProjectTable


@dataclass(frozen=True)
class StockStage:
    title: str
    reached: int
    standing: int
    longest_days: int | None
    median_days: float | None


def plain_funnel_page(request: HttpRequest) -> HttpResponse:
    """View that shows how many projects have reached each stage, in the whole province and in each city.

    The ORM counts; medians, which it has not, are computed in Python.
    """
    User.objects.get(pk=request.session[SESSION_KEY])
    reached = [f"{stage}_reached" for stage in ORDER]
    cities: Any = Project.objects.values("city").annotate(**_counts()).order_by("city")
    context = {
        "stages": list(_stages(Project.objects.aggregate(**_counts()))),
        "cities": [(name, counts) for name, *counts in cities.values_list("city__name", *reached)],
    }
    return HttpResponse(_funnel_template().template.render(RequestContext(request, context)))


def _counts() -> dict[str, Count]:
    active = ~Q(status__in=(Status.TERMINATED, Status.FINISHED))
    reached = {f"{stage}_reached": Q(accepted_stage__in=ORDER[at:]) for at, stage in enumerate(ORDER)}
    standing = {f"{stage}_standing": Q(accepted_stage=stage) & active for stage in ORDER}
    return {name: Count("pk", filter=condition) for name, condition in (reached | standing).items()}


def _stages(counts: Mapping[str, int]) -> Iterator[StockStage]:
    """Yield for each stage how many projects reached it and are in it, longest stay, median days to the next."""
    days = {stage: _first_day(stage) for stage in ORDER[1:]}
    active = ~Q(status__in=(Status.TERMINATED, Status.FINISHED))
    projects = list(
        Project.objects.annotate(**days, is_open=Case(When(active, then=True), default=False))
        .order_by()
        .values_list("intended_on", *ORDER[1:], "accepted_stage", "is_open")
    )
    today = clock.today()
    for at, stage in enumerate(ORDER):
        spans = [(row[at + 1] - row[at]).days for row in projects if at + 1 < len(ORDER) and row[at] and row[at + 1]]
        stays = [(today - row[at]).days for row in projects if row[-1] and row[-2] == stage and row[at]]
        yield StockStage(
            stage.label,
            counts[f"{stage}_reached"],
            counts[f"{stage}_standing"],
            max(stays, default=None),
            median(spans) if spans else None,
        )


def _first_day(stage: Stage) -> Min:
    valid = Q(stage_entries__state=EntryState.VALID, stage_entries__stage=stage)
    return Min("stage_entries__effective_on", filter=valid)


@cache
def _funnel_template() -> Any:
    return engines["django"].from_string(FUNNEL_TEMPLATE)


urlpatterns = [path(LIST_PATH[1:], StockProjectListView.as_view()), path(FUNNEL_PATH[1:], plain_funnel_page)]
