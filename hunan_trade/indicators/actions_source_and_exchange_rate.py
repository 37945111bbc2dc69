"""Stores decisions on the source from which an indicator is published and on a year's exchange rate."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.actions import record
from hunan_trade.indicators import registry
from hunan_trade.indicators.models import Observation, SourceDecision, YearRate
from hunan_trade.indicators.queries_source_and_exchange_rate import exchange_rate_of_year, published_sources
from hunan_trade.indicators.registry import Indicator, Source
from hunan_trade.text_cleaning import tidy
from hunan_trade.workflow import MoveRefused


@transaction.atomic
def decide_published_source(*, indicator: str, year: int, source: str, reason: str, by: User) -> SourceDecision:
    """Decide from which source an indicator is published for a plan year, and return the stored decision."""
    _refuse_unentitled(by)
    declared = _indicator_with_selectable_source(indicator)
    if source not in declared.switchable:
        offered = "、".join(each.label for each in declared.switchable)
        raise MoveRefused(f"{declared.title}的公布来源只能是{offered}。改选来源再定")
    _refuse_distant_year(year)
    reason = _require_reason(reason)
    before, label = published_sources([declared], year)[indicator], Source(source).label
    if before == (source,):
        raise MoveRefused(f"{year}年{declared.title}已按{label}公布，不用再定")
    _refuse_source_without_figures(declared, year, before, Source(source))
    decided = SourceDecision.objects.create(
        indicator=indicator, year=year, source=source, reason=reason, decided_by=by, decided_at=clock.now()
    )
    record(
        "source.decided",
        by=by,
        subject=decided,
        reason=reason,
        before={"source": "、".join(each.label for each in before)},
        after={"indicator": declared.title, "year": year, "source": label},
    )
    return decided


@transaction.atomic
def decide_exchange_rate(*, year: int, cny_per_usd: Decimal, reason: str, by: User) -> YearRate:
    """Decide the exchange rate of a year, in place of any earlier rate, and return the stored decision."""
    _refuse_unentitled(by)
    _refuse_distant_year(year)
    reason = _require_reason(reason)
    if cny_per_usd <= 0:
        raise MoveRefused("汇率要大于 0。改写汇率再定")
    before = exchange_rate_of_year(year)
    if before == cny_per_usd:
        raise MoveRefused(f"{year}年汇率已是 {before}，不用再定")
    decided = YearRate.objects.create(
        year=year, cny_per_usd=cny_per_usd, reason=reason, decided_by=by, decided_at=clock.now()
    )
    record(
        "rate.decided",
        by=by,
        subject=decided,
        reason=reason,
        before={"cny_per_usd": "" if before is None else str(before)},
        after={"year": year, "cny_per_usd": str(cny_per_usd)},
    )
    return decided


def _refuse_unentitled(by: User) -> None:
    if not by.may(Permission.DECIDE_SOURCES):
        raise MoveRefused("没有定公布口径和年度汇率的权限")


def _refuse_distant_year(year: int) -> None:
    latest = clock.today().year + 1
    if not 2000 <= year <= latest:
        raise MoveRefused(f"年度要在 2000 到 {latest} 之间。改写年度再定")


def _refuse_source_without_figures(declared: Indicator, year: int, published: Sequence[Source], chosen: Source) -> None:
    """Raise MoveRefused if the `chosen` source has no value of the indicator in a year but the published ones do.

    Needs no lock: what commits meanwhile counts as known after the decision.
    """
    known = Observation.objects.of_year(declared.code, year).newest_versions().exclude(value=None)
    if known.of_sources(published).exists() and not known.of_sources([chosen]).exists():
        raise MoveRefused(
            f"{chosen.label}还没有{year}年{declared.title}的数，不能改按{chosen.label}公布。{chosen.label}有数后再定"
        )


def _require_reason(reason: str) -> str:
    if not (tidied := tidy(reason)):
        raise MoveRefused("写明理由")
    return tidied


def _indicator_with_selectable_source(code: str) -> Indicator:
    """Return the indicator with this code; raise MoveRefused if its published source cannot be changed."""
    for declared in registry.switchable():
        if declared.code == code:
            return declared
    raise MoveRefused("这个指标的公布来源不能另定。刷新页面再定")
