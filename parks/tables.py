"""Declares the list of parks: its columns, its filters, and how parks are edited and imported."""

from __future__ import annotations

from django.urls import reverse

from hunan_trade import clock
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Action, Editing, FieldGroup, Importing, Listing, Summary
from parks import level_counts
from parks.actions import save_parks
from parks.filters import ParkFilter
from parks.models import Park

_KIND_SPELLINGS = {
    "经济技术开发区": "economic",
    "经济开发区": "economic",
    "高新技术产业开发区": "high_tech",
    "高新技术开发区": "high_tech",
    "综保区": "bonded",
    "工业园": "park",
    "工业园区": "park",
    "工业集中区": "park",
    "产业园": "park",
}
_LEVEL_SPELLINGS = {"国家": "national", "省": "provincial", "县": "county"}


def _approval_date_text(park: Park) -> str:
    """Return a park's approval date in Chinese, such as 2012年10月25日, or "" if it is not approved yet."""
    return park.approval_date_text if park.is_approved_on(clock.today()) else ""


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
            aliases=("园区名称", "名称", "开发区名称", "平台名称"),
            sort=("name_order",),
            link=lambda park: reverse("parks:detail", args=[park.pk]),
        ),
        field(Park, "city", sort=("city",), aliases=("所在市州", "市", "地市", "所属市州")),
        field(
            Park,
            "kind",
            kind=column_kinds.choice(dict(Park.Kind.choices), _KIND_SPELLINGS),
            aliases=("园区类型", "类别"),
        ),
        field(
            Park,
            "level",
            kind=column_kinds.choice(dict(Park.Level.choices), _LEVEL_SPELLINGS),
            aliases=("园区级别", "等级"),
        ),
        Column("status", "状态", column_kinds.CODE, value=lambda park: park.status_on(clock.today())),
        field(
            Park,
            "approved",
            value=_approval_date_text,
            kind=column_kinds.CODE,
            aliases=("批复时间", "获批时间", "批准日期"),
        ),
        field(Park, "certainty", kind=column_kinds.state({"unverified": "warn"}, dict(Park.Certainty.choices))),
        field(Park, "note", narrow=False, aliases=("备注",)),
        field(Park, "source", default=False, aliases=("来源", "文件依据")),
    ),
    filters=ParkFilter,
    ordering=("city", "level", "kind", "name_order"),
    reads=(Park, "regions_change"),
    search=("name",),
    summary=Summary(("level", "status", "certainty"), level_counts.level_counts_text),
    actions=(
        Action("登记园区", "parks:new", Permission.MAINTAIN_REGISTERS),
        Action("导入", "parks:import", Permission.MAINTAIN_REGISTERS),
    ),
    editing=Editing(
        Permission.MAINTAIN_REGISTERS,
        save_parks,
        (
            FieldGroup("基本情况", ("name", "city", "kind", "level", "approved", "as_of_2013")),
            FieldGroup("依据", ("certainty", "source", "note")),
        ),
        reason_for=frozenset({"level", "approved"}),
        bulk=("kind", "level", "approved", "as_of_2013", "certainty", "source", "note"),
    ),
    importing=Importing(
        ("name", "city", "kind", "level", "approved", "as_of_2013", "certainty", "source", "note"),
        keys=(("name",),),
        kinds={"approved": column_kinds.PARTIAL_DATE},
    ),
    attachments=True,
    about="已知园区登记，全省名单待收；依据不足的标“待核”",
    footnote="只列已知的园区，不是全省名单；“未获批”指到今天还没有取得该级别。",
    empty=("园区还没有登记", "载入登记表后在此列出。"),
)
