"""Table of the increases of projects' contracted capital."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from hunan_trade.accounts.models import User
from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.lists.history.history_models import history_model
from hunan_trade.lists.models import Record
from hunan_trade.regions.models import Region
from projects.choices import INCREASE_STATES, EntryState


class CapitalIncreaseQuerySet(RegionScopedQuerySet["CapitalIncrease"]):
    region_field = "city"

    def live(self) -> CapitalIncreaseQuerySet:
        """Filter to the increases that wait or hold."""
        return self.filter(state__in=[EntryState.AWAITING_LEAD, EntryState.VALID])

    def valid(self) -> CapitalIncreaseQuerySet:
        return self.filter(state=EntryState.VALID)


def _amount(title: str) -> models.DecimalField:  # type: ignore[type-arg]  # Django's class takes none
    return models.DecimalField(title, max_digits=17, decimal_places=2, null=True)


class CapitalIncrease(Record):
    """An increase of a project's contracted capital, in yuan, in dollars or in both, which are never summed.

    It counts once somebody else has confirmed it. The row is never deleted; one that is taken back becomes void. `city`
    is the project's.
    """

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="increases", verbose_name="项目")
    city = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="市州")
    effective_on = models.DateField("增资日期")
    amount_cny = _amount("增资内资")
    amount_usd = _amount("增资外资")
    state = models.CharField(
        "办理情况", max_length=20, choices=[(state.value, state.label) for state in INCREASE_STATES]
    )
    note = models.CharField("说明", max_length=500, blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="申报人")
    entered_at = models.DateTimeField("申报时间")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="处理人")
    decided_at = models.DateTimeField("处理时间", null=True)
    decided_reason = models.CharField("处理意见", max_length=500, blank=True)

    objects = CapitalIncreaseQuerySet.as_manager()

    class Meta:
        verbose_name = "项目增资"
        ordering = ["-entered_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_cny__isnull=False) | Q(amount_usd__isnull=False), name="increase_has_amount"
            ),
            models.CheckConstraint(
                condition=(Q(amount_cny=None) | Q(amount_cny__gt=0)) & (Q(amount_usd=None) | Q(amount_usd__gt=0)),
                name="increase_above_0",
            ),
            models.CheckConstraint(condition=Q(state__in=INCREASE_STATES), name="increase_state_known"),
            models.CheckConstraint(
                condition=Q(decided_by=None, decided_at=None) | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="increase_decided_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state=EntryState.VALID) | Q(decided_by__isnull=False) & ~Q(decided_by=F("entered_by")),
                name="increase_second_person",
                violation_error_message="自己申报的由别人确认。",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[EntryState.GIVEN_BACK, EntryState.VOID]) | ~Q(decided_reason=""),
                name="increase_undone_with_reason",
            ),
        ]
        indexes = [models.Index(fields=["state", "city"], name="increase_queue")]

    def __str__(self) -> str:
        return f"{self.project} 增资"


CapitalIncreaseHistory = history_model(CapitalIncrease)
