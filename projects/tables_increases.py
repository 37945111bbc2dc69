"""Declares the list of the increases of projects' capital, which is the city leads' queue of those to confirm, too."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Listing, Parts, RecordTop, Summary, View
from hunan_trade.lists.filters import AmountFilter, ChoicesFilter, DaysFilter, ListFilterSet, RegionFilter
from hunan_trade.ui.components import StateKind
from projects import queries
from projects.actions_increases import INCREASE_MOVES
from projects.choices import INCREASE_STATES, EntryState
from projects.models import CapitalIncrease, Project

_STATE_COLOURS: dict[str, StateKind] = {
    EntryState.AWAITING_LEAD: "warn",
    EntryState.VALID: "ok",
    EntryState.GIVEN_BACK: "bad",
}
_STATES = {state.value: str(state.label) for state in INCREASE_STATES}


class CapitalIncreaseFilter(ListFilterSet):
    city = RegionFilter()
    state = ChoicesFilter()
    effective_on = DaysFilter()
    amount_usd = AmountFilter(unit="万美元", factor=10_000)
    amount_cny = AmountFilter(unit="万元", factor=10_000)


def _page(increase: Any) -> str:
    return reverse("project-increases:detail", args=[increase.pk])


ABOUT_INCREASE = (
    field(CapitalIncrease, "effective_on", link=_page),
    field(CapitalIncrease, "amount_usd", kind=kinds.WAN_USD),
    field(CapitalIncrease, "amount_cny", kind=kinds.WAN_CNY),
    field(CapitalIncrease, "state", kind=kinds.state(_STATE_COLOURS, _STATES), sort=()),
    field(CapitalIncrease, "note", sort=()),
    Column("entered_by", "申报人", kinds.CODE, source="entered_by.name", sort=("entered_by__name",)),
    field(CapitalIncrease, "entered_at"),
    Column("decided_by", "处理人", kinds.CODE, source="decided_by.name"),
)
DECIDED_REASON = field(CapitalIncrease, "decided_reason", sort=())

PROJECT_INCREASES = Listing(
    code="project-increases",
    title="项目增资",
    noun="笔",
    see=Permission.SEE_FIGURES,
    rows=lambda: CapitalIncrease.objects.select_related("project", "city", "entered_by", "decided_by"),
    columns=(
        Column(
            "project",
            "项目",
            source="project.name",
            sort=("project__name_order",),
            link=lambda increase: reverse("projects:detail", args=[increase.project.code]),
        ),
        Column("code", "编号", kinds.CODE, source="project.code", sort=("project__code",)),
        field(CapitalIncrease, "city"),
        *ABOUT_INCREASE,
        field(CapitalIncrease, "decided_at", default=False),
        DECIDED_REASON,
    ),
    filters=CapitalIncreaseFilter,
    ordering=("-entered_at",),
    search=("project__name", "project__code"),
    views=(
        View("待负责人确认", "state=awaiting_lead"),
        View("有效", "state=valid"),
        View("退回", "state=given_back"),
    ),
    summary=Summary(("amount_usd", "amount_cny"), queries.increases_in_words),
    reads=(CapitalIncrease, Project, "regions_change", "accounts_change"),
    moves=(INCREASE_MOVES,),
    record_page=RecordTop("projects/_step.html", lambda user, increase: increase.project),
    parts=Parts(search=False),
    about="市州申报的由本市州负责人确认，省厅登记的由另一人确认",
    empty=("还没有增资", "项目签约后，在项目页申报增资，申报后在此列出。"),
)
