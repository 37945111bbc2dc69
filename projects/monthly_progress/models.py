"""Table of the monthly progress of projects, as accepted returns report it."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.intake.models import Round
from hunan_trade.periods import Month
from projects.choices import Stage


class ProjectMonthQuerySet(RegionScopedQuerySet["ProjectMonth"]):
    region_field = "project__city"

    def current(self) -> ProjectMonthQuerySet:
        """Filter to the monthly project figures that no later accepted return has replaced."""
        return self.filter(replaced_by=None)

    def accepted_at(self, moment: datetime) -> ProjectMonthQuerySet:
        """Filter to the monthly project figures that were accepted and not yet replaced at a given moment."""
        return self.filter(Q(replaced_by=None) | Q(replaced_by__decided_at__gt=moment), round__decided_at__lte=moment)

    def of_city(self, code: str) -> ProjectMonthQuerySet:
        return self.filter(project__city=code)

    def before(self, month: Month) -> ProjectMonthQuerySet:
        return self.filter(month__lt=month.first)


class ProjectMonth(models.Model):
    """A project's stage, paid-in capital and obstacles in one month, as an accepted return reports them.

    A row is never changed: a later acceptance writes a new one and says in the old one which round replaced it.
    """

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="months", verbose_name="项目")
    month = models.DateField("月份")
    stage = models.CharField("阶段", max_length=10, choices=Stage)
    stage_on = models.DateField("阶段日期")
    expected_produced_on = models.DateField("预计投产", null=True)
    paid_in_cny = models.DecimalField("到位内资", max_digits=17, decimal_places=2)
    paid_in_usd = models.DecimalField("到位外资", max_digits=17, decimal_places=2)
    obstacle = models.BooleanField("有问题")
    obstacle_text = models.CharField("问题", max_length=200, blank=True)
    reason = models.CharField("说明", max_length=200, blank=True)
    round = models.ForeignKey(Round, models.PROTECT, related_name="+", verbose_name="轮次")
    replaced_by = models.ForeignKey(Round, models.PROTECT, null=True, related_name="+", verbose_name="替换轮次")

    objects = ProjectMonthQuerySet.as_manager()

    class Meta:
        verbose_name = "项目月度进度"
        ordering = ["project", "month"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "month"], condition=Q(replaced_by=None), name="project_month_stands_once"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="project_month_is_first_day"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="project_month_stage_known"),
            models.CheckConstraint(condition=Q(paid_in_cny__gte=0, paid_in_usd__gte=0), name="project_month_from_0"),
            models.CheckConstraint(
                condition=Q(obstacle=True) & ~Q(obstacle_text="") | Q(obstacle=False, obstacle_text=""),
                name="project_month_obstacle_told",
            ),
            models.CheckConstraint(
                condition=Q(replaced_by=None) | ~Q(replaced_by=F("round")), name="project_month_replaced_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.month:%Y-%m}"
