"""The table of activities, fairs and meetings, whose dates may be unknown."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q

from hunan_trade import periods
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists.history_models import history_model
from hunan_trade.lists.models import Record


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, user: User) -> EventQuerySet:
        """Return all events if the user may see the work plan, otherwise an empty query set."""
        return self if user.may(Permission.SEE_PLAN) else self.none()

    def in_year(self, year: int) -> EventQuerySet:
        return self.filter(year=year)

    def years(self) -> list[int]:
        """Return the years that have events, the newest first."""
        return list(self.order_by("-year").values_list("year", flat=True).distinct())


class Event(Record):
    class Kind(models.TextChoices):
        MATCHMAKING = "matchmaking", "对接活动"
        FAIR = "fair", "展会"
        MEETING = "meeting", "会议"

    code = models.SlugField("编码", max_length=40)
    year = models.PositiveSmallIntegerField("年度")
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类别", max_length=12, choices=Kind)
    item_number = models.PositiveSmallIntegerField("工作要点条目")
    starts_on = models.DateField("开始", null=True)
    ends_on = models.DateField("结束", null=True)
    whole_month = models.BooleanField("只到月", default=False)
    place = models.CharField("地点", max_length=40, blank=True)
    target_region = models.CharField("对接区域", max_length=40, blank=True)
    note = models.CharField("说明", max_length=120, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "活动会议"
        ordering = ["year", "item_number", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["year", "code"], name="event_code_once_a_year"),
            models.CheckConstraint(condition=Q(kind__in=["matchmaking", "fair", "meeting"]), name="event_kind_known"),
            models.CheckConstraint(
                condition=Q(starts_on=None, ends_on=None, whole_month=False)
                | Q(starts_on__isnull=False, ends_on__isnull=False, ends_on__gte=F("starts_on")),
                name="event_dates_both_or_none",
            ),
            models.CheckConstraint(condition=Q(item_number__gte=1) & ~Q(name=""), name="event_named_and_numbered"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def when(self) -> str:
        """Return the dates in Chinese, such as 6月19—22日, or "" if they are unknown."""
        if self.starts_on is None or self.ends_on is None:
            return ""
        start, end = self.starts_on, self.ends_on
        if self.whole_month:
            return f"{start.month}月" if start.month == end.month else f"{start.month}—{end.month}月"
        if start == end:
            return periods.day(start, with_year=False)
        last = f"{end.day}日" if start.month == end.month else periods.day(end, with_year=False)
        return f"{start.month}月{start.day}{'' if start.month == end.month else '日'}—{last}"

    def time_status(self, today: date) -> str:
        """Return the event's status on `today` in Chinese, such as 进行中 (in progress).

        An event whose dates have passed was not necessarily held.
        """
        if self.starts_on is None or self.ends_on is None:
            return "时间待定"
        if today < self.starts_on:
            return "未到期"
        if today > self.ends_on:
            return "已过期限"
        return "本月" if self.whole_month else "进行中"


EventHistory = history_model(Event)
