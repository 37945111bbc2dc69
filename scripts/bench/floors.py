"""Addresses that do next to nothing, and the list as a Django user first writes it. Served in this process only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from rest_framework import pagination, serializers, viewsets

from hunan_trade.indicators.models import Observation

ROWS = """SELECT coalesce(json_agg(row_to_json(page)), '[]')::text FROM (
    SELECT id, indicator, region_id, month, source, version, value::text, known_at, reason
    FROM indicators_observation ORDER BY month, indicator, region_id, source, version LIMIT 50) page"""


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


class StockSerializer(serializers.ModelSerializer[Observation]):
    class Meta:
        model = Observation
        fields = "__all__"


class StockPages(pagination.PageNumberPagination):
    page_size = 50


class Stock(viewsets.ModelViewSet[Observation]):
    queryset = Observation.objects.order_by("month", "indicator", "region", "source", "version")
    serializer_class = StockSerializer
    pagination_class = StockPages
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    filter_backends: list[Any] = []


urlpatterns = [path("empty/", empty), path("stock/", Stock.as_view({"get": "list"}))]


def these_addresses(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The only middleware of the floors."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.urlconf = __name__
        return get_response(request)

    return middleware


def rows_by_wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """No framework at all: one query that PostgreSQL answers with the JSON of the page."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS)
        body = cursor.fetchone()[0].encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
