"""Models of reports, their files, their issue numbers and the monthly returns on which they are based.

An issued report is never changed: triggers hold its row, and the tables beside it only ever grow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Subquery
from django.db.models.functions import Coalesce

from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.models import Event
from hunan_trade.files.models import StoredFile
from hunan_trade.intake.models import Round
from hunan_trade.lists.models import FeedRecord
from hunan_trade.periods import Month
from reporting import kinds

if TYPE_CHECKING:
    from hunan_trade.accounts.models import User

USER = settings.AUTH_USER_MODEL


class Status(models.TextChoices):
    DRAFT = "draft", "草稿"
    REVIEWING = "reviewing", "待审核"
    REVIEWED = "reviewed", "待签发"
    ISSUED = "issued", "已签发"


class Format(models.TextChoices):
    DOCX = "docx", ".docx"
    PDF = "pdf", ".pdf"
    XLSX = "xlsx", ".xlsx"
    HTML = "html", ".html"


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: User) -> ReportQuerySet:
        """Return the reports that a user may see: the province sees all reports, a city only issued reports."""
        if user.is_province:
            return self
        return self.issued() if user.may(Permission.SEE_REPORTS) else self.none()

    def issued(self) -> ReportQuerySet:
        return self.filter(status=Status.ISSUED)

    def in_force(self) -> ReportQuerySet:
        """Return the reports that are issued and not voided."""
        return self.issued().filter(voiding=None)

    def of_kind(self, kind: str) -> ReportQuerySet:
        return self.filter(kind=kind)

    def of_period(self, kind: str, month: Month) -> ReportQuerySet:
        return self.filter(kind=kind, month=month.first)

    def before(self, month: Month) -> ReportQuerySet:
        return self.filter(month__lt=month.first)

    def years(self) -> list[int]:
        """Return the years that have reports, the newest first."""
        return list(self.order_by("-year").values_list("year", flat=True).distinct())

    def without_content(self) -> ReportQuerySet:
        """Return the reports without loading their large field `content`, for lists of reports."""
        return self.defer("content").select_related("voiding")


class Report(FeedRecord):
    kind = models.CharField("种类", max_length=40)
    month = models.DateField("期间末月")  # the last month of the period: a quarter's third
    edition = models.PositiveSmallIntegerField("稿次", default=1)  # raised when an issued one was voided
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.DRAFT)
    content = models.JSONField("内容")
    content_sha256 = models.CharField("内容 SHA-256", max_length=64)
    written_at = models.DateTimeField("起草时间")
    drafted_by = models.ForeignKey(
        USER, models.PROTECT, null=True, related_name="+", verbose_name="起草"
    )  # null: a job
    edits = models.PositiveSmallIntegerField("改过的段落", default=0)
    asked_at = models.DateTimeField("送审时间", null=True)
    note = models.TextField("退回意见", blank=True)
    reviewed_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name="审核")
    reviewed_at = models.DateTimeField("审核时间", null=True)
    issued_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name="签发")
    issued_at = models.DateTimeField("签发时间", null=True)
    missing_confirmed = models.BooleanField("确认缺报市州", default=False)  # by whoever issued, when they issued
    year = models.PositiveSmallIntegerField("编号年度")
    number = models.PositiveSmallIntegerField("期号", null=True)
    document_number = models.CharField("发文字号", max_length=60, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = "通报调度"
        ordering = ["-month", "kind", "-edition"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "month", "edition"], name="report_once_a_period"),
            models.UniqueConstraint(fields=["kind", "year", "number"], name="report_number_once_a_series"),
            models.UniqueConstraint(
                fields=["document_number"], condition=~Q(document_number=""), name="report_document_number_once"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="report_month_is_first_day"),
            models.CheckConstraint(condition=Q(year=F("month__year")), name="report_year_is_its_periods"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="report_status_known"),
            models.CheckConstraint(condition=Q(content_sha256__regex=r"^[0-9a-f]{64}$"), name="report_sealed"),
            models.CheckConstraint(
                name="report_reviewed_whole",
                condition=Q(status__in=["draft", "reviewing"], reviewed_by=None, reviewed_at=None)
                | Q(status__in=["reviewed", "issued"], reviewed_by__isnull=False, reviewed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="report_issued_whole",
                condition=Q(status="issued", number__isnull=False, issued_by__isnull=False, issued_at__isnull=False)
                & Q(number__gte=1)  # alone it would let a missing number pass: a check refuses what is false, not null
                | Q(status__in=["draft", "reviewing", "reviewed"], number=None, issued_by=None, issued_at=None),
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(drafted_by__isnull=False), name="report_beyond_draft_has_drafter"
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | Q(drafted_by=None) | ~Q(reviewed_by=F("drafted_by")),
                name="report_reviewer_did_not_draft",
            ),
            models.CheckConstraint(
                condition=Q(issued_by=None) | Q(drafted_by=None) | ~Q(issued_by=F("drafted_by")),
                name="report_issuer_did_not_draft",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_kind.period_label(self.period)}{self.report_kind.series}"

    @property
    def period(self) -> Month:
        """The last month that the report covers: a monthly report's month, or the third month of its quarter."""
        return Month.of(self.month)

    @property
    def report_kind(self) -> kinds.ReportKind:
        return kinds.get(self.kind)

    @property
    def state(self) -> Status:
        return Status(self.status)

    @property
    def issue(self) -> str:
        """The issue number in Chinese, such as 2013年第6期, or "" before the report is issued."""
        return f"{self.year}年第{self.number}期" if self.number else ""

    @property
    def missing_cities(self) -> list[dict[str, Any]]:
        """The cities missing from the report's totals, each with the status of its monthly return, such as 未报送."""
        found: list[dict[str, Any]] = self.content["facts"]["excluded"]
        return found

    @property
    def voided(self) -> bool:
        return hasattr(self, "voiding")

    @property
    def frozen(self) -> bool:
        return self.status == Status.ISSUED

    @property
    def writer_ids(self) -> frozenset[int]:
        """The ids of the users who edited the report or requested its review."""
        log = Event.objects.of(self._meta.label_lower, self.pk)
        last_unedited_draft = log.filter(verb="report.drafted", after__kept=0).order_by("-seq").values("seq")[:1]
        edits = log.filter(verb="report.edited", seq__gt=Coalesce(Subquery(last_unedited_draft), 0))
        writers = {*edits.values_list("actor_id", flat=True), self.drafted_by_id}
        return frozenset(pk for pk in writers if pk is not None)


