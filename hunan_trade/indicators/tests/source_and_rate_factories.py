"""Creates decisions on a year's published source and exchange rate, and figures of the register, for tests."""

from __future__ import annotations

from decimal import Decimal

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import System
from hunan_trade.indicators import registry
from hunan_trade.indicators.actions import record_observations
from hunan_trade.indicators.models import SourceDecision, YearRate
from hunan_trade.periods import Month


def decided_source(by: User) -> SourceDecision:
    """Store a decision on the published source of 2030, a year without figures."""
    declared = registry.switchable()[0]
    return SourceDecision.objects.create(
        indicator=declared.code,
        year=2030,
        source=declared.switchable[-1],
        decided_by=by,
        decided_at=clock.now(),
        reason="项目库已核对完整",
    )


def decided_rate(by: User) -> YearRate:
    """Store the exchange rate of 2030."""
    return YearRate.objects.create(
        year=2030, cny_per_usd=Decimal("6.2855"), decided_by=by, decided_at=clock.now(), reason="年初中间价"
    )


def register_figures(region: str, month: Month) -> None:
    """Store that the register counts nothing in a month, for all indicators that may be published from it."""
    record_observations(
        {declared.code: Decimal(0) for declared in registry.switchable()},
        region=region,
        month=month,
        source=registry.Source.REGISTER,
        known_at=clock.now(),
        reason="",
        by=System("test"),
    )
