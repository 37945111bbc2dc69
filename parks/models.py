"""Model of industrial parks, with a field for how reliable each park's data are."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists.history.history_models import create_history_model
from hunan_trade.lists.models import Record
from hunan_trade.lists.search.text_search import NameOrderField, SearchTextField, search_index
from hunan_trade.regions.models import XIANGNAN, Region


class ParkQuerySet(models.QuerySet["Park"]):
    def visible_to(self, user: User) -> ParkQuerySet:
        """Return all parks if the user may see business figures, otherwise an empty query set."""
        return self if user.may(Permission.SEE_FIGURES) else self.none()

    def with_level_as_of_2013(self) -> ParkQuerySet:
        """Filter to the parks that already had their present level, such as 国家级 (national), in 2013."""
        return self.filter(as_of_2013=True)

    def in_xiangnan(self) -> ParkQuerySet:
        return self.filter(city__in=XIANGNAN)

    def approved_until(self, day: date) -> ParkQuerySet:
        """Filter to the parks whose present level, such as 国家级 (national), was approved on or before `day`."""
        return self.with_level_as_of_2013().filter(approved__lte=day.isoformat())


class Park(Record):
    class Kind(models.TextChoices):
        ECONOMIC = "economic", "经开区"
        HIGH_TECH = "high_tech", "高新区"
        BONDED = "bonded", "综合保税区"
        EXPORT = "export", "出口加工区"
        PARK = "park", "园区"

    class Level(models.TextChoices):
        NATIONAL = "national", "国家级"
        PROVINCIAL = "provincial", "省级"
        COUNTY = "county", "县级"

    class Certainty(models.TextChoices):
        SEEN = "seen", "有公开文本"
        PLAN = "plan", "工作要点点名"
        UNVERIFIED = "unverified", "待核"

    name = models.CharField("名称", max_length=60, unique=True)
    city = models.ForeignKey(
        Region, models.PROTECT, related_name="parks", verbose_name="市州", limit_choices_to={"level": "city"}
    )
    kind = models.CharField("类型", max_length=10, choices=Kind)
    level = models.CharField("级别", max_length=10, choices=Level)
    approved = models.CharField(
        "批准时间", max_length=10, blank=True, help_text="知道到哪里写到哪里：1991、2000-02 或 2012-10-25"
    )
    as_of_2013 = models.BooleanField("2013年在册")  # False: the level came later
    certainty = models.CharField("依据", max_length=10, choices=Certainty)
    source = models.CharField("出处", max_length=80, blank=True)
    note = models.CharField("说明", max_length=120, blank=True)
    search_text = SearchTextField("name")
    name_order = NameOrderField("name")

    objects = ParkQuerySet.as_manager()

    class Meta:
        verbose_name = "园区"
        ordering = ["city", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["economic", "high_tech", "bonded", "export", "park"]), name="park_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(level__in=["national", "provincial", "county"]), name="park_level_known"
            ),
            models.CheckConstraint(
                condition=Q(certainty__in=["seen", "plan", "unverified"]), name="park_certainty_known"
            ),
            models.CheckConstraint(
                condition=Q(approved__regex=r"^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)?$"),
                name="park_approved_is_a_date",
                violation_error_message="批准时间写作 1991、2000-02 或 2012-10-25。",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="park_named", violation_error_message="园区要有名称。"),
        ]
        indexes = [search_index("search_text", name="park_search")]

    def __str__(self) -> str:
        return self.name

    def is_approved_on(self, day: date) -> bool:
        """Return whether the park's present level, such as 国家级 (national), was approved on or before `day`.

        A park whose approval year or month is known counts from its first day.
        """
        return self.as_of_2013 and self.approved <= day.isoformat()

    def status_on(self, day: date) -> str:
        return "在册" if self.is_approved_on(day) else "未获批"

    @property
    def approval_date_text(self) -> str:
        """Return the park's approval date in Chinese, such as 1991年 or 2012年10月25日."""
        parts = zip(self.approved.split("-"), "年月日", strict=False)
        return "".join(f"{int(part)}{unit}" for part, unit in parts if part)


ParkHistory = create_history_model(Park)
