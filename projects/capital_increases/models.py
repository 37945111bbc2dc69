"""Table of the increases of projects' contracted capital."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hunan_trade.lists.history.history_models import create_history_model
from projects.choices import PROPOSAL_LABELS, PROPOSAL_STATES
from projects.reviewed_entries.models import EntryQuerySet, ReviewedEntry, entry_constraints, second_person_constraint


def _amount_field(title: str) -> models.DecimalField:  # type: ignore[type-arg]  # Django's class takes none
    return models.DecimalField(title, max_digits=17, decimal_places=2, null=True)


class CapitalIncreaseQuerySet(EntryQuerySet["CapitalIncrease"]):
    pass


class CapitalIncrease(ReviewedEntry):
    """An increase of a project's contracted capital, in yuan, in dollars or in both.

    It counts once somebody else has confirmed it.
    """

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="increases", verbose_name="项目")
    effective_on = models.DateField("增资日期")
    amount_cny = _amount_field("增资内资")
    amount_usd = _amount_field("增资外资")
    state = models.CharField("办理情况", max_length=20, choices=PROPOSAL_LABELS)

    objects = CapitalIncreaseQuerySet.as_manager()

    class Meta(ReviewedEntry.Meta):
        verbose_name = "项目增资"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_cny__isnull=False) | Q(amount_usd__isnull=False), name="%(class)s_has_amount"
            ),
            models.CheckConstraint(
                condition=(Q(amount_cny=None) | Q(amount_cny__gt=0)) & (Q(amount_usd=None) | Q(amount_usd__gt=0)),
                name="%(class)s_above_0",
            ),
            *entry_constraints(PROPOSAL_STATES),
            second_person_constraint(),
        ]

    def __str__(self) -> str:
        return f"{self.project} 增资"


CapitalIncreaseHistory = create_history_model(CapitalIncrease)
