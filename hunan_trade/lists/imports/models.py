"""Models of imports into lists, and of column mappings remembered for the next import."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from hunan_trade.accounts.models import User
from hunan_trade.files.models import StoredFile
from hunan_trade.regions.models import Region

JOB_KIND = "lists.import"  # of the job that writes a large import


class ImportQuerySet(models.QuerySet["Import"]):
    def visible_to(self, user: User) -> Self:
        """Filter to the user's own imports.

        What was found in a file is what its owner may see.
        """
        return self.filter(by=user)

    def of_list(self, code: str) -> Self:
        return self.filter(listing=code)


class Import(models.Model):
    """A spreadsheet that a user imports into a list, from the upload to the result.

    `table` says where its records are (sheet, head_row, depth), `mapping` what its columns mean, `fills` what new
    records get where it has no column. `facts` are what was true at the check, by row (`row_comparison.Row.facts`): if they are
    not any more when it is confirmed, it is checked again. `result` is what the pages show of the check, later of what
    was written.
    """

    class State(models.TextChoices):
        MAPPING = "mapping", "对应列"
        CHECKED = "checked", "检查完"
        WRITING = "writing", "正在写入"
        WRITTEN = "written", "已写入"
        UNDONE = "undone", "已撤销"
        DROPPED = "dropped", "不导入了"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)  # tells nobody how many there are
    listing = models.CharField("名录", max_length=40)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="文件")
    name = models.CharField("文件名", max_length=255)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="经手人")
    received_at = models.DateTimeField("上传时间")
    state = models.CharField("状态", max_length=10, choices=State, default=State.MAPPING)
    version = models.PositiveIntegerField("版本", default=1)
    table = models.JSONField("表的位置", default=dict)
    mapping = models.JSONField("对应列", default=list)
    fills = models.JSONField("新增必填", default=dict)
    choices = models.JSONField("选择", default=dict)
    facts = models.JSONField("检查时的记录", default=dict)
    result = models.JSONField("检查结果", default=dict)
    reason = models.TextField("说明", blank=True)
    written_at = models.DateTimeField("写入时间", null=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = "导入"
        ordering = ["-received_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["mapping", "checked", "writing", "written", "undone", "dropped"]),
                name="import_state_known",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> str:
        """The text by which recorded operations refer to this import: "import:" and its UUID."""
        return f"import:{self.pk}"


class RememberedMapping(models.Model):
    """A column mapping from an earlier import, which is suggested to the accounts of the same region.

    It is for the next such file.
    """

    listing = models.CharField("名录", max_length=40)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="本组")
    fingerprint = models.CharField("表头", max_length=64)
    columns = models.JSONField("对应列")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="经手人")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "记住的对应"
        constraints = [
            models.UniqueConstraint(fields=["listing", "region", "fingerprint"], name="mapping_remembered_once")
        ]

    def __str__(self) -> str:
        return f"{self.listing} {self.fingerprint[:8]}"
