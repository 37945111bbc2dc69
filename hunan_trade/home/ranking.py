"""The fourteen cities and the months of the year as tables, map and charts. Pure over loaded panels."""

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


def span(month: Month) -> str:
    """The months to date as a screen prints them: 1—5月."""
    return month.span.replace("-", "—")


@dataclass(frozen=True)
class Place:
    """A row of the ranking: the province, the three Xiangnan cities together, or a city."""

    name: str
    total: Value
    growth: Value
    share: Value
    rank: Value | None = None
    growth_rank: Value | None = None
    move: str = ""
    url: str = ""
    bar: Bullet | None = None

    @property
    def growth_text(self) -> str:
        """+43.9, or the words that stand in its place."""
        return signed(self.growth.amount) if self.growth.known else NO_DATA

    @property
    def stops(self) -> str:
        """1—4月: how far the total of a city goes that has not reported; "" for one that has."""
        return self.total.note.replace("-", "—") if self.rank and not self.rank.known else ""

    @property
    def growth_hint(self) -> str:
        return "" if self.growth.known else self.growth.note


def moved(panel: Panel, region: str) -> str:
    """升 1, 降 2 or 平 against the month before; — where one of the two ranks is missing, and in January."""
    if panel.month.month == 1:
        return NO_DATA
    now, before = panel.rank(region).amount, panel.month_before.rank(region).amount
    if now is None or before is None:
        return NO_DATA
    return "平" if now == before else f"升 {before - now:f}" if now < before else f"降 {now - before:f}"


def places(panel: Panel) -> tuple[Place, ...]:
    """The province, 湘南三市, then the cities by rank; cities that are left out stand last."""
    total, growth, share = panel.group("湘南三市", "xiangnan", XIANGNAN)
    province = Place("全省", panel.cumulative(PROVINCE), panel.year_on_year(PROVINCE), panel.share(PROVINCE))
    pairs = [(panel.cumulative(city.code), panel.cumulative(city.code, last_year=True)) for city in panel.cities]
    largest = max((value.amount or Decimal(0) for pair in pairs for value in pair), default=Decimal(0))
    cities = [_city(panel, city.code, *pair, largest) for city, pair in zip(panel.cities, pairs, strict=True)]
    cities.sort(key=lambda place: (place.rank is None or not place.rank.known, -(place.total.amount or Decimal(0))))
    return (province, Place("湘南三市", total, growth, share), *cities) if cities else ()


def _city(panel: Panel, code: str, now: Value, before: Value, largest: Decimal) -> Place:
    return Place(
        name=panel.names[code],
        total=now,
        growth=panel.year_on_year(code),
        share=panel.share(code),
        rank=panel.rank(code),
        growth_rank=panel.growth_rank(code),
        move=moved(panel, code),
        url=_return_url(panel, code),
        bar=_bar(panel.names[code], now.amount, before.amount, largest),
    )


def _bar(name: str, now: Decimal | None, before: Decimal | None, largest: Decimal) -> Bullet | None:
    if now is None or not largest:
        return None
    label = f"{name} 今年 {thousands(in_wan(now))}，上年同期 {thousands(in_wan(before))} 万美元"
    return Bullet(label, actual=now, goal=largest, expected=before)


def growth_map(panel: Panel) -> CityMap | None:
    """同比 of the months to date by city; None while nothing can be compared."""
    rates = {city.code: panel.year_on_year(city.code) for city in panel.cities}
    known = values.sorted_by_amount(rates.items())
    if not known:
        return None
    (best, most), (last, least) = known[0], known[-1]
    return CityMap(
        key="growth-map",
        finding=(
            f"{panel.month.year}年{span(panel.month)}各市州{panel.indicator.title}同比，"
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
def by_month(panel: Panel, needed: Decimal | None) -> Chart:
    """The province's single months beside last year's, in 亿; `needed` is asked of each month still to come."""
    now, before = _year(panel, panel.month), _year(panel, Month(panel.month.year - 1, 12))
    still = [None] * panel.month.month + [in_yi(needed)] * (12 - panel.month.month)
    series = [Series("今年", "now", _twelve(now)), Series("上年", "last", _twelve(before))]
    words = f"{panel.month.month}月 {_yi(now[-1])}，上年同月 {_yi(before[panel.month.month - 1])} 亿美元"
    if needed is not None:
        series.append(Series("余月月均需", "need", _twelve(still)))
        words += f"；余下 {12 - panel.month.month} 个月月均需 {_yi(in_yi(needed))}"
    return Chart("by-month", "bars", words, "亿美元", MONTHS, tuple(series), caption="当月")


def to_date(panel: Panel, goal: Decimal | None) -> Chart:
    """The province's year growing month by month beside last year's and the even path to `goal`, in 亿."""
    now, before = _grown(_year(panel, panel.month)), _grown(_year(panel, Month(panel.month.year - 1, 12)))
    series = [Series("今年", "now", _twelve(now)), Series("上年", "last", _twelve(before))]
    words = f"累计 {_yi(now[-1])}，上年同期 {_yi(before[panel.month.month - 1])} 亿美元"
    if goal is not None:
        path = [values.expected_path(Month(panel.month.year, number)).amount for number in range(1, 13)]
        steps = [in_yi(goal * (share or Decimal(0)) / 100) for share in path]
        series.append(Series("目标", "path", _twelve(steps)))
        words += f"，序时 {_yi(steps[panel.month.month - 1])}"
    return Chart("to-date", "lines", words, "亿美元", MONTHS, tuple(series), caption="累计")


def of_city(known: Mapping[Month, Value], year: int, waiting: tuple[Month, Decimal] | None) -> Chart | None:
    """A city's accepted months of `year` beside last year's, in 万; `waiting` is a month nobody has accepted, in 万."""
    months = [Month(year, number) for number in range(1, 13)]
    now, before = _in_wan(known, months), _in_wan(known, [month.year_ago for month in months])
    series = [Series("今年", "now", tuple(now)), Series("上年", "last", tuple(before))]
    filled = [month for month, amount in zip(months, now, strict=True) if amount is not None]
    words = []
    if filled:
        at = filled[-1].month
        words.append(f"{at}月 {thousands(now[at - 1])}，上年同月 {thousands(before[at - 1])} 万美元")
    if waiting and waiting[0].year == year and waiting[0] not in filled:
        month, amount = waiting
        hollow = [None] * (month.month - 1) + [amount]
        series.insert(1, Series(f"{month.month}月未核定", "unaccepted", _twelve(hollow)))
        words.append(f"{month.month}月 {thousands(amount)} 万美元，未核定")
    if not words:
        return None
    return Chart("own-months", "bars", "；".join(words), "万美元", MONTHS, tuple(series), places=0, height="mid")


def _in_wan(known: Mapping[Month, Value], months: Sequence[Month]) -> list[Decimal | None]:
    return [in_wan(known[month].amount) if month in known else None for month in months]


def _year(panel: Panel, last: Month) -> list[Decimal | None]:
    return [in_yi(panel.month_value(PROVINCE, month).amount) for month in last.to_date]


def _grown(months: Iterable[Decimal | None]) -> list[Decimal | None]:
    """Sums from January on; unknown from the first unknown month on."""
    return list(accumulate(months, lambda sofar, new: None if sofar is None or new is None else sofar + new))


def _twelve(amounts: Sequence[Decimal | None]) -> tuple[Decimal | None, ...]:
    return (*amounts, *[None] * (12 - len(amounts)))


def _yi(amount: Decimal | None) -> str:
    return thousands(amount, 2)
