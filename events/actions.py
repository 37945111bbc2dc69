"""Loading the year's events. Idempotent: run by the set-up at every start."""

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
_KEPT = ["name", "kind", "item_number", "starts_on", "ends_on", "whole_month", "place", "target_region", "note"]


@transaction.atomic
def load_events(*, by: Actor, path: Path = EVENTS_2013) -> int:
    """Bring the year's events to what the file says, by code. Returns how many changed."""
    data = json.loads(path.read_text(encoding="utf-8"))
    events = [_event(data["year"], row) for row in data["events"]]
    known = {event.code: event for event in Event.objects.select_for_update().in_year(data["year"])}
    changed = [event for event in events if event.code not in known or _facts(known[event.code]) != _facts(event)]
    if changed:
        Event.objects.bulk_create(changed, update_conflicts=True, unique_fields=["year", "code"], update_fields=_KEPT)
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
    """The first or last day of 2013-06, 2013-06-19 itself, None for nothing."""
    if not text:
        return None
    if len(text) == len("2013-06"):
        month = Month.parse(text)
        return month.last if last else month.first
    return date.fromisoformat(text)


def _facts(event: Event) -> tuple[object, ...]:
    return tuple(getattr(event, name) for name in _KEPT)
