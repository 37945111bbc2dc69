"""The enterprises by name, for the reading of a work plan (settings.PLAN_NAMES), which is the province's."""

from __future__ import annotations

from collections.abc import Iterable

from enterprises.models import Enterprise


def named() -> Iterable[tuple[str, str]]:
    return [("company", name) for name in Enterprise.objects.values_list("name", flat=True)]
