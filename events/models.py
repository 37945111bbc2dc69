"""Model of events, that is activities, fairs and meetings, whose dates may be unknown."""

from __future__ import annotations

from datetime import date

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from hunan_trade import periods
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists.history.history_models import create_history_model
from hunan_trade.lists.models import Record
from hunan_trade.lists.search.text_search import NameOrderField, SearchTextField, search_index
from hunan_trade.periods import Month
from targets.models import ItemIdentity


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, user: User) -> EventQuerySet:
        """Return all trade fairs and other events if the user may see the work plan, otherwise an empty query set."""
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

    year = models.PositiveSmallIntegerField("年度", validators=[MinValueValidator(2000), MaxValueValidator(2100)])
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类别", max_length=12, choices=Kind)
    item = models.ForeignKey(
        ItemIdentity,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="工作要点条目",
        help_text="当年要点的条目；要点没有写到的留空",
    )
    starts_on = models.DateField("开始", null=True, blank=True)
    ends_on = models.DateField("结束", null=True, blank=True, help_text="只办一天的留空")
    whole_month = models.BooleanField("只到月", default=False, help_text="只知道在哪个月，还没有定到日")
    place = models.CharField("地点", max_length=40, blank=True)
    target_region = models.CharField("对接区域", max_length=40, blank=True)
    note = models.CharField("说明", max_length=120, blank=True)
    search_text = SearchTextField("name", "place", "target_region")
    name_order = NameOrderField("name")

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "活动会议"
        ordering = ["year", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["year", "name"], name="event_name_once_a_year"),
            models.CheckConstraint(condition=Q(year__gte=2000, year__lte=2100), name="event_year_known"),
            models.CheckConstraint(condition=Q(kind__in=["matchmaking", "fair", "meeting"]), name="event_kind_known"),
            models.CheckConstraint(
                condition=Q(starts_on=None, ends_on=None, whole_month=False)
                | Q(starts_on__isnull=False) & (Q(ends_on=None) | Q(ends_on__gte=F("starts_on"))),
                name="event_dates_in_order",
                violation_error_message="结束日期不能早于开始；没有开始日期的，结束日期和“只到月”也不填。",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="event_named", violation_error_message="活动要有名称。"),
        ]
        indexes = [search_index("search_text", name="event_search")]

    def __str__(self) -> str:
        return self.name

    @property
    def last_day(self) -> date | None:
        """Return the last day of the event, or None if its dates are unknown."""
        if self.starts_on is None or self.ends_on is not None:
            return self.ends_on
        return Month.of(self.starts_on).last if self.whole_month else self.starts_on

    @property
    def when(self) -> str:
        """Return the event's dates as Chinese text, such as 6月19—22日, or "" if they are unknown."""
        if self.starts_on is None or self.last_day is None:
            return ""
        start, end = self.starts_on, self.last_day
        if self.whole_month:
            return f"{start.month}月" if start.month == end.month else f"{start.month}—{end.month}月"
        if start == end:
            return periods.format_chinese_date(start, with_year=False)
        last = f"{end.day}日" if start.month == end.month else periods.format_chinese_date(end, with_year=False)
        return f"{start.month}月{start.day}{'' if start.month == end.month else '日'}—{last}"

    def time_status(self, today: date) -> str:
        """Return the event's status on `today` in Chinese, such as 进行中 (in progress).

        An event whose dates have passed was not necessarily held.
        """
        if self.starts_on is None or self.last_day is None:
            return "时间待定"
        if today < self.starts_on:
            return "未到期"
        if today > self.last_day:
            return "已过期限"
        return "本月" if self.whole_month else "进行中"


EventHistory = create_history_model(Event)
