"""Model of the decisions by which the province changes the values of thresholds."""

from __future__ import annotations

from django.db import models

from hunan_trade.accounts.abstract_decision import Decision, DecisionQuerySet
from hunan_trade.periods import Month


class Threshold(Decision):
    """A value that the province decided for a threshold of the checks or reminders, valid from a given month on.

    Never changed: a later decision takes its place, and earlier months keep theirs. `dataset` is the code of a sheet or of
    another group of thresholds.
    """

    dataset = models.CharField("用于", max_length=40)
    code = models.CharField("阈值", max_length=40)
    value = models.DecimalField("数值", max_digits=12, decimal_places=2)
    holds_from = models.DateField("自何月起")

    objects = DecisionQuerySet["Threshold"].as_manager()

    class Meta(Decision.Meta):
        verbose_name = "核查和提醒阈值"
        constraints = [
            models.UniqueConstraint(fields=["dataset", "code", "holds_from", "decided_at"], name="threshold_once"),
            models.CheckConstraint(condition=models.Q(holds_from__day=1), name="threshold_month_is_first_day"),
            *Decision.Meta.constraints,
        ]

    def __str__(self) -> str:
        return f"{self.dataset} {self.code} {self.value}"

    @property
    def month(self) -> Month:
        return Month.of(self.holds_from)
