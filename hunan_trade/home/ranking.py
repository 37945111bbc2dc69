"""Builds the ranking of cities, the growth map and the trade charts from loaded panels. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from django.urls import reverse

from hunan_trade.indicators import values
from hunan_trade.indicators.panel import Panel
from hunan_trade.indicators.values import Value
from hunan_trade.periods import Month
from hunan_trade.quantities import NO_DATA, in_wan, in_yi, signed, thousands
from hunan_trade.regions.models import PROVINCE, XIANGNAN
from hunan_trade.ui.charts import Area, Chart, CityMap, Series
from hunan_trade.ui.components import Bullet

GROWTH_STEPS = (Decimal(0), Decimal(20), Decimal(35), Decimal(50))  # 50%: what the plan of 2013 asks of the province
MONTHS = tuple(f"{number}月" for number in range(1, 13))


def span_label(month: Month) -> str:
    """Return the months to date as a screen prints them: 1—5月."""
    return month.span.replace("-", "—")


@dataclass(frozen=True)
class RankingRow:
    """A row of the ranking: the province, the three Xiangnan cities together, or a city."""

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
        """Return the growth with its sign, as +43.9, or the dash for a missing one."""
        return signed(self.growth.amount) if self.growth.known else NO_DATA

    @property
    def covered_span(self) -> str:
        """Return the months that the total of a city with missing returns covers, as 1—4月; empty for a complete one."""
        return self.total.note.replace("-", "—") if self.rank and not self.rank.known else ""

    @property
    def growth_hint(self) -> str:
        return "" if self.growth.known else self.growth.note


def rank_change(panel: Panel, region: str) -> str:
    """Return 升 1, 降 2 or 平 against the month before; — where a rank is missing, and in January."""
    if panel.month.month == 1:
        return NO_DATA
    now, before = panel.rank(region).amount, panel.month_before.rank(region).amount
    if now is None or before is None:
        return NO_DATA
    return "平" if now == before else f"升 {before - now:f}" if now < before else f"降 {now - before:f}"


def ranking_rows(panel: Panel) -> tuple[RankingRow, ...]:
    """Return the province, 湘南三市, then the cities by rank; cities without a rank come last."""
    total, growth, share = panel.group("湘南三市", "xiangnan", XIANGNAN)
    province = RankingRow("全省", panel.cumulative(PROVINCE), panel.year_on_year(PROVINCE), panel.share(PROVINCE))
    pairs = [(panel.cumulative(city.code), panel.cumulative(city.code, last_year=True)) for city in panel.cities]
    largest = max((value.amount or Decimal(0) for pair in pairs for value in pair), default=Decimal(0))
    cities = [_city_row(panel, city.code, *pair, largest) for city, pair in zip(panel.cities, pairs, strict=True)]
    cities.sort(key=lambda place: (place.rank is None or not place.rank.known, -(place.total.amount or Decimal(0))))
    return (province, RankingRow("湘南三市", total, growth, share), *cities) if cities else ()


def _city_row(panel: Panel, code: str, now: Value, before: Value, largest: Decimal) -> RankingRow:
    return RankingRow(
        name=panel.names[code],
        total=now,
        growth=panel.year_on_year(code),
        share=panel.share(code),
        rank=panel.rank(code),
        growth_rank=panel.growth_rank(code),
        rank_change=rank_change(panel, code),
        url=_return_url(panel, code),
        bar=_comparison_bar(panel.names[code], now.amount, before.amount, largest),
    )


def _comparison_bar(name: str, now: Decimal | None, before: Decimal | None, largest: Decimal) -> Bullet | None:
    if now is None or not largest:
        return None
    label = f"{name} 今年 {thousands(in_wan(now))}，上年同期 {thousands(in_wan(before))} 万美元"
    return Bullet(label, actual=now, goal=largest, expected=before)


def growth_map(panel: Panel) -> CityMap | None:
    """Return the map of 同比 of the months to date by city; None while nothing can be compared."""
    rates = {city.code: panel.year_on_year(city.code) for city in panel.cities}
    known = values.sorted_by_amount(rates.items())
    if not known:
        return None
    (best, most), (last, least) = known[0], known[-1]
    return CityMap(
        key="growth-map",
        finding=(
            f"{panel.month.year}年{span_label(panel.month)}各市州{panel.indicator.title}同比，"
            f"{panel.names[best]}最高 {signed(most.amount)}%，{panel.names[last]}最低 {signed(least.amount)}%"
        ),
        unit="%",
        bounds=GROWTH_STEPS,
        areas=tuple(
            Area(code, panel.names[code], rate.amount, light="", url=_return_url(panel, code))
            for code, rate in rates.items()
        ),
    )


def _return_url(panel: Panel, code: str) -> str:
    through = panel.complete_through(code)
    return reverse("intake:return", args=(code, through)) if through else ""


# --- The months of a year -------------------------------------------------------------------------------------------
def monthly_chart(panel: Panel, needed: Decimal | None) -> Chart:
    """Chart the province's single months beside last year's, in 亿; `needed` is due in each month still to come."""
    now, before = _monthly_amounts(panel, panel.month), _monthly_amounts(panel, Month(panel.month.year - 1, 12))
    remaining = [None] * panel.month.month + [in_yi(needed)] * (12 - panel.month.month)
    series = [Series("今年", "now", _pad_to_december(now)), Series("上年", "last", _pad_to_december(before))]
    words = f"{panel.month.month}月 {_yi(now[-1])}，上年同月 {_yi(before[panel.month.month - 1])} 亿美元"
    if needed is not None:
        series.append(Series("余月月均需", "need", _pad_to_december(remaining)))
        words += f"；余下 {12 - panel.month.month} 个月月均需 {_yi(in_yi(needed))}"
    return Chart("by-month", "bars", words, "亿美元", MONTHS, tuple(series), caption="当月")


def cumulative_chart(panel: Panel, goal: Decimal | None) -> Chart:
    """Chart the province's cumulative beside last year's and the even path to `goal`, in 亿."""
    now, before = (
        _running_totals(_monthly_amounts(panel, panel.month)),
        _running_totals(_monthly_amounts(panel, Month(panel.month.year - 1, 12))),
    )
    series = [Series("今年", "now", _pad_to_december(now)), Series("上年", "last", _pad_to_december(before))]
    words = f"累计 {_yi(now[-1])}，上年同期 {_yi(before[panel.month.month - 1])} 亿美元"
    if goal is not None:
        path = [values.expected_path(Month(panel.month.year, number)).amount for number in range(1, 13)]
        steps = [in_yi(goal * (share or Decimal(0)) / 100) for share in path]
        series.append(Series("目标", "path", _pad_to_december(steps)))
        words += f"，序时 {_yi(steps[panel.month.month - 1])}"
    return Chart("to-date", "lines", words, "亿美元", MONTHS, tuple(series), caption="累计")


def city_chart(known: Mapping[Month, Value], year: int, unaccepted: tuple[Month, Decimal] | None) -> Chart | None:
    """Chart a city's accepted months of `year` beside last year's and one unaccepted month, in 万."""
    months = [Month(year, number) for number in range(1, 13)]
    now, before = _in_wan(known, months), _in_wan(known, [month.year_ago for month in months])
    series = [Series("今年", "now", tuple(now)), Series("上年", "last", tuple(before))]
    filled = [month for month, amount in zip(months, now, strict=True) if amount is not None]
    words = []
    if filled:
        at = filled[-1].month
        words.append(f"{at}月 {thousands(now[at - 1])}，上年同月 {thousands(before[at - 1])} 万美元")
    if unaccepted and unaccepted[0].year == year and unaccepted[0] not in filled:
        month, amount = unaccepted
        hollow = [None] * (month.month - 1) + [amount]
        series.insert(1, Series(f"{month.month}月未核定", "unaccepted", _pad_to_december(hollow)))
        words.append(f"{month.month}月 {thousands(amount)} 万美元，未核定")
    if not words:
        return None
    return Chart("own-months", "bars", "；".join(words), "万美元", MONTHS, tuple(series), places=0, height="mid")


def _in_wan(known: Mapping[Month, Value], months: Sequence[Month]) -> list[Decimal | None]:
    return [in_wan(known[month].amount) if month in known else None for month in months]


def _monthly_amounts(panel: Panel, last: Month) -> list[Decimal | None]:
    return [in_yi(panel.month_value(PROVINCE, month).amount) for month in last.to_date]


def _running_totals(months: Iterable[Decimal | None]) -> list[Decimal | None]:
    """Return the sums from January on; None from the first unknown month on."""
    return list(accumulate(months, lambda sofar, new: None if sofar is None or new is None else sofar + new))


def _pad_to_december(amounts: Sequence[Decimal | None]) -> tuple[Decimal | None, ...]:
    return (*amounts, *[None] * (12 - len(amounts)))


def _yi(amount: Decimal | None) -> str:
    return thousands(amount, 2)
