"""Reads the decisions that hold for a year."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from hunan_trade.indicators import registry
from hunan_trade.indicators.models import SourceDecision, YearRate
from hunan_trade.indicators.registry import Indicator, Source


def source_decisions(codes: Iterable[str], year: int, as_of: datetime | None = None) -> dict[str, SourceDecision]:
    """Return the newest decision on each indicator's source for a plan year, by the indicator's code.

    An indicator without a decision is left out. With `as_of`, as it was decided until then.
    """
    switchable = [code for code in codes if registry.get(code).switchable]
    if not switchable:
        return {}
    decided = SourceDecision.objects.known_as_of(as_of).filter(indicator__in=switchable, year=year)
    return {each.indicator: each for each in decided.order_by("indicator", "-decided_at").distinct("indicator")}


def published_sources(indicators: Iterable[Indicator], year: int) -> dict[str, tuple[Source, ...]]:
    """Return the sources from which indicators are published for a plan year now, in their order, by code."""
    sources = {indicator.code: indicator.sources for indicator in indicators}
    decided = source_decisions(sources, year)
    return sources | {code: (Source(decision.source),) for code, decision in decided.items()}


def year_rate(year: int, as_of: datetime | None = None) -> Decimal | None:
    """Return the yuan for a dollar by which a year's sums are compared, or None as long as nobody decided on it."""
    decided = YearRate.objects.known_as_of(as_of).filter(year=year)
    return decided.order_by("-decided_at").values_list("cny_per_usd", flat=True).first()
