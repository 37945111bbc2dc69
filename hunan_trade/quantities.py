"""Pure functions that round, convert and format exact decimal numbers.

Halves are rounded up.
Money is held in dollars or yuan to the cent. Forms take 万 with up to six decimals, tables print 万, text prints 亿.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

WAN = Decimal(10_000)
YI = Decimal(100_000_000)
NO_DATA = "—"
MINUS = "\u2212"
_TYPED = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,6})?")


def rounded(value: Decimal, places: int) -> Decimal:
    """Round a number half up to `places` decimals, and turn negative zero into zero."""
    result = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return abs(result) if result == 0 else result


def format_plain(value: Decimal | None, places: int) -> str:
    """Format a number for running text, without thousands commas; None becomes —."""
    return NO_DATA if value is None else f"{rounded(value, places):f}"


def format_with_commas(value: Decimal | int | None, places: int = 0) -> str:
    """Format a number for tables on screen, with thousands commas and the minus sign −; None becomes —."""
    return NO_DATA if value is None else f"{rounded(Decimal(value), places):,f}".replace("-", MINUS)


def add_commas_to_typed(text: str) -> str:
    """Add thousands commas to a typed number, so that 13517 becomes 13,517.

    Its decimals stay; a text that is no number is returned as it is.
    """
    return f"{Decimal(text):,f}".replace("-", MINUS) if _TYPED.fullmatch(text) else text


def format_with_commas_for_print(value: Decimal | int | None, places: int = 0) -> str:
    """Format a number for printed tables with thousands commas and a hyphen as minus sign."""
    return format_with_commas(value, places).replace(MINUS, "-")


def format_with_sign(value: Decimal | None, places: int = 1) -> str:
    """Format a rate of change with its sign, such as +43.9; None becomes —."""
    if value is None:
        return NO_DATA
    text = format_with_commas(value, places)
    return "+" + text if rounded(value, places) > 0 else text


def in_wan(value: Decimal | None) -> Decimal | None:
    """Convert an amount in single dollars or yuan to units of 万 (10,000), without rounding."""
    return None if value is None else value / WAN


def in_yi(value: Decimal | None) -> Decimal | None:
    """Convert an amount in single dollars or yuan to units of 亿 (100,000,000), without rounding."""
    return None if value is None else value / YI


def wan_to_money(value: Decimal) -> Decimal:
    """Convert an amount typed in 万 (10,000) to dollars or yuan with two decimals.

    The typed amount has at most six decimals.
    """
    return (value * WAN).quantize(Decimal("0.01"))


def money_to_wan_text(value: Decimal) -> str:
    """Format an amount in dollars or yuan as a number of 万 (10,000) without unit, such as 1.25 for 12,500."""
    text = f"{value / WAN:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(part: Decimal, whole: Decimal) -> Decimal:
    """Return `part` ÷ `whole` × 100, exact to 28 digits.

    `whole` must not be zero.
    """
    return part / whole * 100


@dataclass(frozen=True)
class Growth:
    """A rate of change in %, or Chinese words that are printed if there is no rate."""

    rate: Decimal | None
    words: str = ""


def growth(now: Decimal | None, base: Decimal | None) -> Growth:
    """Return the rate of change from `base` to `now`, or Chinese words if no rate can be computed.

    Words are returned if `base` is missing, zero or negative.
    """
    if now is None or base is None:
        return Growth(None, "无可比数据")
    if base == 0:
        return Growth(None, "上年同期为零" if now == 0 else "由零起步")
    if base < 0:
        return Growth(None, "上年同期为负")
    return Growth((now - base) / base * 100)
