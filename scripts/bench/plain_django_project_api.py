"""Provides a stock DRF serializer of projects that sends the computed fields of the portal's API as well.

The ORM reads them in the query of the list, so that no project costs a query of its own.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from rest_framework import serializers

from hunan_trade import clock
from hunan_trade.indicators.queries_source_and_exchange_rate import exchange_rate_of_year
from projects.dates.rules_slippage_and_alerts import EXPECTED_FIELDS, REACHED_FIELDS
from projects.models import Project, ProjectHistory, ProjectMonth


def plain_projects() -> QuerySet[Project]:
    """Return the projects with their paid-in capital and the first promised date of each stage."""
    promised = {f"promised_{stage}": _first_promise(name) for stage, name in EXPECTED_FIELDS.items()}
    sums = {name: _paid_in(name) for name in ("paid_in_usd", "paid_in_cny")}
    return Project.objects.select_related("batch").annotate(**sums, **promised)


def _paid_in(name: str) -> Subquery:
    months = ProjectMonth.objects.filter(project=OuterRef("pk"), replaced_by=None, round__decided_at__isnull=False)
    return Subquery(months.order_by().values("project").annotate(total=Sum(name)).values("total"))


def _first_promise(name: str) -> Subquery:
    versions = ProjectHistory.objects.filter(id=OuterRef("pk"), is_deletion=False, **{f"{name}__isnull": False})
    return Subquery(versions.order_by("version").values(name)[:1])


class PlainProjectSerializer(serializers.ModelSerializer[Project]):
    """All model fields of a project, the name of its batch, its paid-in capital and how many days it is late."""

    batch = serializers.StringRelatedField[Any]()
    paid_in_usd = serializers.DecimalField(max_digits=19, decimal_places=2)
    paid_in_cny = serializers.DecimalField(max_digits=19, decimal_places=2)
    paid_in_percent = serializers.SerializerMethodField()
    days_late = serializers.SerializerMethodField()

    class Meta:
        model = Project
        fields = "__all__"

    def get_paid_in_percent(self, project: Any) -> Decimal | None:
        rate = self._exchange_rate
        if project.paid_in_usd is None or rate is None:
            return None
        contracted = project.contracted_total_usd * rate + project.contracted_total_cny
        return 100 * (project.paid_in_usd * rate + project.paid_in_cny) / contracted if contracted else None

    def get_days_late(self, project: Any) -> int | None:
        for stage, reached in REACHED_FIELDS.items():
            expected = getattr(project, EXPECTED_FIELDS[stage])
            if getattr(project, reached) is None and expected:
                promised = getattr(project, f"promised_{stage}")
                return max(0, (expected - promised).days) or None if promised else None
        return None

    @cached_property
    def _exchange_rate(self) -> Decimal | None:
        """The year's rate, read once for the page, whose projects share one serializer."""
        return exchange_rate_of_year(clock.today().year)
