"""Declares a generated model field with the sum of two amounts, either of which may be null."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce


def total_amount_field(title: str) -> models.DecimalField:  # type: ignore[type-arg]  # Django's class takes none
    """Return a model field for a sum of amounts of money, with room for more digits than a single amount."""
    return models.DecimalField(title, max_digits=20, decimal_places=2, null=True, editable=False)


class TotalField(models.GeneratedField):
    """Model field that the database computes as the sum of two amount fields; it is null if both are null.

    In a history table stands a plain field, which the trigger copies.
    """

    def __init__(self, title: str, first: str, second: str) -> None:
        self.parts = (title, first, second)
        total = Coalesce(F(first) + F(second), F(first), F(second))
        super().__init__(expression=total, output_field=total_amount_field(title), db_persist=True, verbose_name=title)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, _, _ = super().deconstruct()
        return name or "", path, self.parts, {}

    def history_table_field(self) -> models.DecimalField:  # type: ignore[type-arg]
        return total_amount_field(self.parts[0])
