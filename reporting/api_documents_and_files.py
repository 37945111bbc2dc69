"""REST endpoints for the document of a report, with its printed figures, and for the files of a report.

The reports themselves are a declared list (`tables`).
"""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.web.access_decorators import get_visible, requires
from hunan_trade.web.rest_code_label_schemas import CodeField
from hunan_trade.web.rest_viewsets import AnyTypeRenderer
from hunan_trade.web.rest_write_parameters import refuse_unknown_parameters
from reporting.figure_ledger import unit_names
from reporting.file_rendering import CONTENT_TYPES
from reporting.models import Format, Report, ReportFile
from reporting.report_downloads import api_file_url, download_response


class FileSerializer(serializers.ModelSerializer[ReportFile]):
    sha256 = serializers.RegexField("^[0-9a-f]{64}$", source="file_id")
    address = serializers.SerializerMethodField(help_text="下载的地址")

    class Meta:
        model = ReportFile
        fields = ["format", "sha256", "address"]

    def get_address(self, file: ReportFile) -> str:
        return api_file_url(file.report, file.format)


class PrintedFigureSerializer(serializers.Serializer[Any]):
    """API schema of a number printed in a report: its code, label, exact amount, unit and printed texts."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    amount = serializers.CharField(allow_null=True, help_text="精确值，十进制文本；无数据为 null")
    unit = CodeField(unit_names)
    texts = serializers.ListField(child=serializers.CharField(), help_text="文中印出的样子")


class DocumentSerializer(serializers.Serializer[Report]):
    """API representation of a report's document: its content hash, files and every number printed in it."""

    content_sha256 = serializers.CharField()
    files = FileSerializer(many=True, help_text="签发后才有")
    figures = serializers.SerializerMethodField(help_text="文中印出的每一个数")

    @extend_schema_field(PrintedFigureSerializer(many=True))
    def get_figures(self, report: Report) -> list[dict[str, Any]]:
        """Return the numbers printed in a report, without the inputs from which they were computed."""
        return [
            {"code": code, **{key: entry[key] for key in ("label", "amount", "unit", "texts")}}
            for code, entry in report.content["figures"].items()
            if entry.get("texts")
        ]


@requires(Permission.SEE_REPORTS)
class ReportDocuments(viewsets.GenericViewSet[Any]):
    """一件情况通报或调度材料的内容。通报本身见名录，市州只见已签发的。"""

    queryset = Report.objects.all()
    filterset_class = pagination_class = None

    @extend_schema(responses=DocumentSerializer, description="文中印出的数和各文件的 SHA-256。")
    @action(detail=True)
    def document(self, request: Request, pk: str) -> Response:
        refuse_unknown_parameters(request)
        report = get_visible(Report.objects.prefetch_related("files"), cast(User, request.user), pk=pk)
        return Response(DocumentSerializer(report).data)

    @extend_schema(
        operation_id="reports_files_retrieve",
        parameters=[OpenApiParameter("format_", str, OpenApiParameter.PATH, enum=Format.values)],
        responses={
            (200, content_type.partition(";")[0]): OpenApiTypes.BINARY for content_type in CONTENT_TYPES.values()
        },
        description="已签发的一件的文件，与签发时逐字节相同；未签发的没有。每次下载留有记录。",
    )
    @action(
        detail=True,
        url_name="file",
        url_path=rf"files/(?P<format_>{'|'.join(Format.values)})",
        renderer_classes=[AnyTypeRenderer],
    )
    def file(self, request: Request, pk: str, format_: str) -> HttpResponse:
        refuse_unknown_parameters(request)
        user = cast(User, request.user)
        return download_response(get_visible(Report.objects.issued(), user, pk=pk), format_, by=user)
