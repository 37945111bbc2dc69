"""Table of work plan drafts, and a base class for models with a version number."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.files.models import StoredFile

# The fields of a draft that describe the document as a whole.
HEAD_FIELDS = ("year", "title", "issuer", "number", "addressees", "issued_on")
YEARS = range(2000, 2101)  # of plans; a document that names another has none, and an officer says which


class Versioned(models.Model):
    """Base class of models whose version number increases with every change.

    A change names the version that the page showed.
    """

    version = models.PositiveIntegerField("改动次数", default=1)

    class Meta:
        abstract = True


class PlanDraftQuerySet(models.QuerySet["PlanDraft"]):
    def visible_to(self, user: User) -> Self:
        """Return all work plan drafts if the user may maintain work plans, otherwise an empty query set."""
        return self if user.may(Permission.MAINTAIN_PLAN) else self.none()

    def open(self) -> Self:
        return self.filter(state=PlanDraft.State.OPEN)


class PlanDraft(Versioned):
    class State(models.TextChoices):
        OPEN = "open", "校核中"
        PUBLISHED = "published", "已发布"
        DISCARDED = "discarded", "已弃用"

    year = models.PositiveSmallIntegerField("年度", null=True)  # null: the document does not say
    title = models.CharField("标题", max_length=200, blank=True)
    issuer = models.CharField("印发单位", max_length=60, blank=True)
    number = models.CharField("文号", max_length=60, blank=True)
    addressees = models.CharField("主送", max_length=200, blank=True)
    issued_on = models.DateField("印发日期", null=True)
    source = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="原件")
    source_name = models.CharField("文件名", max_length=255)
    nodes = models.JSONField("内容")  # a list of nodes as docs/plan-reading.md has them, each with its "kind"
    text_digest = models.CharField("原文校验", max_length=64)  # of all texts without white space: nothing gets lost
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    plan = models.ForeignKey(
        "targets.WorkPlan", models.PROTECT, null=True, related_name="drafts", verbose_name="发布为"
    )
    follows = models.ForeignKey(  # null: the year had no plan yet
        "targets.WorkPlan", models.PROTECT, null=True, related_name="+", verbose_name="起草时的现行版"
    )
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="读入")
    made_at = models.DateTimeField("读入时间")
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="最后改动")
    changed_at = models.DateTimeField("最后改动时间")

    objects = PlanDraftQuerySet.as_manager()

    class Meta:
        app_label = "targets"
        verbose_name = "要点校核稿"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["open", "published", "discarded"]), name="draft_state_known"),
            models.CheckConstraint(
                condition=Q(state="published", plan__isnull=False) | (~Q(state="published") & Q(plan=None)),
                name="draft_published_names_its_plan",
            ),
            models.CheckConstraint(
                condition=Q(year=None) | Q(year__gte=YEARS[0], year__lte=YEARS[-1]), name="draft_year"
            ),
            models.CheckConstraint(
                condition=Q(text_digest__regex=r"^[0-9a-f]{64}$"), name="draft_text_digest_is_sha256"
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.source_name

    @property
    def head_fields(self) -> dict[str, object]:
        return {field: getattr(self, field) for field in HEAD_FIELDS}

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN
