"""Defines the query set of models whose rows belong to cities, with a filter for the rows a user may see."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models

from hunan_trade.accounts.models import User

Row = TypeVar("Row", bound=models.Model)


class RegionScopedQuerySet(models.QuerySet[Row]):
    """Base query set for rows that each belong to a city; `visible_to` keeps the rows that a user may see.

    The province sees all rows, a city its own, other users none.
    """

    region_field = "region"  # the path from the row to its region

    def visible_to(self, user: User) -> Self:
        """Return all rows to a province user, only their city's rows to a city user, and none to other users."""
        if user.is_province:
            return self
        return self.filter(**{self.region_field: user.region_id}) if user.is_city else self.none()
