"""Abstract model of steps, increases and terminations of projects, which a second person decides on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self, TypeVar

from django.db import models
from django.db.models import F, Q

from hunan_trade.accounts.models import User
from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.lists.models import Record
from hunan_trade.regions.models import Region
from projects.choices import UNDONE_STATES, WAITING_STATES, EntryState

Row = TypeVar("Row", bound="ReviewedEntry")


class EntryQuerySet(RegionScopedQuerySet[Row]):
    region_field = "city"

    def valid(self) -> Self:
        return self.filter(state=EntryState.VALID)


class ReviewedEntry(Record):
    """Abstract base model of projects' steps, capital increases and terminations, with author, state and decision.

    The row is never deleted; an entry that is taken back becomes void. `city` is the project's.
    """

    city = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="市州")
    effective_on = models.DateField("生效日期")
    state = models.CharField("办理情况", max_length=20, choices=EntryState)
    note = models.CharField("说明", max_length=500, blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")
    entered_at = models.DateTimeField("登记时间")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="处理人")
    decided_at = models.DateTimeField("处理时间", null=True)
    decided_reason = models.CharField("处理意见", max_length=500, blank=True)

    class Meta:
        abstract = True
        ordering = ["-entered_at", "-pk"]
        indexes = [models.Index(fields=["state", "city"], name="%(class)s_queue")]


def entry_constraints(states: Sequence[EntryState]) -> list[models.BaseConstraint]:
    """Return the database constraints of a `ReviewedEntry` model, such as: a void entry has a reason."""
    return [
        models.CheckConstraint(condition=Q(state__in=states), name="%(class)s_state_known"),
        models.CheckConstraint(
            condition=Q(state__in=WAITING_STATES, decided_by=None, decided_at=None)
            | ~Q(state__in=WAITING_STATES) & Q(decided_by__isnull=False, decided_at__isnull=False),
            name="%(class)s_decided_whole",
        ),
        models.CheckConstraint(
            condition=~Q(state__in=UNDONE_STATES) | ~Q(decided_reason=""), name="%(class)s_undone_with_reason"
        ),
    ]


def second_person_constraint() -> models.BaseConstraint:
    """Return the database constraint that the user who entered an entry cannot be the one who makes it valid."""
    return models.CheckConstraint(
        condition=~Q(state=EntryState.VALID) | ~Q(decided_by=F("entered_by")),
        name="%(class)s_second_person",
        violation_error_message="自己登记的由别人确认。",
    )
