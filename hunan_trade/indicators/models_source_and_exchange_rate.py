"""Models of the decisions on an indicator's published source and on the exchange rate of a year."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from hunan_trade.accounts.abstract_decision import Decision, DecisionQuerySet
from hunan_trade.indicators import registry
from hunan_trade.indicators.registry import Source


class SourceDecision(Decision):
    """A decision on which of several sources supplies the published figures of an indicator in a plan year."""

    indicator = models.CharField("指标", max_length=60)
    year = models.PositiveSmallIntegerField("年度")
    source = models.CharField("公布来源", max_length=10, choices=Source)

    objects = DecisionQuerySet["SourceDecision"].as_manager()

    class Meta(Decision.Meta):
        verbose_name = "公布口径"
        constraints = [
            models.UniqueConstraint(fields=["indicator", "year", "decided_at"], name="sourcedecision_once"),
            models.CheckConstraint(condition=models.Q(year__range=(2000, 2099)), name="sourcedecision_year_known"),
            models.CheckConstraint(condition=models.Q(source__in=Source.values), name="sourcedecision_source_known"),
            *Decision.Meta.constraints,
        ]

    def __str__(self) -> str:
        return f"{self.year}年{self.title}，{self.get_source_display()}"

    @property
    def title(self) -> str:
        return registry.get(self.indicator).title


class YearRate(Decision):
    """A decision on the yuan-dollar exchange rate of a year."""

    year = models.PositiveSmallIntegerField("年度")
    cny_per_usd = models.DecimalField("1 美元折合人民币（元）", max_digits=8, decimal_places=4)

    objects = DecisionQuerySet["YearRate"].as_manager()

    class Meta(Decision.Meta):
        verbose_name = "年度汇率"
        constraints = [
            models.UniqueConstraint(fields=["year", "decided_at"], name="yearrate_once"),
            models.CheckConstraint(condition=models.Q(year__range=(2000, 2099)), name="yearrate_year_known"),
            models.CheckConstraint(condition=models.Q(cny_per_usd__gt=Decimal(0)), name="yearrate_above_zero"),
            *Decision.Meta.constraints,
        ]

    def __str__(self) -> str:
        return f"{self.year}年汇率 {self.cny_per_usd}"
