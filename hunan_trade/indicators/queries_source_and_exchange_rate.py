"""Reads the decisions on the published sources and the exchange rate of a year."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from hunan_trade.indicators import registry
from hunan_trade.indicators.models import SourceDecision, YearRate
from hunan_trade.indicators.registry import Indicator, Source


def source_decisions(codes: Iterable[str], year: int, as_of: datetime | None = None) -> dict[str, SourceDecision]:
    """Return a dict from indicator code to the newest decision on which source is published for the year.

    An indicator without a decision is left out. With `as_of`, as it was decided until then.
    """
    switchable = [code for code in codes if registry.get(code).switchable]
    if not switchable:
        return {}
    decided = SourceDecision.objects.known_as_of(as_of).filter(indicator__in=switchable, year=year)
    return {each.indicator: each for each in decided.order_by("indicator", "-decided_at").distinct("indicator")}


def published_sources(indicators: Iterable[Indicator], year: int) -> dict[str, tuple[Source, ...]]:
    """Return a dict from indicator code to the sources whose values are published for a year, first choice first."""
    sources = {indicator.code: indicator.sources for indicator in indicators}
    decided = source_decisions(sources, year)
    return sources | {code: (Source(decision.source),) for code, decision in decided.items()}


def exchange_rate_of_year(year: int, as_of: datetime | None = None) -> Decimal | None:
    """Return the exchange rate (yuan per dollar) decided for a year, or None if none was decided."""
    decided = YearRate.objects.known_as_of(as_of).filter(year=year)
    return decided.order_by("-decided_at").values_list("cny_per_usd", flat=True).first()
