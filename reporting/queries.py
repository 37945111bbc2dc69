"""Reads of reports."""

from __future__ import annotations

from hunan_trade.periods import Month
from reporting.gathering import Content
from reporting.models import Report


def previous_content(kind: str, month: Month) -> Content | None:
    """The content of the last standing issue of the kind before `month`, or None for the first."""
    before = Report.objects.of_kind(kind).standing().before(month).order_by("-month").first()
    return before.content if before else None
