"""Declares the list of names on the work plans' rosters, such as policies and enterprises."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse

from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Action, Editing, FieldGroup, Listing
from targets.filters import RosterEntryFilter
from targets.models import RosterEntry
from targets.roster_actions import save_roster_entries


def _item_url(entry: RosterEntry) -> str:
    return reverse("targets:item", args=(entry.roster.plan.year, entry.roster.item.number))


ROSTERS = Listing(
    code="rosters",
    title="要点名单",
    noun="个",
    see=Permission.SEE_PLAN,
    rows=lambda: RosterEntry.objects.select_related("roster__plan", "roster__item", "region"),
    within=Q(is_current=True),
    columns=(
        field(RosterEntry, "name", link=lambda entry: reverse("rosters:detail", args=[entry.pk])),
        field(RosterEntry, "roster", sort=("roster__title",)),
        field(RosterEntry, "region", sort=("region",)),
        Column("year", "年度", kinds.CODE, source="roster.plan.year", sort=("roster__plan__year",)),
        Column(
            "item",
            "要点条目",
            kinds.CODE,
            value=lambda entry: f"第{entry.roster.item.number}条",
            sort=("roster__item__number",),
            link=_item_url,
        ),
    ),
    filters=RosterEntryFilter,
    ordering=("-roster__plan__year", "roster__item__number", "roster", "position"),
    search=("name",),
    actions=(Action("列入名单", "rosters:new", Permission.MAINTAIN_REGISTERS),),
    editing=Editing(
        Permission.MAINTAIN_REGISTERS,
        save_roster_entries,
        (FieldGroup("名单", ("roster", "name", "region")),),
        reason_for=frozenset({"roster", "name"}),
    ),
    about="政策、县市、项目、企业等，按现行工作要点",
    empty=("名单里还没有列入的", "在工作要点条目里补列，或在此列入。"),
)
