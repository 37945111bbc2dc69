"""Declares the list of the steps of projects, which is the province's queue of steps to confirm, too."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Listing, Parts, RecordPanel, RecordTop, View
from hunan_trade.lists.filters import ChoicesFilter, DaysFilter, ListFilterSet, RegionFilter
from hunan_trade.ui.components import StateKind
from projects.actions_stages import STEP_MOVES
from projects.choices import EntryState
from projects.models import Project
from projects.models_stages import StageEntry

_STATE_COLOURS: dict[str, StateKind] = {
    EntryState.UNACCEPTED: "warn",
    EntryState.AWAITING_LEAD: "warn",
    EntryState.AWAITING_PROVINCE: "warn",
    EntryState.VALID: "ok",
    EntryState.GIVEN_BACK: "bad",
}
_STATE = field(StageEntry, "state", kind=kinds.state(_STATE_COLOURS, dict(EntryState.choices)), sort=())


class StageEntryFilter(ListFilterSet):
    city = RegionFilter()
    stage = ChoicesFilter()
    state = ChoicesFilter()
    effective_on = DaysFilter()


def _page(entry: Any) -> str:
    return reverse("project-stages:detail", args=[entry.pk])


def _steps_of(project: int) -> Any:
    return StageEntry.objects.filter(project=project).select_related("entered_by", "decided_by").order_by("pk")


_STAGE = field(StageEntry, "stage", link=_page, sort=())
_ENTERED = (
    Column("entered_by", "登记人", kinds.CODE, source="entered_by.name", sort=("entered_by__name",)),
    field(StageEntry, "entered_at", title="登记时间"),
)
_DECIDED_BY = Column("decided_by", "处理人", kinds.CODE, source="decided_by.name")

STEPS_OF_PROJECT = RecordPanel(
    title="阶段登记",
    columns=(
        _STAGE,
        field(StageEntry, "effective_on", sort=()),
        _STATE,
        *_ENTERED,
        field(StageEntry, "note", sort=()),
        _DECIDED_BY,
        field(StageEntry, "decided_reason", sort=()),
    ),
    records=_steps_of,
    note="点阶段看这一步的经过，有权限的在那里办理",
    empty=("还没有登记阶段", "登记签约后在此列出每一步。"),
)

PROJECT_STAGES = Listing(
    code="project-stages",
    title="项目阶段登记",
    noun="步",
    see=Permission.SEE_FIGURES,
    rows=lambda: StageEntry.objects.select_related("project", "city", "entered_by", "decided_by"),
    columns=(
        Column(
            "project",
            "项目",
            source="project.name",
            sort=("project__name_order",),
            link=lambda entry: reverse("projects:detail", args=[entry.project.code]),
        ),
        Column("code", "编号", kinds.CODE, source="project.code", sort=("project__code",)),
        _STAGE,
        field(StageEntry, "city"),
        field(StageEntry, "effective_on"),
        _STATE,
        field(StageEntry, "note", sort=()),
        *_ENTERED,
        _DECIDED_BY,
        field(StageEntry, "decided_at", default=False),
        field(StageEntry, "decided_reason", default=False, sort=()),
    ),
    filters=StageEntryFilter,
    ordering=("-entered_at",),
    search=("project__name", "project__code"),
    views=(
        View("待省厅确认", "state=awaiting_province"),
        View("未核定", "state=unaccepted"),
        View("退回", "state=given_back"),
    ),
    reads=(StageEntry, Project, "regions_change", "accounts_change"),
    moves=(STEP_MOVES,),
    record_page=RecordTop("projects/_step.html", lambda user, entry: entry.project),
    parts=Parts(search=False),
    about="签约、投产随月报核定，落地、营运由省厅确认",
    empty=("还没有登记阶段", "在项目页登记签约、落地、投产、营运，登记后在此列出。"),
)
