"""Parsers that convert the texts of a column into values and report faults in single cells.

A parser takes the raw texts of a column and gives back the values beside the faults, so that 100,000 rows cost one
call. Blank is None and never zero.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from hunan_trade import quantities
from hunan_trade.text_cleaning import INVISIBLE, SHAPING

MAX_DIGITS = 15  # what a spreadsheet's number can hold exactly


@dataclass(frozen=True)
class CellFault:
    """An error in one cell of a parsed column: the cell's index in the column, an error code and a message."""

    at: int
    code: str
    message: str


@dataclass(frozen=True)
class ParsedColumn:
    values: list[Any]
    faults: list[CellFault]


Parser = Callable[[Sequence[str]], ParsedColumn]


_PLAIN = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?")
_BEYOND_PLAIN = re.compile(r"[^0-9.,]")
_ZERO_WORDS = {"无", "没有", "-", "--", "—", "——", "/", "零", "〇"}
# Nothing else is folded: ² is not 2, and no figure is read in digits that the office does not write.
_HALF_WIDTH = {ord("！") + at: ord("!") + at for at in range(94)} | {ord("\u3000"): " ", ord("\u2212"): "-"}
_FULL_WIDTH = re.compile(f"[{''.join(map(chr, _HALF_WIDTH))}]")

# The script of the grid judges by the same patterns (`NOTATION`, `NumberParser.valid_number_pattern`): they say only what both languages know.
_GROUPED = r"[+-]?[0-9]{1,3}([, ][0-9]{3})+(\.[0-9]*)?"  # 1,234.5; but 12,5 is not 125
_POWER = r"([+-]?)([0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE]([+-]?[0-9]{1,3})"
_NUMBER = re.compile(rf"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)|{_POWER}")
NOTATION: Mapping[str, str] = {
    "dropped": SHAPING.pattern,
    "blank": INVISIBLE.pattern,  # besides what Python calls not printable
    "wide": "".join(map(chr, _HALF_WIDTH)),
    "narrow": "".join(sign if isinstance(sign, str) else chr(sign) for sign in _HALF_WIDTH.values()),
    "grouped": _GROUPED,
    "power": _POWER,
}


@dataclass(frozen=True)
class NumberParser:
    """Parser that converts a column's texts into numbers; it refuses negative numbers and too many decimals."""

    places: int
    whole: bool = False

    @cached_property
    def valid_number_pattern(self) -> str:
        """Return the regular expression that valid numbers match.

        They have no separators and no exponent.
        """
        before = MAX_DIGITS - self.places
        return rf"(?=.*[0-9])(?:\+?0*[0-9]{{0,{before}}}(?:\.[0-9]{{0,{self.places}}}0*)?|-0*(?:\.0*)?)"

    def __call__(self, texts: Sequence[str]) -> ParsedColumn:
        if (plain := _parse_plain_numbers(texts, self.places)) is not None:
            return ParsedColumn(plain, [])
        values: list[Decimal | None] = []
        faults: list[CellFault] = []
        for at, text in enumerate(texts):
            if not text:
                values.append(None)
            elif _PLAIN.fullmatch(text) and (self.places >= 4 or "." not in text):
                values.append(Decimal(text))
            else:
                value, fault = self._parse_text(text)
                values.append(value)
                if fault:
                    faults.append(CellFault(at, *fault))
        return ParsedColumn(values, faults)

    def _parse_text(self, text: str) -> tuple[Decimal | None, tuple[str, str] | None]:
        plain = to_half_width(text)
        if re.fullmatch(_GROUPED, plain):
            plain = plain.replace(",", "").replace(" ", "")
        if not _NUMBER.fullmatch(plain):
            return None, _not_a_number_message(text, plain)
        value = Decimal(plain)
        if not re.fullmatch(self.valid_number_pattern, f"{value:f}"):
            return None, self._invalid_number_message(text, value)
        return abs(value), None  # no zero below zero

    def _invalid_number_message(self, text: str, value: Decimal) -> tuple[str, str]:
        """Return the code and the Chinese message that say why a number is not valid."""
        shown, places = _shorten(text), self.places
        significant = len("".join(map(str, value.as_tuple().digits)).strip("0")) or 1
        if significant > MAX_DIGITS:
            return "number.digits", f"“{shown}”位数过多，最多 {MAX_DIGITS} 位有效数字。核对是否多录"
        if max(value.adjusted() + 1, 1) + places > MAX_DIGITS:
            return "number.digits", f"“{shown}”数额过大，整数最多 {MAX_DIGITS - places} 位。核对是否多录"
        if value < 0:
            return "number.negative", f"“{shown}”是负数。当月数不能为负，冲减请改原月份"
        want = "填整数" if self.whole or places == 0 else f"最多 {places} 位小数"
        return "number.decimals", f"“{shown}”小数过多，{want}"


def number_parser(places: int, *, whole: bool = False) -> NumberParser:
    return NumberParser(places, whole)


def _not_a_number_message(text: str, plain: str) -> tuple[str, str]:
    if plain in _ZERO_WORDS:
        return "number.word", f"“{_shorten(text)}”不是数。没有发生填 0"
    return "number.text", f"“{_shorten(text)}”不是数。只填数字，单位已在表头写明"


def _shorten(text: str) -> str:
    return text if len(text) <= 30 else text[:30] + "…"


def _parse_plain_numbers(texts: Sequence[str], places: int) -> list[Any] | None:
    """Return a column's texts as numbers, or None if one of the texts is not a short plain number."""
    together = ",".join(texts)
    if _BEYOND_PLAIN.search(together) or max(map(len, texts), default=0) > MAX_DIGITS - places:
        return None
    if re.search(rf"\.[0-9]{{{places + 1}}}", together):
        return None
    try:
        if "" not in texts:
            return list(map(Decimal, texts))
        return [Decimal(text_) if text_ else None for text_ in texts]
    except InvalidOperation:  # a point too many or alone, a comma
        return None


def text_parser(limit: int) -> Parser:
    """Return a parser that reports a fault for each text longer than `limit` characters."""

    def parse(texts: Sequence[str]) -> ParsedColumn:
        if max(map(len, texts), default=0) <= limit:
            return ParsedColumn(list(texts) if "" not in texts else [value or None for value in texts], [])
        faults = [
            CellFault(at, "text.long", f"文字超过 {limit} 字，现有 {len(value)} 字。缩短后再填")
            for at, value in enumerate(texts)
            if len(value) > limit
        ]
        return ParsedColumn([value or None for value in texts], faults)

    return parse


def choice_parser(options: Sequence[str]) -> Parser:
    """Return a parser that reports a fault for each non-empty text that is not one of `options`."""
    allowed = frozenset(options)
    listed = "、".join(options)

    def parse(texts: Sequence[str]) -> ParsedColumn:
        if allowed.issuperset(texts):
            return ParsedColumn(list(texts), [])
        faults = [
            CellFault(at, "choice.unknown", f"“{value[:20]}”不在可选范围。从下拉中选：{listed}")
            for at, value in enumerate(texts)
            if value and value not in allowed
        ]
        return ParsedColumn([value if value in allowed else None for value in texts], faults)

    return parse


def to_half_width(text_: str) -> str:
    """Convert full-width digits, letters and signs to half-width: ４３１０，－５ becomes 4310,-5."""
    return text_.translate(_HALF_WIDTH) if _FULL_WIDTH.search(text_) else text_


def wan_to_money(value: Decimal | None) -> Decimal | None:
    """Multiply an amount given in 万 by 10,000 to get dollars or yuan; None stays None."""
    return None if value is None else quantities.wan_to_money(value)
