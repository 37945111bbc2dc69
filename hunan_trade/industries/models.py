"""Table of industries by their code in the national classification."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left


class Industry(models.Model):
    """An entry of the industry classification: a section (C 制造业), a division (39) or a group (391)."""

    class Level(models.TextChoices):
        SECTION = "section", "门类"
        DIVISION = "division", "大类"
        GROUP = "group", "中类"

    code = models.CharField("代码", max_length=4, primary_key=True)
    level = models.CharField("层级", max_length=8, choices=Level)
    name = models.CharField("名称", max_length=40)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children", verbose_name="上级")

    class Meta:
        verbose_name = "行业"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level="section", code__regex="^[A-T]$")
                | Q(level="division", code__regex="^[0-9]{2}$")
                | Q(level="group", code__regex="^[0-9]{3}$"),
                name="industry_code_by_level",
            ),
            # A comparison with null is neither true nor false, and a check refuses only what is false.
            models.CheckConstraint(
                condition=Q(level="section", parent=None)
                | Q(level="division", parent__gte="A", parent__isnull=False)
                | Q(level="group", parent=Left(F("code"), 2), parent__isnull=False),
                name="industry_parent_by_level",
            ),
            models.UniqueConstraint(fields=["parent", "name"], name="industry_name_once_below_parent"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
