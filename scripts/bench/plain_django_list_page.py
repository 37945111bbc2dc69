"""Provides a list page built with django-filter and django-tables2, with which the portal is compared."""

from __future__ import annotations

from functools import cache
from typing import Any

import django_filters
import django_tables2
from django.contrib.auth import SESSION_KEY
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template import engines
from django.urls import path
from django_filters.views import FilterView

from enterprises.models import Enterprise, Mode
from hunan_trade.accounts.models import User
from hunan_trade.regions.models import Region
from scripts.bench.enterprise_data import CHOSEN_COLUMNS

PATH = "/stock/"
TEMPLATE = """{% load render_table from django_tables2 %}<!doctype html><title>名录</title>
<form method="get">{{ filter.form.as_p }}<button>筛选</button></form>{% render_table table %}"""


class StockTable(django_tables2.Table):
    class Meta:
        model = Enterprise
        fields = CHOSEN_COLUMNS


class StockFilter(django_filters.FilterSet):
    name = django_filters.CharFilter(lookup_expr="icontains")
    region = django_filters.ModelChoiceFilter(queryset=Region.objects.cities())
    mode = django_filters.ChoiceFilter(choices=Mode.choices, method="filter_mode")
    is_open = django_filters.BooleanFilter("closed_on", "isnull")

    def filter_mode(self, rows: QuerySet[Enterprise], name: str, value: str) -> QuerySet[Enterprise]:
        return rows.filter(modes__contains=[value])


class PlainListView(django_tables2.SingleTableMixin, FilterView):
    """View of a filtered list, written with django-filter and django-tables2 as their documentation shows.

    It lists enterprises unless a subclass says otherwise.
    """

    queryset: QuerySet[Any] = Enterprise.objects.select_related("region").order_by("customs_code")
    filterset_class = StockFilter
    table_class = StockTable
    table_pagination = {"per_page": 50}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        User.objects.get(pk=request.session[SESSION_KEY])  # django.contrib.auth, not installed here, reads it so
        return super().get(request, *args, **kwargs)

    def get_template_names(self) -> Any:
        return _template()


@cache
def _template() -> Any:
    return engines["django"].from_string(TEMPLATE)


urlpatterns = [path(PATH[1:], PlainListView.as_view())]
