"""Lists the names of parks, so that a work plan's text can be searched for them.

Declared in `settings.PLAN_NAMES`.
"""

from __future__ import annotations

from collections.abc import Iterable

from parks.models import Park


def park_names() -> Iterable[tuple[str, str]]:
    return [("park", name) for name in Park.objects.values_list("name", flat=True)]
