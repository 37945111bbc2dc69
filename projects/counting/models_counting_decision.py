"""Table of the decisions on which event makes a project count in a plan year."""

from __future__ import annotations

from django.db import models

from hunan_trade.accounts.abstract_decision import Decision, DecisionQuerySet
from projects.choices import REGISTER_COMPLETE_FROM, CountingEvent


class CountingDecision(Decision):
    """A decision on which event makes a project count in a plan year and the years after it.

    Never changed: a later decision on the same year takes its place, and earlier years keep theirs.
    """

    year = models.PositiveSmallIntegerField("年度")
    event = models.CharField("计数环节", max_length=12, choices=CountingEvent)
    version = models.PositiveSmallIntegerField("版次")

    objects = DecisionQuerySet["CountingDecision"].as_manager()

    class Meta(Decision.Meta):
        verbose_name = "计数规则"
        constraints = [
            models.UniqueConstraint(fields=["year", "version"], name="countingdecision_once"),
            models.CheckConstraint(
                condition=models.Q(year__range=(REGISTER_COMPLETE_FROM, 2099)), name="countingdecision_year_known"
            ),
            models.CheckConstraint(
                condition=models.Q(event__in=CountingEvent.values), name="countingdecision_event_known"
            ),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="countingdecision_version_from_1"),
            *Decision.Meta.constraints,
        ]

    def __str__(self) -> str:
        return f"{self.year}年按{self.get_event_display()}计数"
