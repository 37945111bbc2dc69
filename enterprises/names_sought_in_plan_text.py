"""Lists the names of enterprises, so that a work plan's text can be searched for them.

Declared in `settings.PLAN_NAMES`.
"""

from __future__ import annotations

from collections.abc import Iterable

from enterprises.models import Enterprise


def enterprise_names() -> Iterable[tuple[str, str]]:
    return [("company", name) for name in Enterprise.objects.values_list("name", flat=True)]
