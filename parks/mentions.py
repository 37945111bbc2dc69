"""The parks by name, for the reading of a work plan (settings.PLAN_NAMES)."""

from __future__ import annotations

from collections.abc import Iterable

from parks.models import Park


def named() -> Iterable[tuple[str, str]]:
    return [("park", name) for name in Park.objects.values_list("name", flat=True)]
