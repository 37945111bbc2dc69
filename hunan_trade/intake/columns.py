"""Columns of a dataset and the parsers that read them. Pure.

A parser takes the raw texts of a whole column and gives back the values beside what is wrong, so that 100,000 rows
cost one call. Blank is None and never zero.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from hunan_trade import quantities
from hunan_trade.periods import Month
from hunan_trade.typed_text import is_tidy, tidy

DIGITS = 15  # what a spreadsheet's number can hold exactly


class Kind(StrEnum):
    KEY = "key"  # names the record
    LOCKED = "locked"  # from the register or last month; not to be changed
    MONTH = "month"  # the month's figure: typed and stored
    CHECK = "check"  # typed as a check only
    REASON = "reason"  # explains what the rules find odd


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell; `at` is the index in the column."""

    at: int
    code: str
    message: str


@dataclass(frozen=True)
class Parsed:
    values: list[Any]
    faults: list[Fault]


Parser = Callable[[Sequence[str]], Parsed]


@dataclass(frozen=True)
class Column:
    key: str
    title: str
    kind: Kind
    parse: Parser
    unit: str = ""
    group: str = ""
    width: int = 12
    places: int | None = None  # decimals shown; None for text
    choices: tuple[str, ...] = ()
    hint: str = ""

    def group_in(self, month: Month) -> str:
        """The upper heading with the month written in: 6月当月, 1-6月."""
        return self.group.format(month=month.month, span=month.span, before=month.previous.month)


_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_PLAIN = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?")
_BEYOND_PLAIN = re.compile(r"[^0-9.,]")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}([, ][0-9]{3})+(\.[0-9]*)?")  # 1,234.5; but 12,5 is not 125
_ZERO_WORDS = {"无", "没有", "-", "--", "—", "——", "/", "零", "〇"}
# Nothing else is folded: ² is not 2, and no figure is read in digits that the office does not write.
_NARROW = {ord("！") + at: ord("!") + at for at in range(94)} | {ord("\u3000"): " ", ord("\u2212"): "-"}


def number(places: int, *, whole: bool = False) -> Parser:
    """Numbers of at most `places` decimals, not negative."""

    def parse(texts: Sequence[str]) -> Parsed:
        if (plain := _plain_numbers(texts, places)) is not None:
            return Parsed(plain, [])
        values: list[Decimal | None] = []
        faults: list[Fault] = []
        for at, text in enumerate(texts):
            if not text:
                values.append(None)
            elif _PLAIN.fullmatch(text) and (places >= 4 or "." not in text):
                values.append(Decimal(text))
            else:
                value, fault = _number(text, places, whole)
                values.append(value)
                if fault:
                    faults.append(Fault(at, *fault))
        return Parsed(values, faults)

    return parse


def _plain_numbers(texts: Sequence[str], places: int) -> list[Any] | None:
    """All values at once where the whole column has digits and points alone, nothing long: no cell is to be told of."""
    together = ",".join(texts)
    if _BEYOND_PLAIN.search(together) or max(map(len, texts), default=0) > DIGITS - places:
        return None
    if re.search(rf"\.[0-9]{{{places + 1}}}", together):
        return None
    try:
        if "" not in texts:
            return list(map(Decimal, texts))
        return [Decimal(text_) if text_ else None for text_ in texts]
    except InvalidOperation:  # a point too many or alone, a comma
        return None


def _number(text: str, places: int, whole: bool) -> tuple[Decimal | None, tuple[str, str] | None]:
    shown = text if len(text) <= 30 else text[:30] + "…"
    plain = narrow(text)
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "").replace(" ", "")
    if plain in _ZERO_WORDS:
        return None, ("number.word", f"“{shown}”不是数。没有发生填 0")
    if not _NUMBER.fullmatch(plain):
        return None, ("number.text", f"“{shown}”不是数。只填数字，单位已在表头写明")
    value = Decimal(plain)
    digits, exponent = value.as_tuple().digits, value.as_tuple().exponent
    assert isinstance(exponent, int)
    significant = len("".join(map(str, digits)).strip("0")) or 1
    decimals = max(0, -exponent)
    if decimals > places:
        decimals = max(0, -int(value.normalize().as_tuple().exponent))  # 12.500000000 has one
    if significant > DIGITS:
        return None, ("number.digits", f"“{shown}”位数过多，最多 {DIGITS} 位有效数字。核对是否多录")
    if max(value.adjusted() + 1, 1) + places > DIGITS:
        return None, ("number.digits", f"“{shown}”数额过大，整数最多 {DIGITS - places} 位。核对是否多录")
    if value < 0:
        return None, ("number.negative", f"“{shown}”是负数。当月数不能为负，冲减请改原月份")
    if decimals > places:
        want = "填整数" if whole or places == 0 else f"最多 {places} 位小数"
        return None, ("number.decimals", f"“{shown}”小数过多，{want}")
    return abs(value), None  # no zero below zero


def text(limit: int) -> Parser:
    """Free text of at most `limit` characters, without control characters."""

    def parse(texts: Sequence[str]) -> Parsed:
        if max(map(len, texts), default=0) <= limit:
            return Parsed(list(texts) if "" not in texts else [value or None for value in texts], [])
        faults = [
            Fault(at, "text.long", f"文字超过 {limit} 字，现有 {len(value)} 字。缩短后再填")
            for at, value in enumerate(texts)
            if len(value) > limit
        ]
        return Parsed([value or None for value in texts], faults)

    return parse


def choice(options: Sequence[str]) -> Parser:
    allowed = frozenset(options)
    listed = "、".join(options)

    def parse(texts: Sequence[str]) -> Parsed:
        if allowed.issuperset(texts):
            return Parsed(list(texts), [])
        faults = [
            Fault(at, "choice.unknown", f"“{value[:20]}”不在可选范围。从下拉中选：{listed}")
            for at, value in enumerate(texts)
            if value and value not in allowed
        ]
        return Parsed([value if value in allowed else None for value in texts], faults)

    return parse


def cleaned(column: Column, text_: str | None) -> str:
    """A cell of this column as it is compared: what names a record also with full-width signs made narrow."""
    return narrow(tidy(text_)) if column.kind is Kind.KEY else tidy(text_)


def cleaned_column(column: Column, texts: Sequence[str]) -> Sequence[str]:
    """`cleaned` for all cells of a column, looked at as one text: hardly any column has something to clean."""
    together = "".join(texts)
    spoilt = " " in together or not is_tidy(together)
    if spoilt or (column.kind is Kind.KEY and narrow(together) != together):
        return [cleaned(column, text_) for text_ in texts]
    return texts


def narrow(text_: str) -> str:
    """Digits, letters and signs typed full-width, ４３１０ or －５, as their narrow twins."""
    return text_ if text_.isascii() else text_.translate(_NARROW)


def money(value: Decimal | None) -> Decimal | None:
    """万 as typed to dollars or yuan."""
    return None if value is None else quantities.wan_to_money(value)
