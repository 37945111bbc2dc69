"""Sums the contracted capital of the projects of a list."""

from __future__ import annotations

from django.db.models import Sum

from hunan_trade import quantities
from projects.models import ProjectQuerySet


def capital_in_words(projects: ProjectQuerySet) -> str:
    """Return a Chinese text with the contracted foreign and domestic capital, which are never summed."""
    sums = projects.order_by().aggregate(usd=Sum("contracted_usd", default=0), cny=Sum("contracted_cny", default=0))
    usd, cny = (quantities.plain(quantities.in_yi(sums[currency]), 2) for currency in ("usd", "cny"))
    return f"合同外资 {usd} 亿美元，合同内资 {cny} 亿元"