class Source(models.Model):
    """A link from an issued report to an accepted submission of a monthly return on which the report is based."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="sources")
    round = models.ForeignKey(Round, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "依据的月报"
        constraints = [models.UniqueConstraint(fields=["report", "round"], name="source_once_a_report")]

    def __str__(self) -> str:
        return f"{self.report_id}: {self.round_id}"


class ReportFile(models.Model):
    """The file of an issued report in one file format, such as .docx."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="files")
    format = models.CharField("格式", max_length=4, choices=Format)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "通报文件"
        constraints = [
            models.UniqueConstraint(fields=["report", "format"], name="report_file_once_a_format"),
            models.CheckConstraint(condition=Q(format__in=Format.values), name="report_file_format_known"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id}.{self.format}"


class VoidingQuerySet(models.QuerySet["Voiding"]):
    def visible_to(self, user: User) -> VoidingQuerySet:
        """Return the decisions that voided reports, for those reports that the user may see."""
        return self.filter(report__in=Report.objects.visible_to(user))


class Voiding(FeedRecord):
    """The decision that an issued report is void, with its reason.

    The report keeps its number, its text and its files.
    """

    report = models.OneToOneField(Report, models.PROTECT, primary_key=True, related_name="voiding")
    reason = models.TextField("原因")
    decided_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="作废")
    decided_at = models.DateTimeField("作废时间")

    objects = VoidingQuerySet.as_manager()

    class Meta:
        verbose_name = "作废"
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="voiding_has_reason")]

    def __str__(self) -> str:
        return str(self.report_id)


class IssueCounter(models.Model):
    """The last issue number used for a kind of report in a year.

    One row for each kind and year, raised in the transaction that issues.
    """

    kind = models.CharField("种类", max_length=40)
    year = models.PositiveSmallIntegerField("年度")
    last = models.PositiveSmallIntegerField("末号", default=0)

    class Meta:
        verbose_name = "期号"
        constraints = [models.UniqueConstraint(fields=["kind", "year"], name="counter_once_a_series")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"
