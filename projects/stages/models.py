"""Table of the steps by which projects reach their stages."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hunan_trade.lists.history.history_models import create_history_model
from projects.choices import LIVE_STATES, EntryState, Stage
from projects.reviewed_entries.models import EntryQuerySet, ReviewedEntry, entry_constraints, second_person_constraint

STAGES = [(stage.value, stage.label) for stage in Stage if stage is not Stage.INTENDED]


class StageEntryQuerySet(EntryQuerySet["StageEntry"]):
    pass


class StageEntry(ReviewedEntry):
    """A record that a project reached a stage on a day, with the users who entered and decided it."""

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="stage_entries", verbose_name="项目")
    stage = models.CharField("阶段", max_length=10, choices=STAGES)

    objects = StageEntryQuerySet.as_manager()

    class Meta(ReviewedEntry.Meta):
        verbose_name = "项目阶段"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "stage"], condition=Q(state__in=sorted(LIVE_STATES)), name="stage_entered_once"
            ),
            models.CheckConstraint(condition=Q(stage__in=[value for value, _ in STAGES]), name="%(class)s_stage_known"),
            *entry_constraints(list(EntryState)),
            second_person_constraint(),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.get_stage_display()}"


StageEntryHistory = create_history_model(StageEntry)
