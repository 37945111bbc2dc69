"""Declares the list of the terminations of projects, in which city leads find those to confirm."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Listing, Parts, RecordPanel, RecordTop, View
from hunan_trade.lists.filters import ChoicesFilter, DaysFilter, ListFilterSet, RegionFilter
from hunan_trade.ui.components import StateKind
from projects.actions_terminations import TERMINATION_MOVES
from projects.choices import TerminationState
from projects.models import Project
from projects.models_terminations import Termination

_STATE_COLOURS: dict[str, StateKind] = {TerminationState.PROPOSED: "warn", TerminationState.GIVEN_BACK: "bad"}
_STATE = field(Termination, "state", kind=kinds.state(_STATE_COLOURS, dict(TerminationState.choices)), sort=())


class TerminationFilter(ListFilterSet):
    city = RegionFilter()
    state = ChoicesFilter()
    effective_on = DaysFilter()


def _page(termination: Any) -> str:
    return reverse("project-terminations:detail", args=[termination.pk])


def _terminations_of(project: int) -> Any:
    return Termination.objects.filter(project=project).select_related("proposed_by", "decided_by").order_by("pk")


_PROPOSED = (
    Column("proposed_by", "提出人", kinds.CODE, source="proposed_by.name", sort=("proposed_by__name",)),
    field(Termination, "proposed_at"),
)
_DECIDED_BY = Column("decided_by", "处理人", kinds.CODE, source="decided_by.name")

TERMINATIONS_OF_PROJECT = RecordPanel(
    title="终止",
    columns=(
        field(Termination, "effective_on", link=_page, sort=()),
        _STATE,
        field(Termination, "note", sort=()),
        *_PROPOSED,
        _DECIDED_BY,
        field(Termination, "decided_reason", sort=()),
    ),
    records=_terminations_of,
    note="点日期看这一次的经过，有权限的在那里办理",
    empty=("没有提出过终止", "不再推进的项目，由填报人提出终止，市州负责人确认。"),
)

PROJECT_TERMINATIONS = Listing(
    code="project-terminations",
    title="项目终止",
    noun="次",
    see=Permission.SEE_FIGURES,
    rows=lambda: Termination.objects.select_related("project", "city", "proposed_by", "decided_by"),
    columns=(
        Column(
            "project",
            "项目",
            source="project.name",
            sort=("project__name_order",),
            link=lambda termination: reverse("projects:detail", args=[termination.project.code]),
        ),
        Column("code", "编号", kinds.CODE, source="project.code", sort=("project__code",)),
        field(Termination, "city"),
        field(Termination, "effective_on", link=_page),
        _STATE,
        field(Termination, "note", sort=()),
        *_PROPOSED,
        _DECIDED_BY,
        field(Termination, "decided_at", default=False),
        field(Termination, "decided_reason", default=False, sort=()),
    ),
    filters=TerminationFilter,
    ordering=("-proposed_at",),
    search=("project__name", "project__code"),
    views=(View("待确认", "state=proposed"), View("退回", "state=given_back")),
    reads=(Termination, Project, "regions_change", "accounts_change"),
    moves=(TERMINATION_MOVES,),
    record_page=RecordTop("projects/_step.html", lambda user, termination: termination.project),
    parts=Parts(search=False),
    about="由填报人提出，市州负责人确认；省厅可以直接终止",
    empty=("没有终止的项目", "在项目页提出终止，提出后在此列出。"),
)
