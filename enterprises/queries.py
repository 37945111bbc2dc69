"""Reads of processing trade by enterprise: bands, leaders, and the facts behind a figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Sum

from enterprises.models import Enterprise, ProcessingTrade
from hunan_trade.indicators import values
from hunan_trade.indicators.values import FIRMS, USD, How, Value
from hunan_trade.periods import Month


@dataclass(frozen=True)
class Leader:
    """An enterprise with its processing trade of the year to date."""

    enterprise: Enterprise
    total: Value
    year_on_year: Value


def firms_above(month: Month, as_of: datetime | None = None, *, threshold: Decimal) -> Value:
    """How many enterprises exceed a cumulative of `threshold` dollars; its inputs are theirs.

    Counts what stands; the bands of an earlier moment are kept by the reports that printed them.
    """
    above = [cumulative(enterprise, month) for enterprise in _ranked(month, least=threshold)]
    code = f"enterprises.above/{threshold:f}/{month}"
    label = f"{month.year}年{month.span}加工贸易进出口超过{threshold / 100_000_000:f}亿美元的企业"
    return Value(code, label, Decimal(len(above)), FIRMS, How.COUNT, tuple(above))


def leaders(month: Month, count: int) -> list[Leader]:
    """The largest enterprises of the year to date, in descending order."""
    found = []
    for enterprise in _ranked(month, count=count):
        now, base = cumulative(enterprise, month), cumulative(enterprise, month.year_ago)
        found.append(Leader(enterprise, now, values.growth(f"{now.code}/yoy", f"{now.label}同比", now, base)))
    return found


def cumulative(enterprise: Enterprise, month: Month) -> Value:
    """January to the month, made of the accepted cells."""
    facts = (
        ProcessingTrade.objects.filter(enterprise=enterprise).between(month.to_date[0], month).order_by("month", "mode")
    )
    parts = tuple(part for fact in facts for part in _cells(enterprise, fact))
    code = f"enterprises.total/{enterprise.customs_code}/{month}/ytd"
    label = f"{enterprise.name}{month.year}年{month.span}加工贸易进出口"
    return values.total(code, label, parts, USD)


def _cells(enterprise: Enterprise, fact: ProcessingTrade) -> Iterable[Value]:
    month = Month.of(fact.month)
    for column, word, amount in (("export", "出口", fact.export_usd), ("import", "进口", fact.import_usd)):
        code = f"enterprises.fact/{enterprise.customs_code}/{month}/{fact.mode}/{column}"
        yield Value(code, f"{enterprise.name}{month.label}{fact.mode}{word}", amount, USD, How.CELL)


def _ranked(month: Month, *, least: Decimal | None = None, count: int | None = None) -> Iterable[Enterprise]:
    """By cumulative total, largest first; `least` is exclusive (过 excludes the number)."""
    totals = (
        ProcessingTrade.objects.between(month.to_date[0], month)
        .values("enterprise")
        .annotate(total=Sum(F("export_usd") + F("import_usd")))
        .order_by("-total", "enterprise")
    )
    if least is not None:
        totals = totals.filter(total__gt=least)
    order = [row["enterprise"] for row in totals[:count]]
    found = Enterprise.objects.select_related("region").in_bulk(order)
    return [found[pk] for pk in order]
