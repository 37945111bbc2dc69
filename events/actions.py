"""Loads the year's events; safe to repeat, the set-up runs it at every start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from events.models import Event
from hunan_trade.audit.actions import Actor, record
from hunan_trade.periods import Month

EVENTS_2013 = Path(__file__).parent / "data" / "events_2013.json"
_UPDATED_FIELDS = [
    "name",
    "kind",
    "item_number",
    "starts_on",
    "ends_on",
    "whole_month",
    "place",
    "target_region",
    "note",
]


@transaction.atomic
def load_events(*, by: Actor, path: Path = EVENTS_2013) -> int:
    """Create or update the events listed in the file, matched by code; return how many rows changed."""
    data = json.loads(path.read_text(encoding="utf-8"))
    events = [_event(data["year"], row) for row in data["events"]]
    known = {event.code: event for event in Event.objects.select_for_update().in_year(data["year"])}
    changed = [
        event for event in events if event.code not in known or _field_values(known[event.code]) != _field_values(event)
    ]
    if changed:
        Event.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["year", "code"], update_fields=_UPDATED_FIELDS
        )
        record("events.loaded", by=by, after={"year": data["year"], "changed": [event.code for event in changed]})
    return len(changed)


def _event(year: int, row: Mapping[str, Any]) -> Event:
    whole_month = len(row["starts"]) == len("2013-06")
    return Event(
        code=row["code"],
        year=year,
        name=row["name"],
        kind=row["kind"],
        item_number=row["item"],
        starts_on=_day(row["starts"], last=False),
        ends_on=_day(row["ends"], last=True),
        whole_month=whole_month,
        place=row["place"],
        target_region=row["target"],
        note=row["note"],
    )


def _day(text: str, *, last: bool) -> date | None:
    """Parse 2013-06-19 as that day, 2013-06 as its first or last day, and an empty text as None."""
    if not text:
        return None
    if len(text) == len("2013-06"):
        month = Month.parse(text)
        return month.last if last else month.first
    return date.fromisoformat(text)


def _field_values(event: Event) -> tuple[object, ...]:
    return tuple(getattr(event, name) for name in _UPDATED_FIELDS)
