"""Converts between numbers and numerals such as 二十一, ２１, ① and Word's list numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

_DIGITS = "零一二三四五六七八九"
_ONES = {sign: place for place, sign in enumerate(_DIGITS)} | {"〇": 0, "两": 2}
_STEPS = {"十": 10, "百": 100, "千": 1000}
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．％－～", "0123456789.%-~")
CHINESE = "零〇一二两三四五六七八九十百千"
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㉑㉒㉓㉔㉕㉖㉗㉘㉙㉚㉛㉜㉝㉞㉟㊱㊲㊳㊴㊵㊶㊷㊸㊹㊺㊻㊼㊽㊾㊿"
_ARABIC = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")


def to_half_width(text: str) -> str:
    """Replace full-width digits and the signs ．％－～ by ASCII characters; the text keeps its length."""
    return text.translate(_FULL_WIDTH)


def parse_chinese_numeral(text: str) -> int:
    """Parse a Chinese numeral such as 二十一 or 二〇一三, or raise ValueError."""
    if not text:
        raise ValueError("no numeral")
    if len(text) > 1 and all(sign in _ONES for sign in text):
        return int("".join(str(_ONES[sign]) for sign in text))
    total = ones = 0
    for sign in text:
        if sign in _ONES:
            ones = _ONES[sign]
        elif sign in _STEPS:
            total += (ones or 1) * _STEPS[sign]
            ones = 0
        else:
            raise ValueError(f"{text!r} is no numeral")
    return total + ones


def to_chinese_numeral(number: int) -> str:
    """Format a number below 1000 as a Chinese numeral such as 二十一, and other numbers in digits."""
    if not 0 < number < 1000:
        return str(number)
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    spelled = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        spelled += f"{_DIGITS[tens] if tens > 1 or hundreds else ''}十"
    elif hundreds and ones:
        spelled += "零"
    return spelled + (_DIGITS[ones] if ones else "")


def parse_arabic_or_chinese_number(text: str) -> Decimal:
    """Parse a number in Arabic or Chinese digits, such as 1,332.5, ５０ or 两, or raise ValueError."""
    plain = to_half_width(text).replace(",", "")
    if plain and plain[0] in CHINESE:
        return Decimal(parse_chinese_numeral(plain))
    try:
        return Decimal(plain)
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is no number") from error


def format_number(number: Decimal) -> str:
    """Format a number without separators, exponent or trailing zeros, such as 0.5 or 3000."""
    spelled = f"{number:f}"
    return spelled.rstrip("0").rstrip(".") if "." in spelled else spelled


def _to_letters(number: int) -> str:
    """Format a list number in letters as Word does: 1 as a, 26 as z, 27 as aa, 28 as bb."""
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _to_roman(number: int) -> str:
    """Format a number as a lower-case Roman numeral."""
    spelled = ""
    for value, sign in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"),
        strict=True,
    ):
        spelled += sign * (number // value)
        number %= value
    return spelled


def _to_circled(number: int) -> str:
    """Format a number from 1 to 50 as a circled numeral such as ①, and other numbers in digits."""
    return CIRCLED[number - 1] if 0 < number <= len(CIRCLED) else str(number)


_FORMATS: dict[str, Callable[[int], str]] = {
    "decimalZero": lambda number: f"{number:02}",
    "decimalFullWidth": lambda number: str(number).translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    "decimalEnclosedCircle": _to_circled,
    "decimalEnclosedCircleChinese": _to_circled,
    "lowerLetter": _to_letters,
    "upperLetter": lambda number: _to_letters(number).upper(),
    "lowerRoman": _to_roman,
    "upperRoman": lambda number: _to_roman(number).upper(),
    **dict.fromkeys(
        (
            "chineseCounting",
            "chineseCountingThousand",
            "japaneseCounting",
            "ideographDigital",
            "taiwaneseCountingThousand",
        ),
        to_chinese_numeral,
    ),
}


def format_list_number(number: int, numbering: str) -> str:
    """Format a list number in a Word number format such as "lowerRoman" (iv); return "" for a bullet.

    Unknown formats give digits.
    """
    if numbering in ("bullet", "none"):
        return ""
    number = min(number, 100_000)  # a hostile file may start anywhere
    return _FORMATS.get(numbering, str)(number)
