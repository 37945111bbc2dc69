"""Lists the names of events, so that a work plan's text can be searched for them.

Declared in `settings.PLAN_NAMES`.
"""

from __future__ import annotations

from collections.abc import Iterable

from events.models import Event


def event_names() -> Iterable[tuple[str, str]]:
    return [("event", name) for name in Event.objects.values_list("name", flat=True)]
