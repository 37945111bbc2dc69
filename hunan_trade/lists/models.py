"""Models of register records and their changes, and of users' saved views, columns and downloads."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.expressions import Func
from django.db.models.functions import Now

from hunan_trade.accounts.models import User
from hunan_trade.files.models import StoredFile
from hunan_trade.jobs.models import UNFINISHED, Job
from hunan_trade.lists.imports.models import Import as Import
from hunan_trade.lists.imports.models import RememberedMapping as RememberedMapping
from hunan_trade.regions.models import PROVINCE, Region


class TransactionField(models.Field):  # type: ignore[type-arg]  # Django's class takes none
    """Model field for the 64-bit number of a PostgreSQL transaction (xid8).

    It grows in the order in which transactions began.
    """

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        return None if value is None else int(value)

    def to_python(self, value: Any) -> int | None:
        return None if value is None else int(value)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value if value is None or hasattr(value, "resolve_expression") else int(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        return str(value) if isinstance(value, int) else value  # PostgreSQL compares no xid8 with an integer


class CurrentTransaction(Func):
    """Database function that returns the number of the current transaction."""

    function = "pg_current_xact_id"
    arity = 0


class FeedRecord(models.Model):
    """Abstract model of records in a changes feed; `changed_xid` is the ID of the transaction that wrote it last.

    A trigger of the table writes it. Without a history the table is one whose records nobody loses (`feed_tracking`).
    """

    changed_xid = TransactionField("变更序号", db_default=CurrentTransaction(), editable=False)

    class Meta:
        abstract = True


class Record(FeedRecord):
    """Abstract base of register records; the database keeps every version of each record (ADR 19).

    The triggers of its table count the changes: `version` is 1 in a new record and raised by every change.
    """

    version = models.PositiveIntegerField("版本", default=1, db_default=1, editable=False)

    class Meta:
        abstract = True

    @property
    def region_code(self) -> str:
        """Code of the region that the record belongs to; "" if it has no region.

        Audit events about the record name it.
        """
        return getattr(self, "region_id", None) or getattr(self, "city_id", None) or ""


class Act(models.Model):
    """One recorded operation on records of a list, such as an edit or an import, with its user and time.

    The versions that it made point to it. `at` is business time, the same in all acts of a transaction. `by` is empty
    and `by_name` a system's name where no signed-in person acted. `reference` names what the act belongs to, where that
    is more than a form: "import:12", or "act:40", which this one takes back.
    """

    class Kind(models.TextChoices):
        LOADED = "loaded", "载入"
        PUBLISHED = "published", "发布"
        CREATED = "created", "登记"
        EDITED = "edited", "修改"
        DELETED = "deleted", "删除"
        BULK = "bulk", "批量修改"
        IMPORTED = "imported", "导入"
        MOVED = "moved", "办理"
        TAKEN_BACK = "taken_back", "撤回"
        UNDONE = "undone", "整批撤销"
        ATTACHED = "attached", "添加附件"
        DETACHED = "detached", "移除附件"

    kind = models.CharField("方式", max_length=10, choices=Kind)
    listing = models.CharField("名录", max_length=40)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="经手人", db_index=False
    )
    by_name = models.CharField("经手", max_length=150)
    at = models.DateTimeField("时间")
    reason = models.TextField("原因", blank=True)
    reference = models.CharField("来由", max_length=60, blank=True)

    class Meta:
        verbose_name = "办理"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=[
                        "loaded",
                        "published",
                        "created",
                        "edited",
                        "deleted",
                        "bulk",
                        "imported",
                        "moved",
                        "taken_back",
                        "undone",
                        "attached",
                        "detached",
                    ]
                ),
                name="act_kind_known",
            ),
            models.CheckConstraint(condition=~models.Q(by_name=""), name="act_says_who"),
        ]
        indexes = [
            models.Index(fields=["reference"], name="act_by_reference", condition=~models.Q(reference="")),
            models.Index(fields=["by", "at"], name="act_of_attaching", condition=models.Q(kind="attached")),
        ]

    def __str__(self) -> str:
        return f"{self.by_name} {self.get_kind_display()}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def of_record(self, listing: str, key: int) -> AttachmentQuerySet:
        """Filter to the attachments that a record has or had, in the order in which they were added."""
        found = self.filter(listing=listing, record=key)
        return found.select_related("file", "added", "removed").order_by("added__at", "added")

    def current(self) -> AttachmentQuerySet:
        return self.filter(removed=None)


class Attachment(models.Model):
    """A file attached to a record of a list, with references to the operations that added and removed it.

    Whoever sees the record may download it, after its removal, too, from the record's timeline. A row is never deleted;
    the one change that the database allows is the removal. `kind` is the suffix of the file's content, `document` the code of
    one of the list's `documents`, or "" for any other file.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    listing = models.CharField("名录", max_length=40)
    record = models.BigIntegerField("记录")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="文件")
    name = models.CharField("文件名", max_length=100)
    kind = models.CharField("类型", max_length=4)
    document = models.CharField("文件种类", max_length=30, blank=True)
    added = models.ForeignKey(Act, models.PROTECT, related_name="+", verbose_name="添加", db_index=False)
    removed = models.ForeignKey(Act, models.PROTECT, null=True, related_name="+", verbose_name="移除", db_index=False)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = "附件"
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "record", "file"], condition=models.Q(removed=None), name="attachment_once_a_record"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["pdf", "jpg", "png", "docx", "xlsx"]), name="attachment_kind_known"
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="attachment_named"),
        ]
        indexes = [models.Index(fields=["listing", "record"], name="attachments_of_record")]

    def __str__(self) -> str:
        return self.name


