"""Pure rules that check increases of contracted capital and return Chinese error messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

LIMIT = Decimal(10) ** 15  # an amount has 17 digits, two of them behind the point
FIRST_AMOUNTS = ("contracted_cny", "contracted_usd", "total_investment_cny", "total_investment_usd")
_WHERE_TO = {
    "contracted": "签约后不直接改合同资金。追加的在项目页“申报增资”；原来登记错的，报省厅更正。",
    "total": "签约后不直接改总投资。登记错的，报省厅更正。",
}


def increase_errors(
    effective_on: date, amounts: Mapping[str, Decimal | None], *, signed_on: date, today: date
) -> dict[str, str]:
    """Return Chinese error messages, by field, for an invalid date or amount of a capital increase."""
    faults = {}
    if effective_on > today:
        faults["effective_on"] = f"增资日期 {effective_on} 还没有到，填今天（{today}）或以前的日期。"
    elif effective_on < signed_on:
        faults["effective_on"] = f"增资日期 {effective_on} 早于签约日期 {signed_on}，核对日期。"
    given = {name: amount for name, amount in amounts.items() if amount is not None}
    if not given:
        faults[next(iter(amounts))] = "内资、外资至少填一项。"
    for name, amount in given.items():
        if amount <= 0:
            faults[name] = "增资金额要大于 0。减少的，报省厅更正原合同资金。"
        elif amount >= LIMIT:
            faults[name] = "金额过大，核对单位。"
    return faults


def changed_amount_errors(before: Mapping[str, Decimal | None], after: Mapping[str, Decimal | None]) -> dict[str, str]:
    """Return Chinese error messages, by field, for changed contract and investment amounts of a signed project."""
    return {
        name: _WHERE_TO["contracted" if name.startswith("contracted") else "total"]
        for name in FIRST_AMOUNTS
        if before[name] != after[name]
    }
