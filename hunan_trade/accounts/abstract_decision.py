"""Defines the abstract model of decisions, which are never changed but replaced by newer decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Self, TypeVar

from django.conf import settings
from django.db import models

from hunan_trade.accounts.models import User

Row = TypeVar("Row", bound="Decision")


class DecisionQuerySet(models.QuerySet[Row]):
    def visible_to(self, user: User) -> Self:
        """Return all decisions if the user belongs to the province or a city, otherwise an empty query set."""
        return self if user.is_province or user.is_city else self.none()

    def known_as_of(self, as_of: datetime | None) -> Self:
        """Return the decisions made up to the time `as_of`, or all decisions if `as_of` is None."""
        return self if as_of is None else self.filter(decided_at__lte=as_of)


class Decision(models.Model):
    """Abstract model of an official's decision, such as on an exchange rate, with its author, time and reason."""

    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="决定人")
    decided_at = models.DateTimeField("决定时间")
    reason = models.TextField("理由")

    class Meta:
        abstract = True
        ordering = ["-decided_at"]
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="%(class)s_has_reason")]
