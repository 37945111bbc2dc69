"""Pure functions that build the ranking of cities and the map of their growth."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse

from hunan_trade.indicators import computed_values
from hunan_trade.indicators.computed_values import Value
from hunan_trade.indicators.values_by_city import PanelData
from hunan_trade.periods import Month
from hunan_trade.quantities import NO_DATA, format_with_commas, format_with_sign, in_wan
from hunan_trade.regions.models import PROVINCE, XIANGNAN
from hunan_trade.ui.chart_data import Area, CityMap
from hunan_trade.ui.component_data import Bullet

GROWTH_STEPS = (Decimal(0), Decimal(20), Decimal(35), Decimal(50))  # 50%: what the plan of 2013 asks of the province


def months_to_date_label(month: Month) -> str:
    """Return the months from January to `month` as text, such as 1—5月 for May."""
    return month.range_in_digits.replace("-", "—")


@dataclass(frozen=True)
class RankingRow:
    """A row of the ranking of cities: the province, a group of three cities, or one city."""

    name: str
    total: Value
    growth: Value
    share: Value
    rank: Value | None = None
    growth_rank: Value | None = None
    rank_change: str = ""
    url: str = ""
    bar: Bullet | None = None

    @property
    def growth_text(self) -> str:
        """The growth with its sign, such as +43.9, or a dash if the growth is unknown."""
        return format_with_sign(self.growth.amount) if self.growth.known else NO_DATA

    @property
    def covered_span(self) -> str:
        """The months that the row's total covers if some are missing, such as 1—4月, else ""."""
        return self.total.note.replace("-", "—") if self.rank and not self.rank.known else ""

    @property
    def growth_hint(self) -> str:
        return "" if self.growth.known else self.growth.note


def rank_change(panel: PanelData, region: str) -> str:
    """Return how a region's rank changed since last month: 升 1 (up), 降 2 (down) or 平 (same).

    — where a rank is missing, and in January.
    """
    if panel.month.month == 1:
        return NO_DATA
    now, before = panel.rank(region).amount, panel.month_before.rank(region).amount
    if now is None or before is None:
        return NO_DATA
    return "平" if now == before else f"升 {before - now:f}" if now < before else f"降 {now - before:f}"


def ranking_rows(panel: PanelData) -> tuple[RankingRow, ...]:
    """Return the rows of the ranking: the province, a group of three cities, then each city by rank.

    Cities without a rank come last.
    """
    total, growth, share = panel.city_group_sum_growth_share("湘南三市", "xiangnan", XIANGNAN)
    province = RankingRow("全省", panel.cumulative(PROVINCE), panel.year_on_year(PROVINCE), panel.share(PROVINCE))
    pairs = [(panel.cumulative(city.code), panel.cumulative(city.code, last_year=True)) for city in panel.cities]
    largest = max((value.amount or Decimal(0) for pair in pairs for value in pair), default=Decimal(0))
    cities = [_city_row(panel, city.code, *pair, largest) for city, pair in zip(panel.cities, pairs, strict=True)]
    cities.sort(key=lambda place: (place.rank is None or not place.rank.known, -(place.total.amount or Decimal(0))))
    return (province, RankingRow("湘南三市", total, growth, share), *cities) if cities else ()


def _city_row(panel: PanelData, code: str, now: Value, before: Value, largest: Decimal) -> RankingRow:
    return RankingRow(
        name=panel.names[code],
        total=now,
        growth=panel.year_on_year(code),
        share=panel.share(code),
        rank=panel.rank(code),
        growth_rank=panel.growth_rank(code),
        rank_change=rank_change(panel, code),
        url=_monthly_return_url(panel, code),
        bar=_comparison_bar(panel.names[code], now.amount, before.amount, largest),
    )


def _comparison_bar(name: str, now: Decimal | None, before: Decimal | None, largest: Decimal) -> Bullet | None:
    if now is None or not largest:
        return None
    label = f"{name} 今年 {format_with_commas(in_wan(now))}，上年同期 {format_with_commas(in_wan(before))} 万美元"
    return Bullet(label, actual=now, goal=largest, expected=before)


def growth_map(panel: PanelData) -> CityMap | None:
    """Return a map of each city's year-on-year growth, or None if no city's growth is known."""
    rates = {city.code: panel.year_on_year(city.code) for city in panel.cities}
    known = computed_values.sorted_by_amount(rates.items())
    if not known:
        return None
    (best, most), (last, least) = known[0], known[-1]
    return CityMap(
        key="growth-map",
        finding=(
            f"{panel.month.year}年{months_to_date_label(panel.month)}各市州{panel.indicator.title}同比，"
            f"{panel.names[best]}最高 {format_with_sign(most.amount)}%，{panel.names[last]}最低 {format_with_sign(least.amount)}%"
        ),
        unit="%",
        bounds=GROWTH_STEPS,
        areas=tuple(
            Area(code, panel.names[code], rate.amount, light="", url=_monthly_return_url(panel, code))
            for code, rate in rates.items()
        ),
    )


def _monthly_return_url(panel: PanelData, code: str) -> str:
    through = panel.complete_through(code)
    return reverse("intake:return", args=(code, through)) if through else ""
