"""Benchmarks of the list API with full and with 304 responses, compared with plain DRF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models
from django.urls import path as url_path
from rest_framework import authentication, pagination, permissions, serializers, viewsets

from hunan_trade.accounts import actions
from hunan_trade.accounts.models import Token, User
from hunan_trade.audit.actions import System
from hunan_trade.indicators.models import Observation
from parks.models import Park
from parks.tables import PARKS
from projects.tables import PROJECTS
from scripts.bench import benchmark_data
from scripts.bench.plain_django_application import PlainDjangoApplication
from scripts.bench.plain_django_project_api import PlainProjectSerializer, plain_projects
from scripts.bench.scale_factor import Scale
from scripts.bench.timing import Case, benchmark
from scripts.bench.wsgi_requests import portal_application, send_get

LIST_PATH, REGISTER_PATH, PROJECTS_PATH = "/api/v1/observations/", "/api/v1/parks/", "/api/v1/projects/"
STOCK_PATH, STOCK_REGISTER_PATH, STOCK_PROJECTS_PATH = "/stock/observations/", "/stock/parks/", "/stock/projects/"


class StockToken(models.Model):
    """DRF's own token model, declared here because DRF's token app is not installed."""

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


class StockParkSerializer(serializers.ModelSerializer[Park]):
    class Meta:
        model = Park
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


class StockParkViewSet(viewsets.ModelViewSet[Park]):
    queryset = Park.objects.order_by(*PARKS.ordering)
    serializer_class = StockParkSerializer
    pagination_class = StockPages
    authentication_classes = [StockAuthentication]
    permission_classes = [permissions.IsAuthenticated]
    filter_backends: list[Any] = []


class StockProjectViewSet(viewsets.ModelViewSet[Any]):
    queryset = plain_projects().order_by(*PROJECTS.ordering)
    serializer_class = PlainProjectSerializer
    pagination_class = StockPages
    authentication_classes = [StockAuthentication]
    permission_classes = [permissions.IsAuthenticated]
    filter_backends: list[Any] = []


urlpatterns = [
    url_path(STOCK_PATH[1:], StockViewSet.as_view({"get": "list"})),
    url_path(STOCK_REGISTER_PATH[1:], StockParkViewSet.as_view({"get": "list"})),
    url_path(STOCK_PROJECTS_PATH[1:], StockProjectViewSet.as_view({"get": "list"})),
]


@benchmark("api-list", "list API, 50 of 100,000", database="observations")
def get_list(scale: Scale) -> Iterator[Sequence[Case]]:
    with _stock_viewset_case(goal=0.35) as stock_case:
        yield [_list_case(LIST_PATH), stock_case]


@benchmark("api-unchanged", "list API, unchanged: 304", database="observations")
def get_unchanged_list(scale: Scale) -> Iterator[Sequence[Case]]:
    with _stock_viewset_case(goal=0.1) as stock_case:
        yield [_not_modified_case(LIST_PATH), stock_case]


@benchmark("register-unchanged", "list API of a register, unchanged: 304", database="parks")
def get_unchanged_register(scale: Scale) -> Iterator[Sequence[Case]]:
    with _stock_viewset_case(STOCK_REGISTER_PATH, goal=0.1) as stock_case:
        yield [_not_modified_case(REGISTER_PATH), stock_case]


@benchmark("project-api-list", "list API, 50 of 100,000 projects", database="projects")
def get_list_of_projects(scale: Scale) -> Iterator[Sequence[Case]]:
    with _stock_viewset_case(STOCK_PROJECTS_PATH, goal=0.35) as stock_case:
        yield [_list_case(PROJECTS_PATH), stock_case]


@benchmark("project-api-unchanged", "list API of projects, unchanged: 304", database="projects")
def get_unchanged_list_of_projects(scale: Scale) -> Iterator[Sequence[Case]]:
    with _stock_viewset_case(STOCK_PROJECTS_PATH, goal=0.1) as stock_case:
        yield [_not_modified_case(PROJECTS_PATH), stock_case]


def _list_case(path: str) -> Case:
    app, header = portal_application(), authorization_header()
    return Case("ours", lambda: send_get(app, path, authorization=header), times=20)


def _not_modified_case(path: str) -> Case:
    app, header = portal_application(), authorization_header()
    tag = send_get(app, path, authorization=header)["ETag"]
    return Case("ours", lambda: send_get(app, path, 304, authorization=header, if_none_match=tag), times=20)


@contextmanager
def _stock_viewset_case(path: str = STOCK_PATH, *, goal: float) -> Iterator[Case]:
    app = PlainDjangoApplication(__name__)
    with connection.schema_editor() as editor:
        editor.create_model(StockToken)
    token = f"Token {StockToken._default_manager.create(key='stock', user=benchmark_data.province_officer())}"
    yield Case("stock DRF viewset", lambda: send_get(app, path, authorization=token), goal=goal, times=5)
    with connection.schema_editor() as editor:
        editor.delete_model(StockToken)


def authorization_header() -> str:
    by = System("bench")
    return f"Bearer {actions.issue_token(user=benchmark_data.province_officer(), label='bench', scope=Token.Scope.READ, by=by)[1]}"
