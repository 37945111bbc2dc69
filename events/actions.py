"""Loads the events of 2013 from a file shipped with the portal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from events.models import Event
from hunan_trade.audit.actions import Actor, record
from hunan_trade.lists.act_recording import open_act
from hunan_trade.lists.models import Act
from hunan_trade.periods import Month

EVENTS_2013 = Path(__file__).parent / "data" / "events_2013.json"


@transaction.atomic
def load_events(*, by: Actor) -> int:
    """Load the shipped events of 2013 if the year has no events; return how many were created."""
    data = json.loads(EVENTS_2013.read_text(encoding="utf-8"))
    if Event.objects.in_year(data["year"]).exists():
        return 0
    with open_act(Act.Kind.LOADED, listing="events", by=by):
        events = Event.objects.bulk_create([_event_from_row(data["year"], row) for row in data["events"]])
    record("events.loaded", by=by, after={"year": data["year"], "loaded": [event.code for event in events]})
    return len(events)


def _event_from_row(year: int, row: Mapping[str, Any]) -> Event:
    whole_month = len(row["starts"]) == len("2013-06")
    return Event(
        code=row["code"],
        year=year,
        name=row["name"],
        kind=row["kind"],
        item_number=row["item"],
        starts_on=_parse_day(row["starts"], last=False),
        ends_on=_parse_day(row["ends"], last=True),
        whole_month=whole_month,
        place=row["place"],
        target_region=row["target"],
        note=row["note"],
    )


def _parse_day(text: str, *, last: bool) -> date | None:
    """Parse a date or a month, where a month means its first day, or its last day if `last` is true."""
    if not text:
        return None
    if len(text) == len("2013-06"):
        month = Month.parse(text)
        return month.last if last else month.first
    return date.fromisoformat(text)
