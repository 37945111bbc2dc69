"""REST endpoint that lists monthly returns with their states and rounds of review.

`api_filling` has the writes.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hunan_trade.accounts.roles import Permission
from hunan_trade.intake.api_filling import FillingActions
from hunan_trade.intake.filters import ReturnFilter
from hunan_trade.intake.models import MonthlyReturn, Remark, Round
from hunan_trade.periods import Month
from hunan_trade.web.access import requires
from hunan_trade.web.rest_viewsets import ReadOnlyViewSet


class RemarkSerializer(serializers.ModelSerializer[Remark]):
    class Meta:
        model = Remark
        fields = ["dataset", "cell", "record", "value"]


class RoundSerializer(serializers.ModelSerializer[Round]):
    sha256 = serializers.CharField(source="workbook_id", help_text="报表文件的 SHA-256")
    filled_by = serializers.CharField(source="filled_by.name")
    signed_by = serializers.CharField(source="signed_by.name")
    decided_by = serializers.SerializerMethodField()
    remarks = RemarkSerializer(many=True)

    class Meta:
        model = Round
        fields = [
            "number",
            "receipt",
            "sha256",
            "filled_by",
            "signed_by",
            "sent_at",
            "decision",
            "decided_by",
            "decided_at",
            "reason",
            "remarks",
        ]

    def get_decided_by(self, row: Any) -> str:
        return row.decided_by.name if row.decided_by else ""


class ReturnSerializer(serializers.ModelSerializer[MonthlyReturn]):
    month = serializers.SerializerMethodField(help_text="月份，如 2013-06")
    on_time = serializers.SerializerMethodField(help_text="首报是否按时；未报为 null")
    rounds = RoundSerializer(many=True)

    class Meta:
        model = MonthlyReturn
        fields = [
            "id",
            "region",
            "month",
            "status",
            "round_number",
            "version",
            "opens_at",
            "due_at",
            "locks_at",
            "first_sent_at",
            "on_time",
            "rounds",
        ]

    def get_month(self, row: Any) -> str:
        return str(Month.of(row.month))

    @extend_schema_field({"type": "boolean", "nullable": True})
    def get_on_time(self, row: MonthlyReturn) -> bool | None:
        return row.is_on_time()


@requires(Permission.SEE_FIGURES)
class Returns(FillingActions, ReadOnlyViewSet):
    """市州月报的状态和各轮经过。市州只见本市州的。"""

    queryset = MonthlyReturn.objects.prefetch_related(
        "rounds__remarks", "rounds__filled_by", "rounds__signed_by", "rounds__decided_by"
    )
    serializer_class = ReturnSerializer
    filterset_class = ReturnFilter
    ordering = ("-month", "-region")
