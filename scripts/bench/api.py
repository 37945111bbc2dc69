"""The list API, answered in full and unchanged; beside a stock DRF viewset with DRF's tokens in a new Django project."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, models
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import override_settings
from django.urls import path
from rest_framework import authentication, pagination, permissions, serializers, viewsets

from hunan_trade.accounts import actions
from hunan_trade.accounts.models import Token, User
from hunan_trade.audit.actions import System
from hunan_trade.indicators.models import Observation
from scripts.bench import rows
from scripts.bench.http import get, portal
from scripts.bench.measuring import Case, line
from scripts.bench.scale import Scale

LIST = "/api/v1/observations/"
STOCK = "/stock/"
# What `startproject` writes into a new project's settings, without the one of django.contrib.auth, not installed here.
STARTPROJECT_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


class StockToken(models.Model):
    """DRF's own token table, whose app is not installed here."""

    key = models.CharField(max_length=40, primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")

    class Meta:
        app_label = "accounts"  # a model asks for an installed app
        db_table = "bench_stock_token"

    def __str__(self) -> str:
        return self.key


class StockAuthentication(authentication.TokenAuthentication):
    model = StockToken


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
    authentication_classes = [StockAuthentication]
    permission_classes = [permissions.IsAuthenticated]
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
    with _stock(goal=0.35) as stock:
        yield [Case("ours", lambda: get(app, LIST, authorization=bearer), times=20), stock]


@line("api-unchanged", "list API, unchanged: 304", database="observations")
def api_unchanged(scale: Scale) -> Iterator[Sequence[Case]]:
    app, bearer = portal(), _bearer()
    tag = get(app, LIST, authorization=bearer)["ETag"]
    with _stock(goal=0.1) as stock:
        yield [Case("ours", lambda: get(app, LIST, 304, authorization=bearer, if_none_match=tag), times=20), stock]


@contextmanager
def _stock(goal: float) -> Iterator[Case]:
    with override_settings(MIDDLEWARE=[f"{__name__}.{only_these_urls.__name__}", *STARTPROJECT_MIDDLEWARE]):
        app = WSGIHandler()
    with connection.schema_editor() as editor:
        editor.create_model(StockToken)
    token = f"Token {StockToken._default_manager.create(key='stock', user=rows.officer())}"
    yield Case("stock DRF viewset", lambda: get(app, STOCK, authorization=token), goal=goal, times=5)
    with connection.schema_editor() as editor:
        editor.delete_model(StockToken)


def _bearer() -> str:
    by = System("bench")
    return f"Bearer {actions.issue_token(user=rows.officer(), label='bench', scope=Token.Scope.READ, by=by)[1]}"
