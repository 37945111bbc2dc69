"""Declares the list of events: its columns, its filters, and how events are edited and imported."""

from __future__ import annotations

from django.urls import reverse

from events import queries_counts_by_kind
from events.actions import save_events
from events.filters import EventFilter
from events.models import Event
from hunan_trade import clock
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Action, BelongsTo, DaySpan, Editing, FieldGroup, Importing, Listing, Summary
from targets.models import ItemIdentity

_KIND_SPELLINGS = {
    "活动": "matchmaking",
    "对接会": "matchmaking",
    "对接洽谈": "matchmaking",
    "推介会": "matchmaking",
    "招商活动": "matchmaking",
    "招商推介": "matchmaking",
    "博览会": "fair",
    "展览": "fair",
    "展览会": "fair",
    "展销会": "fair",
    "座谈会": "meeting",
    "工作会议": "meeting",
    "启动仪式": "meeting",
}


def _plan_item_url(event: Event) -> str:
    return event.item.get_absolute_url() if event.item else ""


EVENTS = Listing(
    code="events",
    title="活动会议",
    noun="项",
    see=Permission.SEE_PLAN,
    rows=lambda: Event.objects.select_related("item"),
    columns=(
        field(
            Event,
            "name",
            title="活动",
            aliases=("活动名称", "名称", "会议名称", "活动会议", "展会名称"),
            sort=("name_order",),
            link=lambda event: reverse("events:detail", args=[event.pk]),
        ),
        field(Event, "year", kind=column_kinds.YEAR, aliases=("年份",)),
        field(
            Event,
            "kind",
            kind=column_kinds.choice(dict(Event.Kind.choices), _KIND_SPELLINGS),
            aliases=("类型", "活动类别", "活动类型"),
        ),
        Column(
            "when",
            "时间",
            column_kinds.CODE,
            sort=("starts_on",),
            aliases=("举办时间", "活动时间", "会议时间", "起止时间", "起止日期", "日期"),
        ),
        Column("time_status", "到期", column_kinds.CODE, value=lambda event: event.time_status(clock.today())),
        field(
            Event,
            "place",
            value=lambda event: event.place or "未定",
            aliases=("举办地点", "举办地", "活动地点"),
        ),
        field(Event, "target_region", aliases=("对接地区", "面向区域", "面向地区")),
        field(
            Event,
            "item",
            title="要点条目",
            source="item.number_text",
            sort=("item__number",),
            link=_plan_item_url,
            aliases=("对应条目", "条目"),
        ),
        field(Event, "note", aliases=("备注", "内容")),
        field(Event, "starts_on", default=False, aliases=("开始日期", "开始时间", "开幕日期", "举办日期")),
        field(Event, "ends_on", default=False, aliases=("结束日期", "结束时间", "闭幕日期")),
        field(Event, "whole_month", default=False, sort=()),
    ),
    filters=EventFilter,
    ordering=("-year", "starts_on", "item__number"),
    reads=(Event, "targets_change"),
    belongs_to=(BelongsTo(ItemIdentity, "item", "item"),),
    search=("name", "place", "target_region"),
    summary=Summary(("kind", "when"), queries_counts_by_kind.kind_counts_text),
    actions=(
        Action("登记活动", "events:new", Permission.MAINTAIN_REGISTERS),
        Action("导入", "events:import", Permission.MAINTAIN_REGISTERS),
    ),
    editing=Editing(
        Permission.MAINTAIN_REGISTERS,
        save_events,
        (
            FieldGroup("基本情况", ("name", "year", "kind", "item")),
            FieldGroup("时间地点", ("starts_on", "ends_on", "whole_month", "place", "target_region", "note")),
        ),
        reason_for=frozenset({"starts_on", "ends_on"}),
        bulk=("kind", "item", "place", "target_region", "note"),
    ),
    importing=Importing(
        (
            "name",
            "year",
            "kind",
            "item",
            "starts_on",
            "ends_on",
            "whole_month",
            "place",
            "target_region",
            "note",
        ),
        keys=(("year", "name"),),
        spans=(DaySpan("starts_on", "ends_on", "whole_month", year="year", shown="when"),),
    ),
    attachments=True,
    footnote="时间、地点以工作要点和登记的为准，未列的标“待定”“未定”；“已过期限”只说日期已过，办会情况另行登记。",
    empty=("还没有活动会议", "登记或导入后，活动和会议在此列出。"),
)