class BulkEdit(models.Model):
    """A prepared edit of many records, with the changes, the chosen records and the versions that the user saw.

    `operations` are by field: ["set", value], ["clear"], ["add", values] or ["remove", values]. `versions` are those of
    the records with `keys`, in the same order. `query` is the query string of the list that they were chosen from.
    """

    listing = models.CharField("名录", max_length=40)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="经手人", db_index=False
    )
    operations = models.JSONField("改法")
    reason = models.TextField("原因")
    keys = ArrayField(models.BigIntegerField(), verbose_name="记录")
    versions = ArrayField(models.PositiveIntegerField(), verbose_name="版本")
    query = models.TextField("条件", blank=True)
    created_at = models.DateTimeField("时间", db_default=Now())
    written_at = models.DateTimeField("写入时间", null=True)

    class Meta:
        verbose_name = "批量修改"

    def __str__(self) -> str:
        return f"批量修改 {self.pk}"

    @property
    def reference(self) -> str:
        """The text with which the recorded edit (`Act`) refers to this bulk edit, such as bulk:12."""
        return f"bulk:{self.pk}"


# --- What readers choose --------------------------------------------------------------------------------------------
class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> SavedViewQuerySet:
        """Filter to the user's personal saved views and those shared in the user's region (the province or a city)."""
        return self.filter(
            models.Q(region=None, owner=user) | models.Q(region__isnull=False, region=view_sharing_region(user))
        )

    def of_list(self, code: str) -> SavedViewQuerySet:
        """Filter to the saved views of one list, shared views first.

        They are in the order of their making.
        """
        return self.filter(listing=code).order_by(models.F("region").asc(nulls_last=True), "pk")


def view_sharing_region(user: User) -> str | None:
    """Return the code of the region whose accounts share saved views: the province or the user's city; None for others."""
    return PROVINCE if user.is_province else user.region_id if user.is_city else None


class SavedView(models.Model):
    """A saved view of a list, shown as a tab, with its filters, sort order and columns.

    It is one's own, or for the people of a region. `parameters` are those of the address, by name; `words` say each in
    words, for the day when it is gone.
    """

    listing = models.CharField("名录", max_length=40)
    title = models.CharField("名称", max_length=20)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="建立人")
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, related_name="+", verbose_name="本组"
    )  # null: one's own
    parameters = models.JSONField("条件", default=dict)
    words = models.JSONField("条件文字", default=dict)
    is_default = models.BooleanField("本组默认", default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = "视图"
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "region", "title"],
                condition=models.Q(region__isnull=False),
                name="view_title_once_a_group",
            ),
            models.UniqueConstraint(
                fields=["listing", "owner", "title"], condition=models.Q(region=None), name="view_title_once_an_owner"
            ),
            models.UniqueConstraint(
                fields=["listing", "region"], condition=models.Q(is_default=True), name="view_one_default_a_group"
            ),
            models.CheckConstraint(
                condition=models.Q(is_default=False) | models.Q(region__isnull=False), name="view_default_of_a_group"
            ),
            models.CheckConstraint(condition=~models.Q(title=""), name="view_titled"),
        ]

    def __str__(self) -> str:
        return self.title


class ColumnChoice(models.Model):
    """The columns of a list that a user has chosen to see, in their order."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="账号")
    listing = models.CharField("名录", max_length=40)
    columns = ArrayField(models.CharField(max_length=40), verbose_name="列")

    class Meta:
        verbose_name = "列的选择"
        constraints = [models.UniqueConstraint(fields=["user", "listing"], name="columns_chosen_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.listing}"


# --- Files that jobs write ------------------------------------------------------------------------------------------
class ListDownloadQuerySet(models.QuerySet["ListDownload"]):
    def visible_to(self, user: User) -> ListDownloadQuerySet:
        """Filter to the list downloads that the user requested with the role and region that the user has now."""
        return self.filter(by=user, role=user.role, region=user.region_id or "")

    def unfinished(self) -> ListDownloadQuerySet:
        return self.filter(job__state__in=UNFINISHED)

    def expired(self) -> ListDownloadQuerySet:
        """Filter to the list downloads that were requested longer ago than LIST_DOWNLOADS_KEPT."""
        limit = Now() - models.Value(settings.LIST_DOWNLOADS_KEPT, output_field=models.DurationField())
        return self.filter(created_at__lt=limit)


class ListDownload(models.Model):
    """A download of a list that a background job writes for one user.

    That person alone may get it, and only with the same role and region. `address` is the query string of the download.
    `asked_at` is the business time at which words such as 本月 are read; `created_at` is the real time from which the
    file is stored for LIST_DOWNLOADS_KEPT.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    listing = models.CharField("名录", max_length=40)
    address = models.TextField("条件")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="导出人")
    role = models.CharField("角色", max_length=20)
    region = models.CharField("地区", max_length=6, blank=True)
    asked_at = models.DateTimeField("要求时间")
    created_at = models.DateTimeField(db_default=Now())
    job = models.OneToOneField(Job, models.PROTECT, related_name="+", verbose_name="任务")
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+", verbose_name="文件")
    name = models.CharField("文件名", max_length=120, blank=True)
    count = models.PositiveIntegerField("条数", null=True)

    objects = ListDownloadQuerySet.as_manager()

    class Meta:
        verbose_name = "导出"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(file=None, name="", count=None)
                | models.Q(file__isnull=False, count__isnull=False) & ~models.Q(name=""),
                name="download_file_with_name_and_count",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.listing

    @property
    def expires_at(self) -> datetime:
        """Time after which the download's file is deleted: LIST_DOWNLOADS_KEPT after the request, in real time."""
        return self.created_at + settings.LIST_DOWNLOADS_KEPT
