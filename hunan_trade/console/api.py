"""REST API of regions, the OpenAPI schema, and the page that documents the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView

from hunan_trade.accounts.roles import Permission
from hunan_trade.console.status_dictionary import StatusDictionarySerializer, coded_fields
from hunan_trade.regions.models import Region
from hunan_trade.web.access import requires, signed_in
from hunan_trade.web.rest_access import HasScope
from hunan_trade.web.rest_viewsets import ReadOnlyViewSet


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


@signed_in("whoever has an account may know how to call")
class SchemaView(SpectacularAPIView):
    """OpenAPI 3 schema of everything below /api/v1/."""

    permission_classes = [HasScope]


@signed_in("whoever has an account may know how to call")
class StatusDictionary(APIView):
    """应答中所有代码（状态、类型、检查结果、出错原因等）的中文名称，以及出现在哪里。"""

    @extend_schema(responses=StatusDictionarySerializer)
    def get(self, request: Request) -> Response:
        description = SchemaGenerator().get_schema(request=request, public=True)
        return Response(StatusDictionarySerializer({"results": coded_fields(description)}).data)


@signed_in("whoever has an account may know how to call")
@require_safe
def api_page(request: HttpRequest) -> HttpResponse:
    asking = Request(request)
    asking.user = request.user
    schema = SchemaGenerator().get_schema(request=asking, public=True)
    return render(request, "console/api_docs.html", {"info": schema["info"], "operations": schema_operations(schema)})


def schema_operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Convert an OpenAPI schema into the dicts that the page about the API shows, one per operation."""
    return [
        {
            "method": method.upper(),
            "path": path,
            "anchor": operation["operationId"],
            "text": operation.get("description", ""),
            "parameters": [
                {**parameter, "kind": _type_name(parameter["schema"])} for parameter in operation.get("parameters", [])
            ],
            "takes": _schema_fields(schema, operation.get("requestBody", {})),
            "answers": _schema_fields(schema, next(iter(operation["responses"].values()))),
        }
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def _schema_fields(schema: dict[str, Any], body: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return (name, type, description) of each field of a request or response body.

    For a list, the fields of one of its rows.
    """
    shape = _resolve_reference(schema, body.get("content", {}).get("application/json", {}).get("schema", {}))
    if "results" in shape.get("properties", {}):
        shape = _resolve_reference(schema, shape["properties"]["results"].get("items", {}))
    elif shape.get("type") == "array":
        shape = _resolve_reference(schema, shape["items"])
    return [
        (name, _type_name(part), part.get("description") or part.get("title", ""))
        for name, part in shape.get("properties", {}).items()
    ]


def _resolve_reference(schema: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    """Return the schema to which `shape` refers by $ref, or `shape` itself if it has no $ref."""
    if "$ref" in shape:
        return dict(schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]])
    return shape


def _type_name(shape: dict[str, Any]) -> str:
    if "enum" in shape:
        return " | ".join(str(value) for value in shape["enum"])
    return " ".join(text for text in (shape.get("type", ""), shape.get("format", "")) if text) or "object"
