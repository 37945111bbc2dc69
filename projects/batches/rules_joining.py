"""Pure rules that decide which projects may join a batch, and on which days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hunan_trade.quantities import add_commas_to_typed, money_to_wan_text, rounded
from projects.choices import ProjectClass


@dataclass(frozen=True)
class EntryThreshold:
    """A minimum investment for an industrial project to join a batch, with the first day on which it applies."""

    least_usd: Decimal
    holds_from: date


FIRST_THRESHOLD = EntryThreshold(Decimal(50_000_000), date.min)  # until the lead decides on another one


@dataclass(frozen=True)
class Investment:
    """A project's total investment in dollars and yuan, with the year's exchange rate if it has been decided."""

    usd: Decimal | None
    cny: Decimal | None
    cny_per_usd: Decimal | None

    @property
    def measured_usd(self) -> Decimal:
        """Total investment in dollars: the dollars, plus the yuan converted at the year's exchange rate.

        Yuan are turned into dollars by the year's rate. As long as none is decided, they are left out.
        """
        yuan = (self.cny or Decimal(0)) / self.cny_per_usd if self.cny_per_usd else Decimal(0)
        return (self.usd or Decimal(0)) + yuan


def threshold_on(day: date, decided: Iterable[EntryThreshold]) -> EntryThreshold:
    """Return the minimum investment in force on `day`; of several that start on one day, the last in the list."""
    holding = [FIRST_THRESHOLD, *(each for each in decided if each.holds_from <= day)]
    return max(reversed(holding), key=lambda each: each.holds_from)


def lowest_threshold(day: date, decided: Iterable[EntryThreshold]) -> EntryThreshold:
    """Return the lowest minimum investment for joining a batch that was in force on any day up to `day`.

    A project that invests less can have joined a batch on none of these days.
    """
    decided = list(decided)
    starts = {each.holds_from for each in decided if each.holds_from <= day}
    holding = [threshold_on(start, decided) for start in (FIRST_THRESHOLD.holds_from, *starts)]
    return min(holding, key=lambda each: each.least_usd)


def low_investment_error(
    project_class: ProjectClass, investment: Investment, threshold: EntryThreshold, year: int
) -> str | None:
    """Return a Chinese message if a project invests too little to join a batch, else None.

    Infrastructure and public service platforms are bound by no amount. `year` is that of the rate.
    """
    if project_class != ProjectClass.INDUSTRY or investment.measured_usd >= threshold.least_usd:
        return None
    if not (investment.usd or investment.cny):
        return "还没有填总投资，先补填总投资"
    least = f"产业项目总投资要在 {wan_text(threshold.least_usd)} 万美元以上，或与之相当的人民币"
    if investment.cny and investment.cny_per_usd is None:
        return f"{least}；{year}年汇率还没有定，人民币没有折算，请省厅负责人先定汇率"
    return f"{least}，这一项{'折合' if investment.cny else ''} {wan_text(investment.measured_usd)} 万美元"


def joining_date_error(
    joined_on: date, *, opened_on: date, intended_on: date, last_left_on: date | None, today: date
) -> str | None:
    """Return a Chinese message if a project cannot have joined a batch on the day `joined_on`, else None.

    `last_left_on` is the day on which it last left a batch.
    """
    if joined_on > today:
        return f"列入日期 {joined_on} 还没有到，填今天（{today}）或以前的日期。"
    if joined_on < opened_on:
        return f"列入日期 {joined_on} 早于这一批的启动日期 {opened_on}。"
    if joined_on < intended_on:
        return f"列入日期 {joined_on} 早于项目的意向日期 {intended_on}。"
    if last_left_on and joined_on < last_left_on:
        return f"项目 {last_left_on} 才退出上一批，列入日期不能早于这一天。"
    return None


def leaving_date_error(left_on: date, *, joined_on: date, today: date) -> str | None:
    """Return a Chinese message if a project cannot have left its batch on the day `left_on`, else None."""
    if left_on > today:
        return f"退出日期 {left_on} 还没有到，填今天（{today}）或以前的日期。"
    if left_on < joined_on:
        return f"退出日期 {left_on} 早于列入日期 {joined_on}。"
    return None


def wan_text(amount: Decimal) -> str:
    """Format an amount in dollars or yuan as a number of 万 (10,000) without unit, such as 5,000 for 50,000,000."""
    return add_commas_to_typed(money_to_wan_text(rounded(amount, 2)))
