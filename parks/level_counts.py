"""Counts the parks of a list by level."""

from __future__ import annotations

from django.db.models import Count

from hunan_trade import clock
from parks.models import Park, ParkQuerySet


def level_counts_text(parks: ParkQuerySet) -> str:
    """Return a Chinese text with the number of parks at each level, such as 国家级在册 8 个.

    Unverified parks are counted last (待核 2 个).
    """
    held = parks.approved_until(clock.today())
    counts = dict(held.order_by().values_list("level").annotate(Count("pk")))
    parts = [f"{level.label}在册 {counts[level.value]} 个" for level in Park.Level if level.value in counts]
    if unverified := parks.filter(certainty=Park.Certainty.UNVERIFIED).count():
        parts.append(f"待核 {unverified} 个")
    return "，".join(parts)
