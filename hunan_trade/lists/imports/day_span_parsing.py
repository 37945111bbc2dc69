"""Pure functions that read a span of days or months from a cell, such as 6月19—22日 or 2月."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from hunan_trade.periods import Month
from hunan_trade.tabular.column_parsers import to_half_width
from hunan_trade.tabular.date_text_parsing import (
    checked_year,
    numerals_to_digits,
    read_date,
    read_date_number,
    remove_weekdays,
)

_DASH = r"(?:[—–─~-]+|至|到)"
_NEXT = ("次", "翌")
_IN_WORDS = r"(?:(\d{4}|次|翌)年)?(?:(\d{1,2})月份?)?(?:(\d{1,2})[日号]?)?"
_DOTTED = r"(?:(\d{4})[./])?(\d{1,2})[./](\d{1,2})"
_DOTTED_END = r"(?:(?:(\d{4})[./])?(\d{1,2})[./])?(\d{1,2})"
_ISO = r"(\d{4})-(\d{1,2})-(\d{1,2})"
_SPANS = (
    re.compile(f"{_IN_WORDS}(?:{_DASH}{_IN_WORDS})?"),
    re.compile(f"{_DOTTED}{_DASH}{_DOTTED_END}"),
    re.compile(f"{_ISO}(?:[—–─~]+|--|至|到){_ISO}"),
)
_AS = "写成 2013年6月19—22日 这样"


@dataclass(frozen=True)
class DayOrMonth:
    """A day or month read from a cell, which may lack its year; `day` is None for a month."""

    year: int | None
    month: int
    day: int | None


@dataclass(frozen=True)
class DaySpanRead:
    """A span of days or months read from a cell such as 6月19—22日; `last` is None for a single day or month.

    `next_year`: the span ends in the year after the one in which it begins.
    """

    first: DayOrMonth
    last: DayOrMonth | None = None
    next_year: bool = False

    @property
    def is_single(self) -> bool:
        return self.last is None

    def days(self, year: int | None) -> tuple[date, date | None, bool]:
        """Return the first day, the last day (None for a single day), and whether the cell gives only months.

        `year` is that of a cell which writes none. Raises ValueError with a Chinese sentence, which begins behind the
        quoted text.
        """
        begins = self.first.year or year
        if begins is None:
            raise ValueError(f"没有写年份，文件里也没有这一行的年份。{_AS}")
        end = self.last or self.first
        ends = end.year or (begins + 1 if self.next_year or end.month < self.first.month else begins)
        if self.first.day is None or end.day is None:
            first, last = Month(begins, self.first.month).first, Month(ends, end.month).last
        else:
            first, last = _day(begins, self.first.month, self.first.day), _day(ends, end.month, end.day)
        if last < first:
            raise ValueError(f"结束早于开始。{_AS}")
        is_months = self.first.day is None
        return first, last if is_months or first != last else None, is_months


def read_day_span(text: str, *, is_number: bool = False, epoch_1904: bool = False) -> DaySpanRead:
    """Parse the text of a cell such as 6月19—22日, 6—7月 or 2月 into a span of days or months.

    `is_number`: the cell holds a number. Raises ValueError with a Chinese sentence, which begins behind the quoted text.
    """
    plain = numerals_to_digits("".join(remove_weekdays(to_half_width(text)).split()))
    for pattern in () if is_number else _SPANS:
        if (match := pattern.fullmatch(plain)) and (found := _read_parts(match.groups(default=""))) is not None:
            return found
    read = read_date_number if is_number else read_date
    single = read(text, epoch_1904=epoch_1904)
    if single.month is None:
        raise ValueError(f"只写到年。{_AS}")
    return DaySpanRead(DayOrMonth(single.year, single.month, single.day))


def _read_parts(parts: tuple[str, ...]) -> DaySpanRead | None:
    """Return the span from the year, month and day of its first and its last date, all texts; None if it has none."""
    (year, month, day), (last_year, last_month, last_day) = parts[:3], (*parts[3:], "", "", "")[:3]
    if not month and day and last_month and not last_day:  # 6—7月
        month, day = day, ""
    if not month or year in _NEXT:
        return None
    first = DayOrMonth(_year(year), _month(month), int(day) if day else None)
    if not (last_year or last_month or last_day):
        return DaySpanRead(first)
    if bool(last_day) != bool(day):
        raise ValueError(f"一头写到日，一头只写到月。{_AS}")
    last = DayOrMonth(_year(last_year), _month(last_month or month), int(last_day) if last_day else None)
    return DaySpanRead(first, last, last_year in _NEXT)


def _month(text: str) -> int:
    if not 1 <= int(text) <= 12:
        raise ValueError(f"没有 {int(text)} 月。核对月份")
    return int(text)


def _year(text: str) -> int | None:
    return checked_year(int(text)) if text and text not in _NEXT else None


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(f"没有这一天：{year}年{month}月没有 {day} 日。核对日期") from error
