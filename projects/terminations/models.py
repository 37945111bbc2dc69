"""Table of the terminations of projects, with the proposals and the decisions on them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hunan_trade.lists.history.history_models import create_history_model
from projects.choices import LIVE_STATES, PROPOSAL_LABELS, PROPOSAL_STATES
from projects.reviewed_entries.models import EntryQuerySet, ReviewedEntry, entry_constraints


class TerminationQuerySet(EntryQuerySet["Termination"]):
    pass


class Termination(ReviewedEntry):
    """A termination of a project, with its date, reason and state, and the users who proposed and decided it."""

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="terminations", verbose_name="项目")
    effective_on = models.DateField("终止日期")
    note = models.CharField("终止原因", max_length=500)
    state = models.CharField("办理情况", max_length=20, choices=PROPOSAL_LABELS)

    objects = TerminationQuerySet.as_manager()

    class Meta(ReviewedEntry.Meta):
        verbose_name = "项目终止"
        constraints = [
            models.UniqueConstraint(
                fields=["project"], condition=Q(state__in=sorted(LIVE_STATES)), name="project_terminated_once"
            ),
            models.CheckConstraint(condition=~Q(note=""), name="%(class)s_with_reason"),
            *entry_constraints(PROPOSAL_STATES),
        ]

    def __str__(self) -> str:
        return f"{self.project} 终止"


TerminationHistory = create_history_model(Termination)
