"""REST API of reports, with their printed figures and the hashes of their files."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hunan_trade.accounts.roles import Permission
from hunan_trade.web.access import requires
from hunan_trade.web.rest_viewsets import ReadOnlyViewSet
from reporting.filters import ReportFilter
from reporting.models import Report, ReportFile


class FileSerializer(serializers.ModelSerializer[ReportFile]):
    sha256 = serializers.CharField(source="file_id")

    class Meta:
        model = ReportFile
        fields = ["format", "sha256"]


class ReportSerializer(serializers.ModelSerializer[Report]):
    title = serializers.CharField(source="__str__")
    month = serializers.SerializerMethodField(help_text="期间末月，如 2013-06")
    issue = serializers.CharField(help_text="期号，如 2013年第6期；未签发为空")
    files = FileSerializer(many=True)

    class Meta:
        model = Report
        fields = [
            "id",
            "kind",
            "title",
            "month",
            "status",
            "edition",
            "issue",
            "document_number",
            "issued_at",
            "content_sha256",
            "files",
        ]

    def get_month(self, row: Any) -> str:
        return str(row.period)


class PrintedFigureSerializer(serializers.Serializer[Any]):
    """Describes a printed figure for the API schema."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    amount = serializers.CharField(allow_null=True, help_text="精确值，十进制文本；无数据为 null")
    unit = serializers.CharField()
    texts = serializers.ListField(child=serializers.CharField(), help_text="文中印出的样子")


class ReportDetailSerializer(ReportSerializer):
    figures = serializers.SerializerMethodField(help_text="文中印出的每一个数")

    class Meta(ReportSerializer.Meta):
        fields = [*ReportSerializer.Meta.fields, "figures"]

    @extend_schema_field(PrintedFigureSerializer(many=True))
    def get_figures(self, row: Any) -> list[dict[str, Any]]:
        """Return the figures printed in the document, without the inputs they are computed from."""
        return [
            {"code": code, **{key: entry[key] for key in ("label", "amount", "unit", "texts")}}
            for code, entry in row.content["figures"].items()
            if entry.get("texts")
        ]


@requires(Permission.SEE_REPORTS)
class Reports(ReadOnlyViewSet):
    """情况通报和调度材料。市州只见已签发的。"""

    queryset = Report.objects.prefetch_related("files")
    serializer_class = ReportSerializer
    filterset_class = ReportFilter
    ordering = ("-month", "-kind", "-edition")

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows if self.action == "retrieve" else rows.defer("content")

    def get_serializer_class(self) -> Any:
        return ReportDetailSerializer if self.action == "retrieve" else ReportSerializer
