"""Pure functions that recognise units of amounts and counts in the spellings found in spreadsheets.

They stand in headings, in lines above headings and behind numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

CNY, USD = "元", "美元"
_SCALES = {"": 1, "千": 1_000, "万": 10_000, "百万": 1_000_000, "千万": 10_000_000, "亿": 100_000_000}
MONEY_UNITS = {
    scale + currency: (currency, Decimal(factor)) for currency in (CNY, USD) for scale, factor in _SCALES.items()
}
PERCENT = "%"
COUNTERS = ("个", "家", "户", "人", "名", "项", "件", "条", "台", "套", "次", "位", "亩", "公顷", "平方米", "吨")
_OTHER_UNITS = (*COUNTERS, "万人", "万平方米", "万吨", "万亩", "平方公里", "年", "月")
_SAME = (("人民币", ""), ("RMB", ""), ("美金", USD), ("USD", USD), ("￥", ""), ("％", PERCENT), ("圆", "元"))
_BRACKETED = re.compile(r"[（(\[【〔]\s*(?:金额)?(?:单位)?\s*[:：]?\s*([^（）()\[\]【】〔〕]{1,10})[）)\]】〕]")
_TRAILING = re.compile(r"[,，、;；]?\s*单位\s*[:：]?\s*(\S{1,8})$")
_LINE = re.compile(r"单位\s*[:：]\s*(?=([^:：]{1,30}))")
_SEPARATORS = re.compile(r"[、，,/;；和及\s）)\]】]+")


@dataclass(frozen=True)
class MoneyUnit:
    """A unit of money such as 万元, with its currency 元 and its factor 10,000."""

    currency: str
    factor: Decimal


def money_unit(unit: str) -> MoneyUnit | None:
    """Return the unit of money with this name; None if the name is not a unit of money."""
    return MoneyUnit(*MONEY_UNITS[unit]) if unit in MONEY_UNITS else None


def standard_unit_name(text: str) -> str:
    """Return the standard name of a unit, such as 万元 for 人民币万元; "" if the text names no known unit."""
    name = re.sub(r"\s", "", text)
    for written, meant in _SAME:
        name = name.replace(written, meant)
    return name if name in MONEY_UNITS or name == PERCENT or name in _OTHER_UNITS else ""


def split_unit(heading: str) -> tuple[str, str]:
    """Split a heading into title and unit, such as 总投资 and 亿元 for 总投资（亿元）.

    The unit is "" if it has none.
    """
    for pattern in (_BRACKETED, _TRAILING):
        for match in pattern.finditer(heading):
            if unit := standard_unit_name(match[1]):
                return (heading[: match.start()] + heading[match.end() :]).strip(), unit
    return heading, ""


def line_units(text: str) -> tuple[str, ...]:
    """Return the units named in a line above the table, such as 万元 and 人 for 单位：万元、人."""
    found = (standard_unit_name(part) for match in _LINE.finditer(text) for part in _SEPARATORS.split(match[1].strip()))
    return tuple(unit for unit in found if unit)
