"""The events by name, for the reading of a work plan (settings.PLAN_NAMES)."""

from __future__ import annotations

from collections.abc import Iterable

from events.models import Event


def named() -> Iterable[tuple[str, str]]:
    return [("event", name) for name in Event.objects.values_list("name", flat=True)]
