"""Counts the events of a list by kind."""

from __future__ import annotations

from django.db.models import Count, Q

from events.models import Event, EventQuerySet


def kind_counts_text(events: EventQuerySet) -> str:
    """Return Chinese text counting events by kind, and those without a date, such as 展会 2 项，时间待定 1 项."""
    counts = {label: Count("pk", filter=Q(kind=kind)) for kind, label in Event.Kind.choices}
    counts["时间待定"] = Count("pk", filter=Q(starts_on=None))
    found = events.order_by().aggregate(**counts)
    return "，".join(f"{label} {found[label]} 项" for label in counts if found[label])
