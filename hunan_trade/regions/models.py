"""Tables of regions by their GB/T 2260 code and of offices (单位) that are responsible for tasks."""

from __future__ import annotations

from django.db import models

from hunan_trade.regions.models_project_origins import PlanRegion as PlanRegion
from hunan_trade.regions.models_project_origins import SourcePlace as SourcePlace

PROVINCE = "430000"
XIANGNAN = ("430400", "431000", "431100")  # 衡阳、郴州、永州: the demonstration zone approved in 2011


class RegionQuerySet(models.QuerySet["Region"]):
    def cities(self) -> RegionQuerySet:
        """Filter to Hunan's 14 cities (one of them a prefecture), in administrative order."""
        return self.filter(level=Region.Level.CITY).order_by("code")

    def counties_of(self, city: str) -> RegionQuerySet:
        """Filter to the counties and functional areas (功能区) of a city."""
        return self.filter(parent_id=city).order_by("code")

    def in_xiangnan(self) -> RegionQuerySet:
        return self.filter(code__in=XIANGNAN).order_by("code")


class Region(models.Model):
    class Level(models.TextChoices):
        PROVINCE = "province", "省"
        CITY = "city", "市州"
        COUNTY = "county", "县市区"
        FUNCTIONAL = "functional", "功能区"  # 经开区、管理区 that report on their own; not in GB/T 2260

    code = models.CharField("代码", max_length=6, primary_key=True)
    name = models.CharField("名称", max_length=40)
    short_name = models.CharField("简称", max_length=20)
    level = models.CharField("层级", max_length=12, choices=Level)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children", verbose_name="上级")

    objects = RegionQuerySet.as_manager()

    class Meta:
        verbose_name = "地区"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=models.Q(code__regex=r"^[0-9]{6}$"), name="region_code_six_digits"),
            models.CheckConstraint(
                condition=models.Q(level="province", parent=None)
                | models.Q(level__in=["city", "county", "functional"], parent__isnull=False),
                name="region_parent_by_level",
            ),
            models.UniqueConstraint(fields=["parent", "name"], name="region_name_once_below_parent"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def in_xiangnan(self) -> bool:
        return self.code in XIANGNAN

    @property
    def name_in_text(self) -> str:
        """The region's name as used in sentences, such as 郴州市 or 湘西自治州."""
        return self.short_name if self.name.endswith("自治州") else self.name

    @property
    def office(self) -> str:
        """The name of the city's commerce bureau, such as 长沙市商务局."""
        return f"{self.name_in_text}商务局"


class Unit(models.Model):
    class Kind(models.TextChoices):
        DIVISION = "division", "省厅处室"
        DEPARTMENT = "department", "领导小组成员单位"
        CUSTOMS = "customs", "海关"
        BUREAU = "bureau", "市州商务局"

    code = models.SlugField("代码", max_length=40, primary_key=True)
    name = models.CharField("名称", max_length=80, unique=True)
    kind = models.CharField("类别", max_length=12, choices=Kind)
    region = models.ForeignKey(Region, models.PROTECT, related_name="units", verbose_name="所在地区")

    class Meta:
        verbose_name = "单位"
        ordering = ["kind", "code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["division", "department", "customs", "bureau"]), name="unit_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
