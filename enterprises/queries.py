"""Reads enterprises with their processing trade, for pages and bulletins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from django.db.models import F, Q, Sum, TextField
from django.db.models import Value as Literal
from django.db.models.functions import Cast

from enterprises.models import Enterprise, EnterpriseHistory, ProcessingTrade, ReplacedTrade
from hunan_trade import table_versions
from hunan_trade.indicators import computed_values
from hunan_trade.indicators.computed_values import FIRMS, USD, Derivation, FigureKey, Value
from hunan_trade.intake.models import Round
from hunan_trade.periods import Month

VERSION_TABLES = (
    "enterprises_change",
    "enterprises_register_change",
    "regions_change",
)  # of the facts, and of whose they are
_largest_cache: table_versions.VersionedCache[tuple[Month, int], tuple[LargestEnterprise, ...]] = (
    table_versions.VersionedCache(*VERSION_TABLES, max_entries=16)
)
_above_cache: table_versions.VersionedCache[tuple[Month, Decimal], Value] = table_versions.VersionedCache(
    *VERSION_TABLES, max_entries=16
)


class RegisteredEnterprise(NamedTuple):
    """An enterprise's data in the register of enterprises, either current or as of an earlier time.

    `modes` are the trade modes as one text, {进料加工,来料加工}: reading lists is most of the work, and no mode is part
    of another.
    """

    id: int
    region_id: str
    customs_code: str
    name: str
    modes: str
    closed_on: date | None
    registered_at: datetime


def enterprises_of_city(region: str, as_of: datetime | None = None) -> list[RegisteredEnterprise]:
    """Return the enterprises of a city, in the order of their customs codes.

    With `as_of`, each that stood in the register then is as it was then, in its city of then. Those registered later are
    there, too; those deleted since are not. One query reads both.
    """
    present = Enterprise.objects.of_city(region)
    rows = _enterprise_field_tuples(present, is_replaced=False)
    if as_of is None:
        return sorted((RegisteredEnterprise(*each) for _, *each in rows), key=attrgetter("customs_code"))
    concerned = Q(region=region, id__in=Enterprise.objects.values("id")) | Q(id__in=present.values("id"))
    replaced = EnterpriseHistory.objects.valid_at(as_of).filter(concerned, valid_to__isnull=False)
    rows = rows.union(_enterprise_field_tuples(replaced, is_replaced=True), all=True)
    # Where a version of then stands beside the present one, it comes later and takes its place.
    found = {key: RegisteredEnterprise(key, *rest) for _, key, *rest in sorted(rows, key=itemgetter(0))}
    return sorted((each for each in found.values() if each.region_id == region), key=attrgetter("customs_code"))


def _enterprise_field_tuples(rows: Any, *, is_replaced: bool) -> Any:
    """Query enterprises or their history as tuples: `is_replaced`, then the fields of a `RegisteredEnterprise`."""
    texts = rows.annotate(modes_text=Cast("modes", TextField()), is_replaced=Literal(is_replaced)).order_by()
    fields = ("id", "region_id", "customs_code", "name", "modes_text", "closed_on", "registered_at")
    return texts.values_list("is_replaced", *fields)


@dataclass(frozen=True)
class LargestEnterprise:
    """One of the enterprises with the most processing trade, with its total since January and year-on-year change."""

    enterprise: Enterprise
    total: Value
    year_on_year: Value


def count_enterprises_above(month: Month, as_of: datetime | None = None, *, threshold: Decimal) -> Value:
    """Count the enterprises whose processing trade from January to `month` exceeds `threshold` dollars.

    Its inputs are their totals. It counts the present facts; a report keeps the count it printed. It adds up all facts
    of the year, so it is cached while no fact changes.
    """
    return _above_cache.get((month, threshold), lambda: _count_enterprises_above(month, threshold))


def _count_enterprises_above(month: Month, threshold: Decimal) -> Value:
    above = _cumulative_trade_of_several(month, _largest_enterprise_ids(month, above=threshold))
    key = FigureKey("enterprises.above", month, f"{threshold:f}")
    label = f"{month.year}年{month.range_in_digits}加工贸易进出口超过{threshold / 100_000_000:f}亿美元的企业"
    return Value(key, label, Decimal(len(above)), FIRMS, Derivation.COUNT, tuple(above.values()))


def largest_enterprises(month: Month, count: int) -> tuple[LargestEnterprise, ...]:
    """Return the `count` enterprises with the most processing trade from January to `month`, largest first.

    Read again when facts, the register or the regions change.
    """
    return _largest_cache.get((month, count), lambda: _read_largest_enterprises(month, count))


def _read_largest_enterprises(month: Month, count: int) -> tuple[LargestEnterprise, ...]:
    now = _cumulative_trade_of_several(month, _largest_enterprise_ids(month, count=count))
    before = _cumulative_trade_of_several(month.year_ago, list(now))
    found = []
    for enterprise, total in now.items():
        base = before.get(enterprise) or _sum_cumulative_trade(enterprise, month.year_ago, ())
        found.append(
            LargestEnterprise(
                enterprise,
                total,
                computed_values.growth(total.key.with_steps("yoy"), f"{total.label}同比", total, base),
            )
        )
    return tuple(found)


def attach_cumulative_trade(enterprises: Sequence[Any], month: Month) -> Sequence[Any]:
    """Set `total_usd` (trade from January to `month`) and `last_year_usd` (a year earlier) on each enterprise.

    `total_usd` and `last_year_usd` are in dollars, and None without accepted months. One query reads all. Versions of
    enterprises are taken, too.
    """
    now, base = Q(month__lte=month.first), Q(month__lte=month.year_ago.first)
    this_year, last_year = (
        Q(month__gte=month.months_to_date[0].first),
        Q(month__gte=month.year_ago.months_to_date[0].first),
    )
    traded = F("export_usd") + F("import_usd")
    total, before = Sum(traded, filter=now & this_year), Sum(traded, filter=base & last_year)
    keys = [enterprise.pk for enterprise in enterprises]
    facts = ProcessingTrade.objects.filter(enterprise_id__in=keys).between(month.year_ago.months_to_date[0], month)
    sums = facts.values("enterprise").annotate(total=total, base=before).values_list("enterprise", "total", "base")
    found = {enterprise: amounts for enterprise, *amounts in sums}
    for enterprise in enterprises:
        enterprise.total_usd, enterprise.last_year_usd = found.get(enterprise.pk, (None, None))
    return enterprises


@dataclass(frozen=True)
class TradeRow:
    month: Month
    mode: str
    export_usd: Decimal
    import_usd: Decimal
    round: Round
    row_number: int
    replaced: bool  # an earlier version, no longer what stands

    @property
    def total(self) -> Decimal:
        return self.export_usd + self.import_usd

    @property
    def sheet_row_label(self) -> str:
        """The trade's row number in the city's submitted sheet, as Chinese text such as 第 3 行."""
        return f"第 {self.row_number} 行"


def trade_history(enterprise: int) -> list[TradeRow]:
    """Return an enterprise's accepted processing trade by month, newest first, including replaced versions.

    The current version of a month comes before those it replaced.
    """
    current = ProcessingTrade.objects.filter(enterprise=enterprise).select_related("round__monthly_return__region")
    replaced = ReplacedTrade.objects.filter(enterprise=enterprise).select_related("round__monthly_return__region")
    lines = [_trade_row(fact, replaced=False) for fact in current] + [
        _trade_row(fact, replaced=True) for fact in replaced
    ]
    return sorted(lines, key=lambda line: (line.month, line.mode, line.round.number), reverse=True)


def _trade_row(fact: ProcessingTrade | ReplacedTrade, *, replaced: bool) -> TradeRow:
    month = Month.of(fact.month)
    return TradeRow(month, fact.mode, fact.export_usd, fact.import_usd, fact.round, fact.row_number, replaced)


def cumulative_trade(enterprise: Enterprise, month: Month) -> Value:
    """Return an enterprise's processing trade (exports plus imports) from January to `month`.

    The value refers to the workbook cells that were summed.
    """
    facts = ProcessingTrade.objects.filter(enterprise=enterprise).between(month.months_to_date[0], month)
    return _sum_cumulative_trade(enterprise, month, facts.order_by("month", "mode"))


def _cumulative_trade_of_several(month: Month, enterprises: Iterable[Any]) -> dict[Enterprise, Value]:
    """Return a dict from each enterprise to its trade from January to `month`, largest trade first."""
    facts = (
        ProcessingTrade.objects.filter(enterprise__in=enterprises)
        .between(month.months_to_date[0], month)
        .select_related("enterprise__region")
        .order_by("enterprise", "month", "mode")
    )
    found = [
        (enterprise, _sum_cumulative_trade(enterprise, month, of_one))
        for enterprise, of_one in groupby(facts, key=lambda fact: fact.enterprise)
    ]
    return dict(sorted(found, key=lambda pair: pair[1].amount or Decimal(0), reverse=True))


def _sum_cumulative_trade(enterprise: Enterprise, month: Month, facts: Iterable[ProcessingTrade]) -> Value:
    parts = tuple(part for fact in facts for part in _export_and_import_values(enterprise, fact))
    key = FigureKey("enterprises.total", month, str(enterprise.pk), ("ytd",))
    label = f"{enterprise.name}{month.year}年{month.range_in_digits}加工贸易进出口"
    return computed_values.total(key, label, parts, USD)


def _export_and_import_values(enterprise: Enterprise, fact: ProcessingTrade) -> Iterable[Value]:
    month = Month.of(fact.month)
    for column, word, amount in (("export", "出口", fact.export_usd), ("import", "进口", fact.import_usd)):
        key = FigureKey("enterprises.fact", month, str(enterprise.pk), (fact.mode, column))
        yield Value(key, f"{enterprise.name}{month.label}{fact.mode}{word}", amount, USD, Derivation.CELL)


def _largest_enterprise_ids(month: Month, *, above: Decimal | None = None, count: int | None = None) -> list[int]:
    """Return the ids of the enterprises with the most trade from January to `month`, largest first.

    `above` is exclusive, as 过 excludes the number itself.
    """
    facts = ProcessingTrade.objects.between(month.months_to_date[0], month).values("enterprise")
    summed = facts.annotate(total=Sum(F("export_usd") + F("import_usd"))).order_by("-total", "enterprise_id")
    if above is not None:
        summed = summed.filter(total__gt=above)
    return list(summed.values_list("enterprise_id", flat=True)[:count])
