"""REST endpoint that returns the rounds of review of a monthly return.

The returns themselves are a declared list (`tables`); `api_filling` has the sheets and the writes.
"""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.intake import datasets
from hunan_trade.intake.api_filling import FillingActions
from hunan_trade.intake.models import MonthlyReturn, Remark, Round
from hunan_trade.web.access_decorators import get_visible, requires
from hunan_trade.web.rest_code_label_schemas import CodeField
from hunan_trade.web.rest_write_parameters import refuse_unknown_parameters


class RemarkSerializer(serializers.ModelSerializer[Remark]):
    dataset = CodeField(datasets.titles)

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


class RoundsSerializer(serializers.Serializer[Any]):
    rounds = RoundSerializer(many=True)


@requires(Permission.SEE_FIGURES)
class ReturnContents(FillingActions, viewsets.GenericViewSet[Any]):
    """一份月报的各轮报送和各表。月报本身见名录。"""

    queryset = MonthlyReturn.objects.all()
    filterset_class = pagination_class = None

    @extend_schema(responses=RoundsSerializer, description="一份月报的各轮：送达、决定和退回的单元格。")
    @requires(Permission.SEE_FIGURES)
    @action(detail=True)
    def rounds(self, request: Request, pk: str) -> Response:
        refuse_unknown_parameters(request)
        rows = MonthlyReturn.objects.prefetch_related(
            "rounds__remarks", "rounds__filled_by", "rounds__signed_by", "rounds__decided_by"
        )
        return Response(RoundsSerializer(get_visible(rows, cast(User, request.user), pk=pk)).data)
