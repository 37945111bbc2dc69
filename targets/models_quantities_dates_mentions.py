"""Tables of the quantities, dates and names in the texts of plan items."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from hunan_trade import periods
from hunan_trade.regions.models import Region


class Quantity(models.Model):
    """A number or range with its unit in a plan item's text, such as 3000 个 or 2—3 家."""

    item = models.ForeignKey("PlanItem", models.CASCADE, related_name="quantities")
    position = models.PositiveSmallIntegerField("次序")
    what = models.CharField("指什么", max_length=60)
    value = models.DecimalField("数", max_digits=16, decimal_places=4, null=True)  # null: only where to, as it says
    upper = models.DecimalField("上限", max_digits=16, decimal_places=4, null=True)
    unit = models.CharField("单位", max_length=20)
    qualifier = models.CharField("限定", max_length=40, blank=True)  # 以上, 左右, 力争; 只增不减

    class Meta:
        verbose_name = "数量"
        ordering = ["item", "position"]
        constraints = [
            models.UniqueConstraint(fields=["item", "position"], name="quantity_position_once"),
            models.CheckConstraint(
                condition=Q(upper=None) | Q(upper__gt=F("value")), name="quantity_upper_above_value"
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=False) | (Q(upper=None) & ~Q(qualifier="")), name="quantity_says_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.value} {self.unit}"


class PlanDate(models.Model):
    """A day, a range of days or a whole month that a plan item's text names."""

    item = models.ForeignKey("PlanItem", models.CASCADE, related_name="dates")
    position = models.PositiveSmallIntegerField("次序")
    what = models.CharField("指什么", max_length=40)
    starts_on = models.DateField("起")
    ends_on = models.DateField("止")
    whole_month = models.BooleanField("只到月")
    qualifier = models.CharField("限定", max_length=20, blank=True)

    class Meta:
        verbose_name = "时间"
        ordering = ["item", "position"]
        constraints = [
            models.UniqueConstraint(fields=["item", "position"], name="plan_date_position_once"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="plan_date_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.text}"

    @property
    def text(self) -> str:
        """Return the date in Chinese, such as 10月 or 6月19—22日."""
        start, end = self.starts_on, self.ends_on
        if self.whole_month:
            return f"{start.month}月" if start.month == end.month else f"{start.month}月—{end.month}月"
        if start == end:
            return periods.format_chinese_date(start, with_year=False)
        last = f"{end.day}日" if start.month == end.month else periods.format_chinese_date(end, with_year=False)
        return f"{start.month}月{start.day}—{last}"


class Mention(models.Model):
    """A name in a plan item's text, such as of a company, park or place, that is not linked to a register."""

    class Kind(models.TextChoices):
        COMPANY = "company", "企业"
        PARK = "park", "园区"
        PLATFORM = "platform", "平台"
        EVENT = "event", "活动"
        SOURCE = "source", "对接区域"
        INDUSTRY = "industry", "产业"
        PRODUCT = "product", "产品"
        UNIT = "unit", "单位"
        FUND = "fund", "资金"
        DOCUMENT = "document", "文件"
        PLACE = "place", "地点"

    item = models.ForeignKey("PlanItem", models.CASCADE, related_name="mentions")
    position = models.PositiveSmallIntegerField("次序")
    kind = models.CharField("类别", max_length=10, choices=Kind)
    name = models.CharField("名称", max_length=60)
    region = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+", verbose_name="所在市州")
    note = models.CharField("说明", max_length=40, blank=True)

    class Meta:
        verbose_name = "点名"
        ordering = ["item", "position"]
        constraints = [
            models.UniqueConstraint(fields=["item", "kind", "name"], name="mention_once_an_item"),
            models.CheckConstraint(
                name="mention_kind_known",
                condition=Q(kind__in=["company", "park", "platform", "event", "source", "industry"])
                | Q(kind__in=["product", "unit", "fund", "document", "place"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name
