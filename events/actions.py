"""Creates and changes events, from the shipped file or on behalf of a user."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from events.models import Event
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.actions import Actor
from hunan_trade.audit.actions_state_changes import Mover
from hunan_trade.lists import record_writing
from hunan_trade.lists.history.act_recording import initial_data_was_loaded
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import Outcome, RecordChange
from hunan_trade.periods import Month
from hunan_trade.workflow import MoveRefused
from targets.models import ItemIdentity

EVENTS_2013 = Path(__file__).parent / "data" / "events_2013.json"


@transaction.atomic
def load_events(*, by: Actor) -> int:
    """Create the 2013 events from the portal's own data file unless already loaded; return how many were created."""
    if initial_data_was_loaded("events"):
        return 0
    data = json.loads(EVENTS_2013.read_text(encoding="utf-8"))
    items = dict(ItemIdentity.objects.filter(year=data["year"], in_force=True).values_list("number", "pk"))
    events = [RecordChange(_event_values(data["year"], row, items)) for row in data["events"]]
    outcomes = record_writing.write_changes(Event.objects.all(), events, listing="events", by=by, kind=Act.Kind.LOADED)
    if refused := [outcome.errors for outcome in outcomes if outcome.refused]:
        raise ValueError(f"{EVENTS_2013.name}: {refused}")
    return len(outcomes)


def save_events(
    *, changes: Sequence[RecordChange], by: Mover, kind: Act.Kind, reason: str = "", reference: str = ""
) -> list[Outcome]:
    """Save new and changed events from a form, a bulk edit, an import or the API."""
    if not by.may(Permission.MAINTAIN_REGISTERS):
        raise MoveRefused("没有维护活动会议的权限")
    return record_writing.write_changes(
        Event.objects.all(),
        changes,
        listing="events",
        by=by,
        kind=kind,
        reason=reason,
        reference=reference,
        judge=_build_plan_item_check(),
    )


def _build_plan_item_check() -> Callable[[Event], Mapping[str, str]]:
    """Return a function that gives an error message if an event's work plan item belongs to another year."""
    years = dict(ItemIdentity.objects.values_list("pk", "year"))

    def judge(event: Event) -> Mapping[str, str]:
        if event.item_id is None or years.get(event.item_id) == event.year:
            return {}
        return {"item": f"不是{event.year}年工作要点的条目。选当年的条目，要点没有写到的留空。"}

    return judge


def _event_values(year: int, row: Mapping[str, Any], items: Mapping[int, int]) -> dict[str, object]:
    return {
        "year": year,
        "name": row["name"],
        "kind": row["kind"],
        "item": items.get(row["item"]),
        "starts_on": _parse_day(row["starts"], last=False),
        "ends_on": _parse_day(row["ends"], last=True),
        "whole_month": len(row["starts"]) == len("2013-06"),
        "place": row["place"],
        "target_region": row["target"],
        "note": row["note"],
    }


def _parse_day(text: str, *, last: bool) -> date | None:
    """Parse a date, or a month such as 2013-06 as its first day, or as its last day if `last` is true."""
    if not text:
        return None
    if len(text) == len("2013-06"):
        month = Month.parse(text)
        return month.last if last else month.first
    return date.fromisoformat(text)
