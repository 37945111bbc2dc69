"""Declares the columns of the page that lists the events."""

from __future__ import annotations

from dataclasses import replace

from django.urls import reverse

from events import queries
from events.filters import EventFilter
from events.models import Event
from hunan_trade import clock
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Listing, Summary


def _plan_item_url(event: Event) -> str:
    return reverse("targets:item", args=(event.year, event.item_number))


EVENTS = Listing(
    code="events",
    title="活动会议",
    noun="项",
    see=Permission.SEE_PLAN,
    rows=lambda: Event.objects.all(),
    columns=(
        field(Event, "name", title="活动", link=lambda event: reverse("events:detail", args=[event.pk])),
        field(Event, "year", kind=kinds.CODE),
        field(Event, "kind"),
        Column("when", "时间", kinds.CODE, sort=("starts_on",)),
        Column("time_status", "到期", kinds.CODE, value=lambda event: event.time_status(clock.today())),
        field(Event, "place", kind=kinds.CODE, value=lambda event: event.place or "未定"),
        field(Event, "target_region", kind=kinds.CODE),
        field(
            Event,
            "item_number",
            title="要点条目",
            kind=replace(kinds.COUNT, text=lambda number: f"第{number}条"),
            link=_plan_item_url,
        ),
        field(Event, "note"),
    ),
    filters=EventFilter,
    ordering=("-year", "starts_on", "item_number"),
    search=("name", "place", "target_region"),
    summary=Summary(("kind", "when"), queries.kinds_in_words),
    footnote="时间、地点以工作要点所列为准，未列的标“待定”“未定”；“已过期限”只说日期已过，办会情况另行登记。",
    empty=("还没有活动会议", "工作要点载入后，活动和会议在此列出。"),
)
