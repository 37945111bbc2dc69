"""Pure functions that parse numbers and amounts of money in the spellings that people use.

They are exact.
"""

from __future__ import annotations

import re
from decimal import Decimal

from hunan_trade import quantities
from hunan_trade.lists.imports.measurement_units import (
    CNY,
    COUNTERS,
    PERCENT,
    MoneyUnit,
    money_unit,
    standard_unit_name,
)
from hunan_trade.tabular.column_parsers import to_half_width

_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?P<number>[0-9]{1,3}(?:[, ][0-9]{3})+(?:\.[0-9]*)?|[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
    r"(?P<power>[eE][+-]?[0-9]{1,2})?\s*(?P<unit>[^0-9.,\s]*)"
)
_PLAIN = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")  # which need no second look
_SIGNS = {"人民币": CNY, "￥": CNY, "¥": CNY, "RMB": CNY, "US$": "美元", "$": "美元", "USD": "美元"}
_BARE_SCALES = ("百万", "千万", "千", "万", "亿")
_WORDS_FOR_NOTHING = {"-", "--", "/", "无", "没有", "零", "〇"}
_MAX_DIGITS = 18  # whole digits


def read_number(text: str) -> tuple[Decimal, str]:
    """Return the number in a text and the unit behind it, such as 3.2 and 亿 for 3.2亿.

    The unit is "" if there is none. Raises ValueError with a Chinese sentence. The sentence begins behind the quoted
    text.
    """
    match = _NUMBER.fullmatch(to_half_width(text).strip())
    if match is None:
        if text in _WORDS_FOR_NOTHING:
            raise ValueError("不是数。是零写 0，不改留空，要清空写 清空")
        raise ValueError("不是数。写成 12,000 或 1.2亿 这样")
    digits = match["number"].replace(",", "").replace(" ", "")
    value = Decimal(f"{match['sign']}{digits}{match['power'] or ''}")
    if value and value.adjusted() >= _MAX_DIGITS:
        raise ValueError("位数过多。核对是否多录")
    return value + 0, match["unit"]  # no zero below zero


def read_count(text: str, unit: str = "") -> int:
    """Parse a whole number such as 21 or 第21条, and multiply it by 10,000 if its unit is one such as 万人.

    Raises ValueError as `read_number` does.
    """
    value, behind = read_number(text.strip().removeprefix("第"))
    scale, behind = (quantities.WAN, behind[1:]) if behind.startswith("万") else (Decimal(1), behind)
    if behind and behind not in COUNTERS:
        raise ValueError(f"后面的“{behind[:10]}”不认识。只写数")
    if scale == 1 and unit.startswith("万") and money_unit(unit) is None:
        scale = quantities.WAN
    if (value := value * scale) != int(value):
        raise ValueError(f"不是整数（{value:f}）。改为整数")
    return int(value)


def read_year(text: str) -> int:
    """Parse a year such as 2013, 2013年 or 2013年度.

    Raises ValueError as `read_number` does.
    """
    return read_count(text.strip().removesuffix("度").removesuffix("年"))


def read_rate(text: str) -> Decimal:
    """Parse a percentage such as 12.5% or 12.5, and return 12.5.

    Raises ValueError as `read_number` does.
    """
    value, behind = read_number(text)
    if behind not in ("", PERCENT):
        raise ValueError(f"后面的“{behind[:10]}”不认识。只写百分数")
    return value


def read_money(text: str, unit: MoneyUnit) -> Decimal:
    """Parse an amount of money such as 3.2亿元, and return it in yuan or dollars, rounded to two decimals.

    A number without a unit behind it is in `unit`. Raises ValueError as `read_number` does, also for an amount of the
    other currency.
    """
    if _PLAIN.fullmatch(text):
        return quantities.rounded(Decimal(text) * unit.factor, 2)
    plain, currency = _number_text_and_currency(to_half_width(text).strip())
    value, behind = read_number(plain)
    factor = unit.factor
    if behind in _BARE_SCALES:
        scaled = money_unit(behind + unit.currency)
        assert scaled is not None
        factor = scaled.factor
    elif behind:
        written = money_unit(standard_unit_name(behind))
        if written is None:
            raise ValueError(f"后面的“{behind[:10]}”不是金额的单位。写成 12,000 或 1.2亿 这样")
        currency, factor = written.currency, written.factor
    if currency and currency != unit.currency:
        raise ValueError(f"写的是{_NAMES[currency]}，这一列是{_NAMES[unit.currency]}。换算后再填")
    return quantities.rounded(value * factor, 2)


_NAMES = {CNY: "人民币", "美元": "美元"}


def _number_text_and_currency(text: str) -> tuple[str, str]:
    """Return the text without its leading currency sign, and the currency; "" if there is no sign."""
    for sign, currency in _SIGNS.items():
        if text.startswith(sign):
            return text[len(sign) :].strip(), currency
    return text, ""
