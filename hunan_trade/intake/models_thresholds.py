"""Model of the thresholds of rules that the province's lead has decided on."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models

from hunan_trade.accounts.models import User
from hunan_trade.periods import Month


class ThresholdQuerySet(models.QuerySet["Threshold"]):
    def visible_to(self, user: User) -> Self:
        """Filter the thresholds that a user may see: all by which returns are checked, for whoever reads returns."""
        return self if user.is_province or user.is_city else self.none()


class Threshold(models.Model):
    """A decision on a threshold of a sheet's rules, which holds for returns from a month on.

    Never changed: a later decision takes its place, and returns of earlier months keep theirs.
    """

    dataset = models.CharField("报表", max_length=40)
    code = models.CharField("阈值", max_length=40)
    value = models.DecimalField("数值", max_digits=12, decimal_places=2)
    holds_from = models.DateField("自何月月报起")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="决定人")
    decided_at = models.DateTimeField("决定时间")
    reason = models.TextField("理由")

    objects = ThresholdQuerySet.as_manager()

    class Meta:
        verbose_name = "核查阈值"
        ordering = ["-decided_at"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "code", "holds_from", "decided_at"], name="threshold_once"),
            models.CheckConstraint(condition=models.Q(holds_from__day=1), name="threshold_month_is_first_day"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="threshold_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset} {self.code} {self.value}"

    @property
    def month(self) -> Month:
        return Month.of(self.holds_from)
