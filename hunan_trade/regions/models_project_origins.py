"""Tables of the places that projects come from, and of the work plan's regions such as 长三角."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Left


class PlanRegion(models.Model):
    """A region that the work plan names as a source of projects, such as 长三角 or 东盟."""

    code = models.SlugField("代码", max_length=20, primary_key=True)
    name = models.CharField("名称", max_length=20, unique=True)
    position = models.PositiveSmallIntegerField("序号")

    class Meta:
        verbose_name = "工作要点的区域"
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name


class SourcePlace(models.Model):
    """A place from which projects come, which may belong to several of the work plan's regions or to none."""

    class Kind(models.TextChoices):
        PROVINCE = "province", "省区市"
        CITY = "city", "市"
        SPECIAL = "special", "港澳台"
        COUNTRY = "country", "国家和地区"

    code = models.CharField("代码", max_length=6, primary_key=True)
    kind = models.CharField("类别", max_length=8, choices=Kind)
    name = models.CharField("名称", max_length=20, unique=True)
    short_name = models.CharField("简称", max_length=20, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children", verbose_name="上级")
    plan_regions = models.ManyToManyField(PlanRegion, related_name="places", verbose_name="工作要点的区域")
    position = models.PositiveSmallIntegerField("序号")

    class Meta:
        verbose_name = "来源地"
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="province", code__regex="^[0-9]{2}0000$")
                | Q(kind="city", code__regex="^[0-9]{4}00$")
                | Q(kind="special", code__in=["710000", "810000", "820000"])
                | Q(kind="country", code__regex="^[A-Z]{3}$"),
                name="source_place_code_by_kind",
            ),
            # A comparison with null is neither true nor false, and a check refuses only what is false.
            models.CheckConstraint(
                condition=Q(kind__in=["province", "special", "country"], parent=None)
                | Q(kind="city", parent=Concat(Left(F("code"), 2), Value("0000")), parent__isnull=False),
                name="source_place_parent_by_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.name
