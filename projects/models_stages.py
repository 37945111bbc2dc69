"""Table of the steps by which projects reach their stages."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from hunan_trade.accounts.models import User
from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.lists.history.history_models import history_model
from hunan_trade.lists.models import Record
from hunan_trade.regions.models import Region
from projects.choices import LIVE_STATES, EntryState, Stage

STAGES = [(stage.value, stage.label) for stage in Stage if stage is not Stage.INTENDED]


class StageEntryQuerySet(RegionScopedQuerySet["StageEntry"]):
    region_field = "city"


class StageEntry(Record):
    """One step of a project to a stage: when it took effect, who entered it and why, and what became of it.

    The row is never deleted; a step that is taken back becomes void. `city` is the project's.
    """

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="stage_entries", verbose_name="项目")
    city = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="市州")
    stage = models.CharField("阶段", max_length=10, choices=STAGES)
    effective_on = models.DateField("生效日期")
    state = models.CharField("办理情况", max_length=20, choices=EntryState)
    note = models.CharField("说明", max_length=500, blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")
    entered_at = models.DateTimeField("登记时间")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="处理人")
    decided_at = models.DateTimeField("处理时间", null=True)
    decided_reason = models.CharField("处理意见", max_length=500, blank=True)

    objects = StageEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "项目阶段"
        ordering = ["-entered_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "stage"], condition=Q(state__in=sorted(LIVE_STATES)), name="stage_entered_once"
            ),
            models.CheckConstraint(
                condition=Q(stage__in=[value for value, _ in STAGES]), name="stage_entry_stage_known"
            ),
            models.CheckConstraint(condition=Q(state__in=EntryState.values), name="stage_entry_state_known"),
            models.CheckConstraint(
                condition=Q(decided_by=None, decided_at=None) | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="stage_entry_decided_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state=EntryState.VALID) | ~Q(decided_by=F("entered_by")),
                name="stage_entry_second_person",
                violation_error_message="自己登记的由别人确认。",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[EntryState.GIVEN_BACK, EntryState.VOID]) | ~Q(decided_reason=""),
                name="stage_entry_undone_with_reason",
            ),
        ]
        indexes = [models.Index(fields=["state", "city"], name="stage_entry_queue")]

    def __str__(self) -> str:
        return f"{self.project} {self.get_stage_display()}"


StageEntryHistory = history_model(StageEntry)
