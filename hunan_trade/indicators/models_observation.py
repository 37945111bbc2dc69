"""Model of observations: versioned figures of one indicator in one region and month."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import models

from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.indicators.registry import Source
from hunan_trade.regions.models import Region


class ObservationQuerySet(RegionScopedQuerySet["Observation"]):
    def known_as_of(self, as_of: datetime | None) -> ObservationQuerySet:
        """Return only the observations that were known at the time `as_of`; all of them if it is None."""
        return self if as_of is None else self.filter(known_at__lte=as_of)

    def of_year(self, indicator: str, year: int) -> ObservationQuerySet:
        """Return only the observations of this indicator in the months of this year."""
        return self.filter(indicator=indicator, month__year=year)

    def of_sources(self, sources: Collection[Source]) -> ObservationQuerySet:
        return self.filter(source__in=sources)

    def ordered_newest_versions(self) -> ObservationQuerySet:
        """Return only the newest version of each observation, in an order that callers must not change."""
        figure = ("indicator", "region_id", "month", "source")
        return self.order_by(*figure, "-version").distinct(*figure)

    def newest_versions(self, as_of: datetime | None = None) -> ObservationQuerySet:
        """Return only observations not replaced by a newer version at the time `as_of`, or until now if it is None."""
        later = Observation.objects.known_as_of(as_of).filter(
            indicator=models.OuterRef("indicator"),
            region=models.OuterRef("region"),
            month=models.OuterRef("month"),
            source=models.OuterRef("source"),
            version__gt=models.OuterRef("version"),
        )
        return self.filter(~models.Exists(later))


class Observation(models.Model):
    """One version of an indicator's value for a region, month and source; the value is null if withdrawn."""

    indicator = models.CharField("指标", max_length=60)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="地区")
    month = models.DateField("月份")
    source = models.CharField("来源", max_length=10, choices=Source)
    version = models.PositiveIntegerField("版次")
    value = models.DecimalField(
        "数值", max_digits=20, decimal_places=2, null=True, help_text="空的是撤回了的数，现在没有数"
    )
    known_at = models.DateTimeField("生效时间")  # business time
    reason = models.TextField("更正原因", blank=True)

    objects = ObservationQuerySet.as_manager()

    class Meta:
        verbose_name = "观察值"
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "region", "month", "source", "version"], name="observation_version_once"
            ),
            models.CheckConstraint(condition=models.Q(month__day=1), name="observation_month_is_first_day"),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="observation_version_from_one"),
            models.CheckConstraint(condition=models.Q(source__in=Source.values), name="observation_source_known"),
            models.CheckConstraint(
                condition=models.Q(version=1) | ~models.Q(reason=""), name="observation_correction_has_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(version__gt=1) | models.Q(value__isnull=False), name="observation_begins_with_value"
            ),
        ]
        indexes = [models.Index(fields=["month", "indicator"], name="observation_by_month")]

    def __str__(self) -> str:
        return f"{self.indicator} {self.region_id} {self.month:%Y-%m} v{self.version}"
