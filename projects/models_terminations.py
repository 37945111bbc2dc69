"""Table of the terminations of projects, from the proposal to what became of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hunan_trade.accounts.models import User
from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.lists.history.history_models import history_model
from hunan_trade.lists.models import Record
from hunan_trade.regions.models import Region
from projects.choices import TerminationState

_STANDING = (TerminationState.PROPOSED, TerminationState.CONFIRMED)
_UNDONE = (TerminationState.GIVEN_BACK, TerminationState.VOID)


class TerminationQuerySet(RegionScopedQuerySet["Termination"]):
    region_field = "city"


class Termination(Record):
    """The end of a project that does not come about: from which day, who proposed it and why, and who decided.

    The row is never deleted; a termination that is taken back becomes void. `city` is the project's.
    """

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="terminations", verbose_name="项目")
    city = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="市州")
    effective_on = models.DateField("终止日期")
    note = models.CharField("终止原因", max_length=500)
    state = models.CharField("办理情况", max_length=12, choices=TerminationState)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="提出人")
    proposed_at = models.DateTimeField("提出时间")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="处理人")
    decided_at = models.DateTimeField("处理时间", null=True)
    decided_reason = models.CharField("处理意见", max_length=500, blank=True)

    objects = TerminationQuerySet.as_manager()

    class Meta:
        verbose_name = "项目终止"
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"], condition=Q(state__in=_STANDING), name="project_terminated_once"
            ),
            models.CheckConstraint(condition=Q(state__in=TerminationState.values), name="termination_state_known"),
            models.CheckConstraint(condition=~Q(note=""), name="termination_with_reason"),
            models.CheckConstraint(
                condition=Q(state=TerminationState.PROPOSED, decided_by=None, decided_at=None)
                | ~Q(state=TerminationState.PROPOSED) & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="termination_decided_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=_UNDONE) | ~Q(decided_reason=""), name="termination_undone_with_reason"
            ),
        ]
        indexes = [models.Index(fields=["state", "city"], name="termination_queue")]

    def __str__(self) -> str:
        return f"{self.project} 终止"


TerminationHistory = history_model(Termination)
