"""Table of pairs of projects that may be duplicates, with the decision on each pair."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q

from hunan_trade.accounts.models import User
from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.lists.history.history_models import create_history_model
from hunan_trade.lists.models import Record
from hunan_trade.regions.models import Region
from projects.choices import LINKED_STATES, PairState

_UNDECIDED = (PairState.WAITING, PairState.UNLIKE)


class ProjectPairQuerySet(RegionScopedQuerySet["ProjectPair"]):
    region_field = "city"

    def linked(self) -> Self:
        """Filter to the pairs of projects decided to be the same or merged, of which at most one counts."""
        return self.filter(state__in=LINKED_STATES)


class ProjectPair(Record):
    """Two projects with the same investor and similar names, and an officer's decision on the pair.

    `first` has the lower key, so that a pair is stored once. `city` is that of both projects; it is null where they are in
    two cities, so that the province alone sees the pair. A trigger sets it when a project goes to another city.
    `decided_*` tell of the last decision, also of one that was withdrawn.
    """

    first = models.ForeignKey("projects.Project", models.CASCADE, related_name="pairs_as_first", verbose_name="前一个")
    second = models.ForeignKey(
        "projects.Project", models.CASCADE, related_name="pairs_as_second", verbose_name="后一个"
    )
    city = models.ForeignKey(
        Region, models.PROTECT, null=True, related_name="+", verbose_name="市州", help_text="跨市州的留空"
    )
    state = models.CharField("认定", max_length=14, choices=PairState, default=PairState.WAITING)
    found_at = models.DateTimeField("发现时间")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="认定人")
    decided_at = models.DateTimeField("认定时间", null=True)
    decided_reason = models.CharField("认定依据", max_length=500, blank=True)

    objects = ProjectPairQuerySet.as_manager()

    class Meta:
        verbose_name = "疑似重复项目"
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="project_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="project_pair_lower_key_first"),
            models.CheckConstraint(condition=Q(state__in=PairState.values), name="project_pair_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=_UNDECIDED)
                | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_reason=""),
                name="project_pair_decided_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "city"], name="project_pair_queue"),
            models.Index(fields=["first"], condition=Q(state__in=LINKED_STATES), name="project_pair_linked"),
        ]

    def __str__(self) -> str:
        return f"{self.first} 与 {self.second}"


ProjectPairHistory = create_history_model(ProjectPair)
