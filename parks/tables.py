"""Declares the columns of the page that lists the parks."""

from __future__ import annotations

from django.urls import reverse

from hunan_trade import clock
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Action, Editing, FieldGroup, Importing, Listing
from parks import queries
from parks.actions import save_parks
from parks.filters import ParkFilter
from parks.models import Park


def _approval_date(park: Park) -> str:
    """Return the approval date in Chinese, or "" if the park is not approved yet."""
    return park.approved_text if park.is_approved_on(clock.today()) else ""


PARKS = Listing(
    code="parks",
    title="园区平台",
    noun="个",
    see=Permission.SEE_FIGURES,
    rows=lambda: Park.objects.select_related("city"),
    columns=(
        field(
            Park,
            "name",
            title="园区",
            sort=("name_order",),
            link=lambda park: reverse("parks:detail", args=[park.pk]),
        ),
        field(Park, "city", sort=("city",)),
        field(Park, "kind"),
        field(Park, "level"),
        Column("status", "状态", kinds.CODE, value=lambda park: park.status_on(clock.today())),
        field(Park, "approved", value=_approval_date, kind=kinds.CODE),
        field(Park, "certainty", kind=kinds.state({"unverified": "warn"}, dict(Park.Certainty.choices))),
        field(Park, "note", narrow=False),
        field(Park, "source", default=False),
    ),
    filters=ParkFilter,
    ordering=("city", "level", "kind", "name_order"),
    search=("name",),
    summary=queries.levels_in_words,
    actions=(Action("登记园区", "parks:new", Permission.MAINTAIN_REGISTERS),),
    editing=Editing(
        Permission.MAINTAIN_REGISTERS,
        save_parks,
        (
            FieldGroup("基本情况", ("name", "city", "kind", "level", "approved", "as_of_2013")),
            FieldGroup("依据", ("certainty", "source", "note")),
        ),
        reason_for=frozenset({"level", "approved"}),
    ),
    importing=Importing(
        ("name", "city", "kind", "level", "approved", "as_of_2013", "certainty", "source", "note"), keys=(("name",),)
    ),
    about="已知园区登记，全省名单待收；依据不足的标“待核”",
    footnote="只列已知的园区，不是全省名单；“未获批”指到今天还没有取得该级别。",
    empty=("园区还没有登记", "载入登记表后在此列出。"),
)
