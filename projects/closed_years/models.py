"""Table of the decisions to close or reopen a plan year."""

from __future__ import annotations

from django.db import models

from hunan_trade.accounts.abstract_decision import Decision, DecisionQuerySet
from projects.choices import REGISTER_COMPLETE_FROM


class YearClosing(Decision):
    """A decision to close a plan year, or to reopen it.

    Never changed: the newest decision on a year is in force.
    """

    year = models.PositiveSmallIntegerField("年度")
    closed = models.BooleanField("关账")
    version = models.PositiveSmallIntegerField("版次")

    objects = DecisionQuerySet["YearClosing"].as_manager()

    class Meta(Decision.Meta):
        verbose_name = "年度关账"
        constraints = [
            models.UniqueConstraint(fields=["year", "version"], name="yearclosing_once"),
            models.CheckConstraint(
                condition=models.Q(year__range=(REGISTER_COMPLETE_FROM, 2099)), name="yearclosing_year_known"
            ),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="yearclosing_version_from_1"),
            *Decision.Meta.constraints,
        ]

    def __str__(self) -> str:
        return f"{self.year}年{'关账' if self.closed else '撤销关账'}"
