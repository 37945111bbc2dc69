"""Reads the events of a year for their page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from events.models import Event, EventQuerySet


@dataclass(frozen=True)
class EventRow:
    name: str
    kind: str
    when: str
    time_status: str
    place: str
    target_region: str
    item: int
    note: str


@dataclass(frozen=True)
class YearCalendar:
    year: int
    rows: tuple[EventRow, ...]
    summary: str


def year_calendar(events: EventQuerySet, year: int, today: date) -> YearCalendar:
    """Return the year's events by date, those without a date last, with a summary."""
    rows = tuple(_event_row(event, today) for event in events.in_year(year).in_order())
    counts = [(label, sum(row.kind == label for row in rows)) for label in Event.Kind.labels]
    undated = sum(not row.when for row in rows)
    parts = [f"{label} {count} 项" for label, count in (*counts, ("时间待定", undated)) if count]
    return YearCalendar(year, rows, "，".join(parts))


def _event_row(event: Event, today: date) -> EventRow:
    return EventRow(
        name=event.name,
        kind=event.get_kind_display(),
        when=event.when,
        time_status=event.time_status(today),
        place=event.place,
        target_region=event.target_region,
        item=event.item_number,
        note=event.note,
    )
