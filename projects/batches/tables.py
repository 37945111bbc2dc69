"""Declares the lists of batches, of the projects in batches, and of decisions on their minimum investment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.urls import reverse

from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import (
    PAGE_AND_FILES,
    Action,
    BelongsTo,
    Editing,
    FieldGroup,
    Listing,
    Panel,
    Parts,
    RecordBlock,
    RecordPanel,
    RecordTop,
    View,
)
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from projects.batches.actions import MEMBERSHIPS, save_batches
from projects.batches.batch_panels import batch_panel, batches_panel
from projects.batches.filters import BatchFilter, BatchMembershipFilter, BatchThresholdFilter
from projects.batches.models import Batch, BatchMembership, BatchThreshold
from projects.models import Project
from targets.models import ItemIdentity


def _plan_item_url(batch: Batch) -> str:
    return batch.item.get_absolute_url() if batch.item else ""


PROJECT_BATCHES = Listing(
    code="batches",
    title="湘南批次",
    noun="批",
    see=Permission.SEE_FIGURES,
    rows=lambda: Batch.objects.select_related("item"),
    columns=(
        field(Batch, "name", link=lambda batch: reverse("batches:detail", args=[batch.pk])),
        field(Batch, "number", kind=column_kinds.CODE),
        field(Batch, "planned_size"),
        field(Batch, "opened_on"),
        field(Batch, "item", title="要点条目", source="item.number_text", sort=("item__number",), link=_plan_item_url),
        field(Batch, "note", sort=()),
    ),
    filters=BatchFilter,
    ordering=("number",),
    reads=(Batch, "targets_change"),
    belongs_to=(BelongsTo(ItemIdentity, "item", "item"),),
    above=Panel("projects/_batches.html", batches_panel),
    record_blocks=(RecordBlock("projects/_batch.html", batch_panel),),
    actions=(
        Action("列入和退出记录", "batch-memberships:home", Permission.SEE_FIGURES),
        Action("投资额下限", "batch-thresholds:home", Permission.SEE_FIGURES),
        Action("重大转移项目库", "projects:home", Permission.SEE_FIGURES),
        Action("登记批次", "batches:new", Permission.DECIDE_BATCHES),
    ),
    editing=Editing(
        Permission.DECIDE_BATCHES,
        save_batches,
        (FieldGroup("批次", ("number", "name", "planned_size", "opened_on", "item", "note")),),
        reason_for=frozenset({"planned_size", "opened_on", "item"}),
    ),
    parts=Parts(search=False),
    about="批次由省厅负责人定，项目由省厅列入和退出",
    empty=("还没有批次", "由省厅负责人登记批次，定名额和启动日期，再在项目库里列入项目。"),
)


# --- Memberships ----------------------------------------------------------------------------------------------------
def _membership_url(membership: BatchMembership) -> str:
    return reverse("batch-memberships:detail", args=[membership.pk])


_ABOUT_MEMBERSHIP = (
    field(BatchMembership, "joined_on", link=_membership_url),
    field(BatchMembership, "left_on"),
    Column("state", "在册情况", column_kinds.CODE, source="state_text"),
    field(BatchMembership, "note", sort=()),
    field(BatchMembership, "left_reason", sort=()),
    Column("entered_by", "登记人", column_kinds.CODE, source="entered_by.name", sort=("entered_by__name",)),
    field(BatchMembership, "entered_at", default=False),
    Column("left_by", "退出登记人", column_kinds.CODE, source="left_by.name", default=False),
    field(BatchMembership, "left_at", default=False),
)
_BATCH = field(
    BatchMembership,
    "batch",
    source="batch.name",
    sort=("batch__number",),
    link=lambda membership: reverse("batches:detail", args=[membership.batch_id]),
)

BATCH_MEMBERSHIPS = Listing(
    code=MEMBERSHIPS,
    title="批次名单",
    noun="条",
    see=Permission.SEE_FIGURES,
    rows=lambda: BatchMembership.objects.select_related("project", "batch", "city", "entered_by", "left_by"),
    columns=(
        Column(
            "project",
            "项目",
            source="project.name",
            sort=("project__name_order",),
            link=lambda membership: reverse("projects:detail", args=[membership.project.code]),
        ),
        Column("code", "编号", column_kinds.CODE, source="project.code", sort=("project__code",)),
        field(BatchMembership, "city"),
        _BATCH,
        *_ABOUT_MEMBERSHIP,
    ),
    filters=BatchMembershipFilter,
    ordering=("-joined_on",),
    search=("project__name", "project__code"),
    views=(View("在册", "left_on=no"), View("已退出", "left_on=yes")),
    reads=(BatchMembership, Batch, Project, "regions_change", "accounts_change"),
    belongs_to=(BelongsTo(Batch, "batch", "batch", title="列入和退出记录"),),
    record_page=RecordTop("projects/_step.html", lambda user, membership: membership.project),
    parts=Parts(search=False),
    about="在项目页或项目库里勾选后列入、退出；退出的留在这里",
    empty=("还没有列入的项目", "在项目库里勾选项目，列入批次后在此列出。"),
)


def _memberships_of(project: int) -> Any:
    found = BatchMembership.objects.select_related("batch", "entered_by", "left_by")
    return found.filter(project=project).order_by("joined_on", "pk")


BATCHES_OF_PROJECT = RecordPanel(
    title="批次",
    columns=tuple(replace(column, sort=()) for column in (_BATCH, *_ABOUT_MEMBERSHIP)),
    records=_memberships_of,
    empty=("没有列入批次", "湘南三市的重大项目，由省厅列入批次。"),
)


# --- Thresholds -----------------------------------------------------------------------------------------------------
BATCH_THRESHOLDS = Listing(
    code="batch-thresholds",
    title="批次投资额下限",
    noun="项",
    see=Permission.SEE_FIGURES,
    rows=lambda: BatchThreshold.objects.select_related("decided_by"),
    columns=(
        field(BatchThreshold, "holds_from"),
        field(BatchThreshold, "least_usd", kind=column_kinds.WAN_USD),
        field(BatchThreshold, "reason"),
        field(BatchThreshold, "decided_by", source="decided_by.name", sort=("decided_by__name",)),
        field(BatchThreshold, "decided_at"),
    ),
    filters=BatchThresholdFilter,
    ordering=("-decided_at",),
    search=("reason", "decided_by__name"),
    actions=(
        Action("定投资额下限", "batch-threshold-decide", Permission.DECIDE_BATCHES),
        Action("湘南批次", "batches:home", Permission.SEE_FIGURES),
    ),
    about="鼓励类产业项目列入批次要达到的总投资，5,000 万美元起，另定的自所定日起；基础设施和公共服务平台不限",
    empty=("没有另定的下限", "按 5,000 万美元；省厅负责人另定的，在此列出。"),
    parts=PAGE_AND_FILES,
)
THRESHOLDS_IN_FORCE = PageTable(
    "投资额下限",
    (
        Column("from_text", "自何日起", column_kinds.CODE),
        Column("least_usd", "投资额下限", column_kinds.WAN_USD),
    ),
)
