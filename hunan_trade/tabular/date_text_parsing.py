"""Pure functions that parse dates and months in the notations that people and spreadsheets use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from hunan_trade.tabular.column_parsers import to_half_width
from hunan_trade.workbooks.serial_dates import serial_to_datetime

_YEARS = range(1900, 2101)
_DIGITS = {sign: value for value, signs in enumerate(("〇○零", *"一二三四五六七八九")) for sign in signs}
_IN_WORDS = re.compile(r"[〇○零一二三四五六七八九十]+(?=[年月日号])")
_CLOCK = re.compile(r"[T\s]*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")
_WEEKDAY = re.compile(r"\(?(星期|周)[一二三四五六日天]\)?$")
_ANY_WEEKDAY = re.compile(r"\((星期|周)[一二三四五六日天]\)|星期[一二三四五六日天]")
_DAY = re.compile(r"(\d{4})(?:[-./](\d{1,2})[-./](\d{1,2})|年(\d{1,2})月(\d{1,2})[日号]?)")
_MONTH = re.compile(r"(\d{4})(?:[-./](\d{1,2})|年(\d{1,2})月?份?)")
_WITHOUT_YEAR = re.compile(r"\d{1,2}(月\d{1,2}[日号]?|月|[-./]\d{1,2})")
_SHORT_YEAR = re.compile(r"\d{2}[-./年]\d{1,2}([-./月]\d{1,2}[日号]?|月)?|\d{1,2}[-./]\d{1,2}[-./](\d{4}|\d{2})")


@dataclass(frozen=True)
class DateRead:
    """A parsed date, whose month and day may be unknown.

    `note` says how it was understood.
    """

    year: int
    month: int | None = None
    day: int | None = None
    note: str = ""

    @property
    def iso(self) -> str:
        """Return the date in ISO form without the unknown parts, such as 1991, 2000-02 or 2012-10-25."""
        return "-".join(f"{part:02}" for part in (self.year, self.month, self.day) if part is not None)


def read_date(text: str, *, epoch_1904: bool = False) -> DateRead:
    """Parse a date that was typed as text, such as 2012年10月 or 2012.10.25.

    Raises ValueError with a Chinese sentence, which begins behind the quoted text. Four digits are a year, five a
    serial day of Excel, six year and month, eight year, month and day. A year of two digits, or a date that begins with
    day or month, is refused: it can be read in two ways.
    """
    plain = numerals_to_digits("".join(_WEEKDAY.sub("", _CLOCK.sub("", to_half_width(text).strip())).split()))
    if plain.isdecimal():
        return _parse_date_digits(plain, epoch_1904)
    if match := _DAY.fullmatch(plain):
        year, *parts = (int(part) for part in match.groups() if part)
        return _checked_date(year, *parts)
    if match := _MONTH.fullmatch(plain):
        return _checked_date(int(match[1]), int(match[2] or match[3]))
    if match := re.fullmatch(r"(\d{4})年([初底末])?", plain):
        month = {"初": 1, "底": 12, "末": 12}.get(match[2])
        found = _checked_date(int(match[1]), month)
        return found if month is None else DateRead(found.year, month, note=f"按{found.year}年{month}月")
    if _WITHOUT_YEAR.fullmatch(plain):
        raise ValueError("没有写年份。写成 2013-3-5 这样")
    if _SHORT_YEAR.fullmatch(plain):
        raise ValueError("有几种读法。年份写四位、放在最前，写成 2013-3-5 这样")
    raise ValueError("不是日期。写成 2013-3-5 这样")


def numerals_to_digits(text: str) -> str:
    """Replace the Chinese numerals in a date by digits, such as 二〇一三年六月 by 2013年6月."""
    return _IN_WORDS.sub(lambda match: str(_chinese_numeral_to_int(match[0])), text)


def remove_weekdays(text: str) -> str:
    """Remove the days of the week, such as （星期三）, from a text in half-width characters."""
    return _ANY_WEEKDAY.sub("", text)


def read_date_number(number: str, *, epoch_1904: bool = False) -> DateRead:
    """Parse a date that was entered into a cell as a number, such as 2013.06.

    As `read_date` does it; 2013.1 may have been 2013.10, and is refused.
    """
    whole, _, decimals = number.partition(".")
    if not decimals or len(whole) == 5:
        return read_date(whole, epoch_1904=epoch_1904)
    if decimals == "1" and len(whole) == 4:
        raise ValueError("可能是 1 月，也可能是 10 月（数的末尾不留 0）。写成 2013-01 或 2013-10 这样")
    return read_date(number, epoch_1904=epoch_1904)


def _parse_date_digits(text: str, epoch_1904: bool) -> DateRead:
    if len(text) == 4:
        return _checked_date(int(text))
    if len(text) == 5:
        moment = serial_to_datetime(int(text), epoch_1904=epoch_1904)
        assert moment is not None  # Excel knows all days of five digits
        return _checked_date(moment.year, moment.month, moment.day)
    if len(text) == 6:
        return _checked_date(int(text[:4]), int(text[4:]))
    if len(text) == 8:
        return _checked_date(int(text[:4]), int(text[4:6]), int(text[6:]))
    raise ValueError("不是日期。写成 2013-3-5 这样")


def checked_year(year: int) -> int:
    """Return the year, or raise ValueError with a Chinese message if it is not between 1900 and 2100."""
    if year not in _YEARS:
        raise ValueError(f"的年份是 {year}，不在 {_YEARS[0]}—{_YEARS[-1]} 之间。核对年份")
    return year


def _checked_date(year: int, month: int | None = None, day: int | None = None) -> DateRead:
    checked_year(year)
    if month is not None and not 1 <= month <= 12:
        raise ValueError(f"没有 {month} 月。核对月份")
    if month is not None and day is not None:
        try:
            date(year, month, day)
        except ValueError as error:
            raise ValueError(f"没有这一天：{year}年{month}月没有 {day} 日。核对日期") from error
    return DateRead(year, month, day)


def _chinese_numeral_to_int(words: str) -> int:
    """Convert a year, month or day in Chinese numerals, such as 二〇一三 or 十二, into an integer."""
    if "十" not in words:
        return int("".join(str(_DIGITS[word]) for word in words))
    tens, _, ones = words.partition("十")
    return (_DIGITS.get(tens, 1) if len(tens) < 2 else 0) * 10 + (_DIGITS.get(ones, 0) if len(ones) < 2 else 0)
