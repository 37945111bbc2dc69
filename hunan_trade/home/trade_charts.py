"""Pure functions that build charts of processing trade by month, for the province and for one city."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import accumulate

from hunan_trade.indicators import computed_values
from hunan_trade.indicators.computed_values import Value
from hunan_trade.indicators.values_by_city import PanelData
from hunan_trade.periods import Month
from hunan_trade.quantities import format_with_commas, in_wan, in_yi
from hunan_trade.regions.models import PROVINCE
from hunan_trade.ui.chart_data import Chart, Series

MONTHS = tuple(f"{number}月" for number in range(1, 13))


def monthly_chart(panel: PanelData, needed: Decimal | None) -> Chart:
    """Return the bar chart of the province's trade in each month of this and last year, in 亿 (10^8) dollars.

    `needed` is due in each month still to come.
    """
    now, before = (
        _monthly_amounts_in_yi(panel, panel.month),
        _monthly_amounts_in_yi(panel, Month(panel.month.year - 1, 12)),
    )
    remaining = [None] * panel.month.month + [in_yi(needed)] * (12 - panel.month.month)
    series = [Series("今年", "now", _pad_to_december(now)), Series("上年", "last", _pad_to_december(before))]
    words = f"{panel.month.month}月 {_format_yi(now[-1])}，上年同月 {_format_yi(before[panel.month.month - 1])} 亿美元"
    if needed is not None:
        series.append(Series("余月月均需", "need", _pad_to_december(remaining)))
        words += f"；余下 {12 - panel.month.month} 个月月均需 {_format_yi(in_yi(needed))}"
    return Chart("by-month", "bars", words, "亿美元", MONTHS, tuple(series), caption="当月")


def cumulative_chart(panel: PanelData, goal: Decimal | None) -> Chart:
    """Return the line chart of the province's cumulative trade in this and last year, in 亿 (10^8) dollars.

    With the expected path to `goal` if given.
    """
    now, before = (
        _running_totals(_monthly_amounts_in_yi(panel, panel.month)),
        _running_totals(_monthly_amounts_in_yi(panel, Month(panel.month.year - 1, 12))),
    )
    series = [Series("今年", "now", _pad_to_december(now)), Series("上年", "last", _pad_to_december(before))]
    words = f"累计 {_format_yi(now[-1])}，上年同期 {_format_yi(before[panel.month.month - 1])} 亿美元"
    if goal is not None:
        path = [
            computed_values.elapsed_percent_of_year(Month(panel.month.year, number)).amount for number in range(1, 13)
        ]
        steps = [in_yi(goal * (share or Decimal(0)) / 100) for share in path]
        series.append(Series("目标", "path", _pad_to_december(steps)))
        words += f"，序时 {_format_yi(steps[panel.month.month - 1])}"
    return Chart("to-date", "lines", words, "亿美元", MONTHS, tuple(series), caption="累计")


def city_chart(known: Mapping[Month, Value], year: int, unaccepted: tuple[Month, Decimal] | None) -> Chart | None:
    """Return the chart of a city's trade by month in this and last year, in 万 (10^4) dollars.

    None without any amount.

    Accepted months of `year`, and one unaccepted month as a series of its own.
    """
    months = [Month(year, number) for number in range(1, 13)]
    now, before = _amounts_in_wan(known, months), _amounts_in_wan(known, [month.year_ago for month in months])
    series = [Series("今年", "now", tuple(now)), Series("上年", "last", tuple(before))]
    filled = [month for month, amount in zip(months, now, strict=True) if amount is not None]
    words = []
    if filled:
        at = filled[-1].month
        words.append(f"{at}月 {format_with_commas(now[at - 1])}，上年同月 {format_with_commas(before[at - 1])} 万美元")
    if unaccepted and unaccepted[0].year == year and unaccepted[0] not in filled:
        month, amount = unaccepted
        hollow = [None] * (month.month - 1) + [amount]
        series.insert(1, Series(f"{month.month}月未核定", "unaccepted", _pad_to_december(hollow)))
        words.append(f"{month.month}月 {format_with_commas(amount)} 万美元，未核定")
    if not words:
        return None
    return Chart("own-months", "bars", "；".join(words), "万美元", MONTHS, tuple(series), places=0, height="mid")


def _amounts_in_wan(known: Mapping[Month, Value], months: Sequence[Month]) -> list[Decimal | None]:
    return [in_wan(known[month].amount) if month in known else None for month in months]


def _monthly_amounts_in_yi(panel: PanelData, last: Month) -> list[Decimal | None]:
    return [in_yi(panel.month_value(PROVINCE, month).amount) for month in last.months_to_date]


def _running_totals(months: Iterable[Decimal | None]) -> list[Decimal | None]:
    """Return the running totals of monthly amounts, with None from the first unknown amount on."""
    return list(accumulate(months, lambda sofar, new: None if sofar is None or new is None else sofar + new))


def _pad_to_december(amounts: Sequence[Decimal | None]) -> tuple[Decimal | None, ...]:
    return (*amounts, *[None] * (12 - len(amounts)))


def _format_yi(amount: Decimal | None) -> str:
    return format_with_commas(amount, 2)
