"""Sums the capital of projects, and counts their steps that wait for the province."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Min, Sum

from hunan_trade import quantities
from hunan_trade.accounts.models import User
from projects.choices import EntryState
from projects.models import ProjectQuerySet, StageEntry


def capital_in_words(projects: ProjectQuerySet) -> str:
    """Return a Chinese text with the contracted foreign and domestic capital, which are never summed."""
    sums = projects.order_by().aggregate(usd=Sum("contracted_usd", default=0), cny=Sum("contracted_cny", default=0))
    usd, cny = (quantities.plain(quantities.in_yi(sums[currency]), 2) for currency in ("usd", "cny"))
    return f"合同外资 {usd} 亿美元，合同内资 {cny} 亿元"


def steps_awaiting_province(user: User) -> tuple[int, datetime | None]:
    """Return how many steps that the user may see wait for the province, and since when the first one does."""
    waiting = StageEntry.objects.visible_to(user).filter(state=EntryState.AWAITING_PROVINCE)
    found = waiting.order_by().aggregate(count=Count("pk"), since=Min("entered_at"))
    return found["count"], found["since"]
