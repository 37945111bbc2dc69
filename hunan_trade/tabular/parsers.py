"""Parsers: from the texts of a whole column to its values, and what is wrong with single cells.

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
from hunan_trade.typed_text import SHAPING, UNSEEN

DIGITS = 15  # what a spreadsheet's number can hold exactly


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


_PLAIN = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?")
_BEYOND_PLAIN = re.compile(r"[^0-9.,]")
_ZERO_WORDS = {"无", "没有", "-", "--", "—", "——", "/", "零", "〇"}
# Nothing else is folded: ² is not 2, and no figure is read in digits that the office does not write.
_NARROW = {ord("！") + at: ord("!") + at for at in range(94)} | {ord("\u3000"): " ", ord("\u2212"): "-"}

# The script of the grid judges by the same patterns (`NOTATION`, `Number.accepted`): they say only what both languages know.
_GROUPED = r"[+-]?[0-9]{1,3}([, ][0-9]{3})+(\.[0-9]*)?"  # 1,234.5; but 12,5 is not 125
_POWER = r"([+-]?)([0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE]([+-]?[0-9]{1,3})"
_WRITTEN = re.compile(rf"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)|{_POWER}")
NOTATION: Mapping[str, str] = {
    "dropped": SHAPING.pattern,
    "blank": UNSEEN.pattern,  # besides what Python calls not printable
    "wide": "".join(map(chr, _NARROW)),
    "narrow": "".join(sign if isinstance(sign, str) else chr(sign) for sign in _NARROW.values()),
    "grouped": _GROUPED,
    "power": _POWER,
}


@dataclass(frozen=True)
class Number:
    """Parses numbers of at most `places` decimals, not negative."""

    places: int
    whole: bool = False

    @cached_property
    def accepted(self) -> str:
        """The pattern of what counts, once it is narrow, without separators and without a power of ten."""
        before = DIGITS - self.places
        return rf"(?=.*[0-9])(?:\+?0*[0-9]{{0,{before}}}(?:\.[0-9]{{0,{self.places}}}0*)?|-0*(?:\.0*)?)"

    def __call__(self, texts: Sequence[str]) -> Parsed:
        if (plain := _plain_numbers(texts, self.places)) is not None:
            return Parsed(plain, [])
        values: list[Decimal | None] = []
        faults: list[Fault] = []
        for at, text in enumerate(texts):
            if not text:
                values.append(None)
            elif _PLAIN.fullmatch(text) and (self.places >= 4 or "." not in text):
                values.append(Decimal(text))
            else:
                value, fault = self._read(text)
                values.append(value)
                if fault:
                    faults.append(Fault(at, *fault))
        return Parsed(values, faults)

    def _read(self, text: str) -> tuple[Decimal | None, tuple[str, str] | None]:
        plain = narrow(text)
        if re.fullmatch(_GROUPED, plain):
            plain = plain.replace(",", "").replace(" ", "")
        if not _WRITTEN.fullmatch(plain):
            return None, _no_number(text, plain)
        value = Decimal(plain)
        if not re.fullmatch(self.accepted, f"{value:f}"):
            return None, self._beyond(text, value)
        return abs(value), None  # no zero below zero

    def _beyond(self, text: str, value: Decimal) -> tuple[str, str]:
        """Why a number is not one that counts."""
        shown, places = _cut(text), self.places
        significant = len("".join(map(str, value.as_tuple().digits)).strip("0")) or 1
        if significant > DIGITS:
            return "number.digits", f"“{shown}”位数过多，最多 {DIGITS} 位有效数字。核对是否多录"
        if max(value.adjusted() + 1, 1) + places > DIGITS:
            return "number.digits", f"“{shown}”数额过大，整数最多 {DIGITS - places} 位。核对是否多录"
        if value < 0:
            return "number.negative", f"“{shown}”是负数。当月数不能为负，冲减请改原月份"
        want = "填整数" if self.whole or places == 0 else f"最多 {places} 位小数"
        return "number.decimals", f"“{shown}”小数过多，{want}"


def number(places: int, *, whole: bool = False) -> Number:
    return Number(places, whole)


def _no_number(text: str, plain: str) -> tuple[str, str]:
    if plain in _ZERO_WORDS:
        return "number.word", f"“{_cut(text)}”不是数。没有发生填 0"
    return "number.text", f"“{_cut(text)}”不是数。只填数字，单位已在表头写明"


def _cut(text: str) -> str:
    return text if len(text) <= 30 else text[:30] + "…"


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


def narrow(text_: str) -> str:
    """Digits, letters and signs typed full-width, ４３１０ or －５, as their narrow twins."""
    return text_ if text_.isascii() else text_.translate(_NARROW)


def money(value: Decimal | None) -> Decimal | None:
    """万 as typed to dollars or yuan."""
    return None if value is None else quantities.wan_to_money(value)
