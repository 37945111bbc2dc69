"""Which rows a user sees where their region decides."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models

from hunan_trade.accounts.models import User

Row = TypeVar("Row", bound=models.Model)


class RegionScopedQuerySet(models.QuerySet[Row]):
    """Rows of cities: the province sees all, a city its own, everybody else none."""

    region_field = "region"  # the path from the row to its region

    def visible_to(self, user: User) -> Self:
        if user.is_province:
            return self
        return self.filter(**{self.region_field: user.region_id}) if user.is_city else self.none()
