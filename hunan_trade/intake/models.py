"""Models of monthly returns: their rows, uploads, rounds of review, remarks and exemptions.

A posting links an observation with the round it comes from.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models

from hunan_trade import clock
from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.files.models import StoredFile
from hunan_trade.indicators.models import Observation
from hunan_trade.intake.models_thresholds import Threshold as Threshold
from hunan_trade.lists.models import FeedRecord
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region

USER = settings.AUTH_USER_MODEL


class Status(models.TextChoices):
    FILLING = "filling", "填报中"
    SIGNING = "signing", "待签发"
    SENT = "sent", "待审核"
    GIVEN_BACK = "given_back", "退回修改"
    ACCEPTED = "accepted", "已核定"


class MonthlyReturnQuerySet(RegionScopedQuerySet["MonthlyReturn"]):
    def of_month(self, month: Month) -> MonthlyReturnQuerySet:
        return self.filter(month=month.first)

    def of_year(self, year: int) -> MonthlyReturnQuerySet:
        return self.filter(month__year=year)

    def years(self) -> list[int]:
        """Return the years that have monthly returns, the newest year first."""
        return [day.year for day in self.dates("month", "year", order="DESC")]

    def awaiting_review(self) -> MonthlyReturnQuerySet:
        return self.filter(status=Status.SENT)

    def accepted(self) -> MonthlyReturnQuerySet:
        return self.filter(status=Status.ACCEPTED)

    def unaccepted(self) -> MonthlyReturnQuerySet:
        return self.exclude(status=Status.ACCEPTED)

    def with_region(self) -> MonthlyReturnQuerySet:
        return self.select_related("region")


class MonthlyReturn(FeedRecord):
    region = models.ForeignKey(Region, models.PROTECT, related_name="returns", verbose_name="市州")
    month = models.DateField("月份")
    status = models.CharField("状态", max_length=12, choices=Status, default=Status.FILLING)
    round_number = models.PositiveSmallIntegerField("轮次", default=1)
    version = models.PositiveIntegerField("版次", default=1)  # raised by every edit and move: the optimistic lock
    opens_at = models.DateTimeField("开放时间")
    due_at = models.DateTimeField("截止时间")
    locks_at = models.DateTimeField("锁定时间")
    first_sent_at = models.DateTimeField("首报时间", null=True)  # fixes 按时
    handed_up_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name="送签人")
    handed_up_at = models.DateTimeField("送签时间", null=True)
    note = models.TextField("退给填报人的意见", blank=True)
    nil_reason = models.TextField("零报告原因", blank=True)  # "" when there was something to report

    objects = MonthlyReturnQuerySet.as_manager()

    class Meta:
        verbose_name = "月报"
        ordering = ["-month", "region"]
        constraints = [
            models.UniqueConstraint(fields=["region", "month"], name="return_once_a_city_and_month"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="return_month_is_first_day"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="return_status_known"),
            models.CheckConstraint(condition=models.Q(round_number__gte=1), name="return_rounds_from_one"),
            models.CheckConstraint(
                condition=models.Q(opens_at__lt=models.F("due_at"), due_at__lte=models.F("locks_at")),
                name="return_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region.name_in_text}{self.period.label}月报"

    @property
    def period(self) -> Month:
        return Month.of(self.month)

    @property
    def state(self) -> Status:
        return Status(self.status)

    @property
    def editable(self) -> bool:
        """Whether the return's state allows edits of its figures; the lock date is not checked here."""
        return self.status in (Status.FILLING, Status.GIVEN_BACK)

    def round_under_review(self) -> Round | None:
        """Return the round of review that waits for the province's decision, or None if no round does."""
        return self.rounds.select_related("workbook").filter(decision="").order_by("-number").first()

    def is_on_time(self) -> bool | None:
        """Return whether the city first sent this monthly return by its due time, or None if it was never sent."""
        return None if self.first_sent_at is None else not clock.is_past(self.due_at, self.first_sent_at)

    def is_overdue(self, now: datetime) -> bool:
        return self.first_sent_at is None and clock.is_past(self.due_at, now)


