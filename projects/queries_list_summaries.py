"""Returns the Chinese texts above the lists of projects and increases, with counts and sums of capital."""

from __future__ import annotations

from django.db.models import Count, Q, Sum

from hunan_trade import clock, quantities
from projects.capital_increases.models import CapitalIncreaseQuerySet
from projects.choices import VerdictCode
from projects.models import ProjectQuerySet


def counts_and_capital_in_words(projects: ProjectQuerySet) -> str:
    """Return a Chinese text on projects: how many count this year, how many are 未核定, and the contracted capital.

    Foreign and domestic capital are never summed. The first contract of projects that are the same is summed once, while
    every increase adds what it adds.
    """
    year, again = clock.today().year, Q(repeats_contract=True)
    sums = projects.order_by().aggregate(
        counted=Count("pk", filter=Q(verdict=VerdictCode.COUNTED, counted_on__year=year)),
        waiting=Count("pk", filter=Q(verdict=VerdictCode.UNACCEPTED)),
        usd=Sum("contracted_total_usd", default=0) - Sum("contracted_usd", filter=again, default=0),
        cny=Sum("contracted_total_cny", default=0) - Sum("contracted_cny", filter=again, default=0),
    )
    usd, cny = (quantities.format_plain(quantities.in_yi(sums[currency]), 2) for currency in ("usd", "cny"))
    counts = f"{year}年计入 {sums['counted']} 个，未核定 {sums['waiting']} 个"
    return f"{counts}，合同外资 {usd} 亿美元，合同内资 {cny} 亿元"


def increases_in_words(increases: CapitalIncreaseQuerySet) -> str:
    """Return a Chinese text with the foreign and the domestic capital that valid capital increases add in total."""
    valid = increases.valid().order_by()
    sums = valid.aggregate(usd=Sum("amount_usd", default=0), cny=Sum("amount_cny", default=0))
    usd, cny = (quantities.format_plain(quantities.in_wan(sums[currency]), 2) for currency in ("usd", "cny"))
    return f"其中有效的外资 {usd} 万美元，内资 {cny} 万元"
