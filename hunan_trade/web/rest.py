"""Base classes of the REST API, its schema and the page that describes it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.serializers import ModelSerializer

from hunan_trade.accounts.roles import Permission
from hunan_trade.regions.models import Region
from hunan_trade.web.access import requires, signed_in
from hunan_trade.web.rest_access import HasScope


class ReadOnlyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Base of viewsets with lists and single rows that the caller may see.

    A view names `queryset` (whose class offers `visible_to`), `serializer_class`, `ordering` (columns that are never
    null), `filterset_class` where there are filters, and carries @requires. Tables that are nobody's own, such as the
    regions, set `reference = True` and need no `visible_to`. A list with a `version` of its rows answers 304 before they
    are read; another release answers anew (ADR 11).
    """

    reference = False
    ordering: tuple[str, ...] = ()
    version: Callable[[], str] | None = None

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        if self.version is None:
            return super().list(request, *args, **kwargs)
        user = request.user
        facts = (self.version(), settings.VERSION, request.build_absolute_uri(), user.pk, user.role, user.region_id)  # type: ignore[union-attr]
        tag = f'"{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}"'
        answer = get_conditional_response(request._request, etag=tag) or super().list(request, *args, **kwargs)
        answer["ETag"] = tag
        return answer

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        return rows if self.reference else rows.visible_to(self.request.user)  # type: ignore[attr-defined]


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "hunan_trade.web.rest_access.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "接口令牌"}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "hunan_trade.web.rest_access.PortalSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "已登录的浏览器"}


@signed_in("whoever has an account may know how to call")
class SchemaView(SpectacularAPIView):
    """OpenAPI 3 schema of everything below /api/v1/."""

    permission_classes = [HasScope]


@signed_in("whoever has an account may know how to call")
@require_safe
def api_page(request: HttpRequest) -> HttpResponse:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return render(request, "console/api_docs.html", {"info": schema["info"], "operations": schema_operations(schema)})


def schema_operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """List the schema's operations: address, method, summary, parameters, request and response fields."""
    return [
        {
            "method": method.upper(),
            "path": path,
            "anchor": operation["operationId"],
            "text": operation.get("description", ""),
            "parameters": [
                {**parameter, "kind": _type_name(parameter["schema"])} for parameter in operation.get("parameters", [])
            ],
            "takes": _fields(schema, operation.get("requestBody", {})),
            "answers": _fields(schema, next(iter(operation["responses"].values()))),
        }
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def _fields(schema: dict[str, Any], body: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return (name, type, description) of a JSON object's members, or of one row of a page of rows."""
    shape = _resolved(schema, body.get("content", {}).get("application/json", {}).get("schema", {}))
    if "results" in shape.get("properties", {}):
        shape = _resolved(schema, shape["properties"]["results"].get("items", {}))
    elif shape.get("type") == "array":
        shape = _resolved(schema, shape["items"])
    return [
        (name, _type_name(part), part.get("description") or part.get("title", ""))
        for name, part in shape.get("properties", {}).items()
    ]


def _resolved(schema: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in shape:
        return dict(schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]])
    return shape


def _type_name(shape: dict[str, Any]) -> str:
    if "enum" in shape:
        return " | ".join(str(value) for value in shape["enum"])
    return " ".join(text for text in (shape.get("type", ""), shape.get("format", "")) if text) or "object"


class RegionSerializer(ModelSerializer[Region]):
    class Meta:
        model = Region
        fields = ["code", "name", "short_name", "level", "parent", "in_xiangnan"]


@requires(Permission.SEE_FIGURES)
class RegionViewSet(ReadOnlyViewSet):
    """全省地区：省、14 个市州、县市区。"""

    reference = True
    queryset = Region.objects.all()
    serializer_class = RegionSerializer
    filterset_fields = ["level", "parent"]
    ordering = ("code",)
