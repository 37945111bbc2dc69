"""REST API of observations, GET /api/v1/observations/."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from hunan_trade.accounts.roles import Permission
from hunan_trade.clock import SHANGHAI
from hunan_trade.indicators import queries_observations, registry
from hunan_trade.indicators.filters import ObservationFilter
from hunan_trade.indicators.models import Observation
from hunan_trade.periods import Month
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.rest_code_label_schemas import CodeField
from hunan_trade.web.rest_viewsets import ReadOnlyViewSet


class ObservationSerializer(serializers.ModelSerializer[Observation]):
    indicator = CodeField(registry.titles)
    title = serializers.SerializerMethodField(help_text="指标名称")
    month = serializers.SerializerMethodField(help_text="月份，如 2013-06")
    unit = CodeField(registry.unit_names)

    class Meta:
        model = Observation
        fields = [
            "id",
            "indicator",
            "title",
            "region",
            "month",
            "source",
            "version",
            "value",
            "unit",
            "known_at",
            "reason",
        ]

    def to_representation(self, row: Observation) -> dict[str, Any]:
        """Return an observation as a dict for JSON, faster than DRF's own implementation."""
        declared = registry.get(row.indicator)
        return {
            "id": row.pk,
            "indicator": row.indicator,
            "title": declared.title,
            "region": row.region_id,
            "month": str(Month.of(row.month)),
            "source": row.source,
            "version": row.version,
            "value": None if row.value is None else f"{row.value:.2f}",
            "unit": declared.unit.code,
            "known_at": row.known_at.astimezone(SHANGHAI).isoformat(),
            "reason": row.reason,
        }

    def get_title(self, row: Any) -> str:
        return registry.get(row.indicator).title

    def get_month(self, row: Any) -> str:
        return str(Month.of(row.month))


@requires(Permission.SEE_FIGURES)
class Observations(ReadOnlyViewSet):
    """已核定的观察值，只增版次，不改旧值。市州只见本市州的。"""

    queryset = Observation.objects.all()
    serializer_class = ObservationSerializer
    filterset_class = ObservationFilter
    version = staticmethod(queries_observations.version)
    ordering = ("month", "indicator", "region", "source", "version")
