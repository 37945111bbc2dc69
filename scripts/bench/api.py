"""The list API, answered in full and unchanged; beside a stock DRF viewset, which asks for no token."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import override_settings
from django.urls import path
from rest_framework import pagination, serializers, viewsets

from hunan_trade.accounts import actions
from hunan_trade.accounts.models import Token
from hunan_trade.audit.actions import System
from hunan_trade.indicators.models import Observation
from scripts.bench import rows
from scripts.bench.http import get, portal
from scripts.bench.measuring import Case, line
from scripts.bench.scale import Scale

LIST = "/api/v1/observations/"
STOCK = "/stock/"


class StockSerializer(serializers.ModelSerializer[Observation]):
    class Meta:
        model = Observation
        fields = "__all__"


class StockPages(pagination.PageNumberPagination):
    page_size = 50


class StockViewSet(viewsets.ModelViewSet[Observation]):
    queryset = Observation.objects.order_by("month", "indicator", "region", "source", "version")
    serializer_class = StockSerializer
    pagination_class = StockPages
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    filter_backends: list[Any] = []


urlpatterns = [path(STOCK[1:], StockViewSet.as_view({"get": "list"}))]


def only_these_urls(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Middleware: answer from the URLs of this module."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.urlconf = __name__
        return get_response(request)

    return middleware


@line("api-list", "list API, 50 of 100,000", database="observations")
def api_list(scale: Scale) -> Iterator[Sequence[Case]]:
    app, bearer = portal(), _bearer()
    yield [Case("ours", lambda: get(app, LIST, authorization=bearer), times=20), _stock(goal=0.35)]


@line("api-unchanged", "list API, unchanged: 304", database="observations")
def api_unchanged(scale: Scale) -> Iterator[Sequence[Case]]:
    app, bearer = portal(), _bearer()
    tag = get(app, LIST, authorization=bearer)["ETag"]
    yield [
        Case("ours", lambda: get(app, LIST, 304, authorization=bearer, if_none_match=tag), times=20),
        _stock(goal=0.1),
    ]


def _stock(goal: float) -> Case:
    with override_settings(MIDDLEWARE=[f"{__name__}.{only_these_urls.__name__}"]):
        app = WSGIHandler()
    return Case("stock DRF viewset", lambda: get(app, STOCK), goal=goal, times=5)


def _bearer() -> str:
    by = System("bench")
    return f"Bearer {actions.issue_token(user=rows.officer(), label='bench', scope=Token.Scope.READ, by=by)[1]}"