class Row(models.Model):
    """A stored row of one sheet of a monthly return: the texts of its cells as typed or uploaded.

    The texts are not parsed.
    """

    # Found by its unique key alone: each further index would be written with every upload.
    monthly_return = models.ForeignKey(MonthlyReturn, models.CASCADE, related_name="rows", db_index=False)
    dataset = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    texts = models.JSONField()  # column key → text, typed columns only
    version = models.PositiveIntegerField(default=1)
    since = models.PositiveIntegerField(default=1, db_default=1)  # the return's version from which on these texts stand
    # Accounts are never deleted; to look one up for each of 10,000 rows took a tenth of a confirmation.
    edited_by = models.ForeignKey(USER, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    edited_at = models.DateTimeField()

    class Meta:
        verbose_name = "填报行"
        constraints = [models.UniqueConstraint(fields=["monthly_return", "dataset", "key"], name="row_once_a_record")]

    def __str__(self) -> str:
        return f"{self.monthly_return_id} {self.dataset} {self.key}"


class ReplacedRow(models.Model):
    """An earlier state of a return's row, which stood from the return's version `since` until version `until`.

    Written by a trigger with the change (ADR 13), so that no writer of rows can forget it; never changed afterwards.
    """

    monthly_return = models.ForeignKey(MonthlyReturn, models.PROTECT, related_name="+", db_index=False)
    dataset = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    texts = models.JSONField()
    version = models.PositiveIntegerField()
    since = models.PositiveIntegerField()
    until = models.PositiveIntegerField()
    edited_by = models.ForeignKey(USER, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    edited_at = models.DateTimeField()

    class Meta:
        verbose_name = "填报行历史版本"
        constraints = [
            models.CheckConstraint(condition=models.Q(since__lte=models.F("until")), name="replaced_row_stood_before")
        ]
        indexes = [models.Index(fields=["monthly_return", "until"], name="replaced_row_by_version")]

    def __str__(self) -> str:
        return f"{self.monthly_return_id} {self.dataset} {self.key}"


class UploadQuerySet(RegionScopedQuerySet["Upload"]):
    region_field = "monthly_return__region"


class Upload(models.Model):
    """A workbook uploaded for a monthly return; it changes the return only when a user confirms it.

    Once confirmed it stays for ever.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)  # tells nobody how many there are
    monthly_return = models.ForeignKey(MonthlyReturn, models.PROTECT, related_name="uploads")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    name = models.CharField("文件名", max_length=255)
    download = models.CharField(max_length=60, blank=True)  # which one it goes back to, "" where it does not say
    base_version = models.PositiveIntegerField()  # of the return that it was compared with
    received_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    blocking = models.PositiveIntegerField()
    confirmed_at = models.DateTimeField(null=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = "上传"
        ordering = ["-received_at"]

    def __str__(self) -> str:
        return self.name


class WorkbookReading(models.Model):
    """A log entry that a user had one workbook parsed, which counts towards the daily upload limits.

    Deleted after two days.
    """

    read_by = models.ForeignKey(USER, models.CASCADE, related_name="+")
    region = models.ForeignKey(Region, models.CASCADE, related_name="+")  # whose return it is meant for
    read_at = models.DateTimeField()

    class Meta:
        verbose_name = "读文件记录"

    def __str__(self) -> str:
        return f"{self.read_by_id} {self.read_at}"


class RoundQuerySet(RegionScopedQuerySet["Round"]):
    region_field = "monthly_return__region"


class Round(models.Model):
    """A round of review: one sending of a monthly return to the province, and the province's decision on it.

    Cannot be changed once decided.
    """

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", "核定"
        GIVEN_BACK = "given_back", "退回"

    monthly_return = models.ForeignKey(MonthlyReturn, models.PROTECT, related_name="rounds")
    number = models.PositiveSmallIntegerField("轮次")
    receipt = models.CharField("回执号", max_length=40, unique=True)  # 2013-06-长沙-1
    workbook = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="报表文件")
    rows_changed = models.PositiveIntegerField("改动行数", default=0)
    filled_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="填报")
    handed_up_at = models.DateTimeField("送签时间")
    signed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="签发")
    sent_at = models.DateTimeField("送达时间")
    decision = models.CharField("决定", max_length=12, choices=Decision, blank=True)
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name="审核")
    decided_at = models.DateTimeField("决定时间", null=True)
    reason = models.TextField("原因", blank=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = "轮次"
        ordering = ["monthly_return", "number"]
        constraints = [
            models.UniqueConstraint(fields=["monthly_return", "number"], name="round_once"),
            models.CheckConstraint(
                condition=models.Q(decision="", decided_by=None, decided_at=None)
                | models.Q(decision__in=["accepted", "given_back"], decided_by__isnull=False, decided_at__isnull=False),
                name="round_decided_whole",
            ),
            models.CheckConstraint(
                condition=~models.Q(decision="given_back") | ~models.Q(reason=""), name="round_given_back_with_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("signed_by")),
                name="round_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return self.receipt

    @property
    def digest(self) -> str:
        """The SHA-256 of the workbook that the city sent in this round of review."""
        return self.workbook_id


class Remark(models.Model):
    """The province's request to correct a cell, recorded when a monthly return is sent back to the city."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="remarks")
    dataset = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    column = models.CharField(max_length=40)
    cell = models.CharField("单元格", max_length=10)
    record = models.CharField("对象", max_length=120)
    value = models.CharField("原报", max_length=40, blank=True)

    class Meta:
        verbose_name = "退回单元格"
        constraints = [models.UniqueConstraint(fields=["round", "dataset", "key", "column"], name="remark_once_a_cell")]

    def __str__(self) -> str:
        return f"{self.dataset} {self.cell}"


class ExemptionQuerySet(RegionScopedQuerySet["Exemption"]):
    region_field = "monthly_return__region"

    def with_people(self) -> ExemptionQuerySet:
        """Prefetch, for each late-filing or reopening request, its monthly return and who made and decided it.

        By extra queries, not by joins.
        """
        return self.prefetch_related("monthly_return__region", "asked_by", "decided_by")


class Exemption(models.Model):
    """A request to file a return after its lock date or to reopen an accepted return, and the decision on it."""

    class Kind(models.TextChoices):
        LATE = "late", "锁定后补报"
        REOPEN = "reopen", "重新打开"

    class State(models.TextChoices):
        ASKED = "asked", "待批准"
        GRANTED = "granted", "已批准"
        REFUSED = "refused", "未批准"

    monthly_return = models.ForeignKey(MonthlyReturn, models.PROTECT, related_name="exemptions")
    kind = models.CharField("事项", max_length=10, choices=Kind)
    asked_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="提出")
    asked_at = models.DateTimeField("提出时间")
    reason = models.TextField("理由")
    until = models.DateTimeField("期限")
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name="批准")
    decided_at = models.DateTimeField("批准时间", null=True)
    granted = models.BooleanField("同意", null=True)

    objects = ExemptionQuerySet.as_manager()

    class Meta:
        verbose_name = "例外"
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="exemption_has_reason"),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("asked_by")),
                name="exemption_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(granted=None, decided_by=None)
                | models.Q(granted__isnull=False, decided_by__isnull=False),
                name="exemption_decided_whole",
            ),
            models.UniqueConstraint(
                fields=["monthly_return"], condition=models.Q(granted=None), name="exemption_one_open_a_return"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.monthly_return} {self.get_kind_display()}"

    @property
    def state(self) -> str:
        """The state of a late-filing or reopening request (asked, granted, refused), derived from `granted`."""
        decided = self.State.GRANTED if self.granted else self.State.REFUSED
        return self.State.ASKED if self.granted is None else decided

    @state.setter
    def state(self, state: str) -> None:
        self.granted = None if state == self.State.ASKED else state == self.State.GRANTED


class Posting(models.Model):
    """A record of the round of review and the workbook cells from which a statistical value was taken."""

    observation = models.OneToOneField(Observation, models.PROTECT, primary_key=True, related_name="+")
    round = models.ForeignKey(Round, models.PROTECT, related_name="postings")
    cells = models.CharField("单元格", max_length=80)  # 加工贸易企业!F4:F31

    class Meta:
        verbose_name = "入账"

    def __str__(self) -> str:
        return f"{self.round_id}: {self.cells}"
