"""Declares the list of pairs of projects that may be duplicates, on which officers decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Listing, Parts, RecordBlock, View
from hunan_trade.lists.filters import ChoicesFilter, DaysFilter, ListFilterSet, RegionFilter
from hunan_trade.ui.component_data import StateKind
from projects.choices import PairState
from projects.duplicates.actions import PAIR_MOVES
from projects.duplicates.candidates import LISTING
from projects.duplicates.compared_projects import compared_projects
from projects.models import Project, ProjectPair

STATE_COLOURS: dict[str, StateKind] = {PairState.WAITING: "warn", PairState.SAME: "ok"}
PAIR_STATE = column_kinds.state(STATE_COLOURS, dict(PairState.choices))


class ProjectPairFilter(ListFilterSet):
    city = RegionFilter()
    state = ChoicesFilter()
    found_at = DaysFilter()


def _project_page_link(name: str) -> Callable[[Any], str]:
    return lambda pair: reverse("projects:detail", args=[getattr(pair, name).code])


def _project_columns(name: str, title: str) -> tuple[Column, Column, Column]:
    """Return the list columns with the code, name and city of one of the two projects of a pair."""
    return (
        Column(f"{name}_code", f"{title}编号", column_kinds.CODE, source=f"{name}.code", sort=(f"{name}__code",)),
        Column(name, title, source=f"{name}.name", sort=(f"{name}__name_order",), link=_project_page_link(name)),
        Column(f"{name}_city", f"{title}市州", column_kinds.REGION, source=f"{name}.city"),
    )


PROJECT_DUPLICATES = Listing(
    code=LISTING,
    title="疑似重复项目",
    noun="对",
    see=Permission.SEE_FIGURES,
    rows=lambda: ProjectPair.objects.select_related("first__city", "second__city", "city", "decided_by"),
    columns=(
        Column(
            "pair",
            "两个项目",
            value=lambda pair: f"{pair.first.code} 与 {pair.second.code}",
            sort=("first__code", "second__code"),
            link=lambda pair: reverse(f"{LISTING}:detail", args=[pair.pk]),
        ),
        *_project_columns("first", "前一个"),
        *_project_columns("second", "后一个"),
        Column("investors", "投资方", source="first.investors", sort=()),
        field(ProjectPair, "city", default=False),
        field(ProjectPair, "state", kind=PAIR_STATE, sort=()),
        field(ProjectPair, "found_at"),
        Column("decided_by", "认定人", column_kinds.CODE, source="decided_by.name"),
        field(ProjectPair, "decided_at", default=False),
        field(ProjectPair, "decided_reason", sort=(), default=False),
    ),
    filters=ProjectPairFilter,
    ordering=("-found_at",),
    search=("first__name", "first__code", "second__name", "second__code", "first__investors"),
    views=(
        View("待认定", "state=waiting"),
        View("同一项目", "state=same"),
        View("已合并", "state=second_merged&state=first_merged"),
    ),
    reads=(ProjectPair, Project, "regions_change", "accounts_change"),
    moves=(PAIR_MOVES,),
    record_blocks=(RecordBlock("projects/_compared.html", compared_projects),),
    about="投资方相同、名称相近的项目，由省厅认定",
    empty=("没有疑似重复的项目", "登记或导入的项目与已有项目投资方相同、名称相近的，在此列出。"),
    parts=Parts(search=False),
)
