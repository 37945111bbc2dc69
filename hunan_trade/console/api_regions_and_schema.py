"""REST API of regions, the OpenAPI schema, and the page that documents the API."""

from __future__ import annotations

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
from hunan_trade.console.api_code_dictionary import StatusDictionarySerializer, coded_fields
from hunan_trade.console.api_documentation import operations_with_curl_and_example
from hunan_trade.regions.models import Region
from hunan_trade.web.access_decorators import requires, signed_in
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
def api_documentation_page(request: HttpRequest) -> HttpResponse:
    asking = Request(request)
    asking.user = request.user
    schema = SchemaGenerator().get_schema(request=asking, public=True)
    operations = operations_with_curl_and_example(schema, request.build_absolute_uri("/"))
    return render(request, "console/api_docs.html", {"info": schema["info"], "operations": operations})
