"""Months, quarters and working days, without database access.

A month is stored as the date of its first day and touched only through `Month`. Public holidays are facts of the
State Council's yearly notices; a year without an entry falls back to weekends alone.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_HOLIDAYS: dict[int, tuple[tuple[str, str], ...]] = {
    2012: (
        ("01-01", "01-03"),
        ("01-22", "01-28"),
        ("04-02", "04-04"),
        ("04-29", "05-01"),
        ("06-22", "06-24"),
        ("09-30", "10-07"),
    ),
    2013: (
        ("01-01", "01-03"),
        ("02-09", "02-15"),
        ("04-04", "04-06"),
        ("04-29", "05-01"),
        ("06-10", "06-12"),
        ("09-19", "09-21"),
        ("10-01", "10-07"),
    ),
}
_WORKED_WEEKENDS: dict[int, tuple[str, ...]] = {
    2012: ("01-21", "01-29", "03-31", "04-01", "04-28", "09-29"),
    2013: ("01-05", "01-06", "02-16", "02-17", "04-07", "04-27", "04-28", "06-08", "06-09", "09-22", "09-29", "10-12"),
}
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, order=True)
class Month:
    year: int
    month: int

    def __post_init__(self) -> None:
        if not 1 <= self.month <= 12:
            raise ValueError(f"month {self.month} is not 1–12")

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        """Parse a month of the years 2000 to 2099 from a text such as "2013-06".

        Raises ValueError for anything else.
        """
        if not (match := re.fullmatch(r"(20[0-9]{2})-([0-9]{2})", text)):
            raise ValueError(f"{text!r} is not a month like 2013-06")
        return cls(int(match[1]), int(match[2]))

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    def plus(self, months: int) -> Month:
        index = self.year * 12 + self.month - 1 + months
        return Month(index // 12, index % 12 + 1)

    @property
    def next(self) -> Month:
        return self.plus(1)

    @property
    def previous(self) -> Month:
        return self.plus(-1)

    @property
    def year_ago(self) -> Month:
        return self.plus(-12)

    @property
    def months_to_date(self) -> tuple[Month, ...]:
        """Return the months from January to this month."""
        return tuple(Month(self.year, m) for m in range(1, self.month + 1))

    @property
    def quarter(self) -> Quarter:
        return Quarter(self.year, (self.month + 2) // 3)

    @property
    def label(self) -> str:
        return f"{self.year}年{self.month}月"

    @property
    def range_label(self) -> str:
        """Return the usual Chinese name of the months from January to this one, such as 1-5月 or 上半年."""
        return {1: "1月", 6: "上半年", 9: "前三季度"}.get(self.month, f"1-{self.month}月")

    @property
    def range_in_digits(self) -> str:
        """Return the months from January to this one in digits, such as 1-6月, even where `range_label` says 上半年."""
        return "1月" if self.month == 1 else f"1-{self.month}月"

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"


@dataclass(frozen=True, order=True)
class Quarter:
    year: int
    quarter: int

    @property
    def months(self) -> tuple[Month, ...]:
        return tuple(Month(self.year, self.quarter * 3 - 2 + n) for n in range(3))

    @property
    def last(self) -> Month:
        return self.months[-1]

    @property
    def label(self) -> str:
        return f"{self.year}年{'一二三四'[self.quarter - 1]}季度"


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """Yield every month from `first` to `last`, both included."""
    while first <= last:
        yield first
        first = first.next


def is_working_day(day: date) -> bool:
    mark = f"{day:%m-%d}"
    if mark in _WORKED_WEEKENDS.get(day.year, ()):
        return True
    if any(start <= mark <= end for start, end in _HOLIDAYS.get(day.year, ())):
        return False
    return day.weekday() < 5


def working_day_from(day: date) -> date:
    """Return `day` if it is a working day, or else the next working day."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def chinese_weekday(day: date) -> str:
    """Return the Chinese weekday of a date, such as 周三."""
    return "周" + _WEEKDAYS[day.weekday()]


def format_chinese_date(on: date, *, with_year: bool = True) -> str:
    """Format a date in Chinese without leading zeros, such as 2013年7月8日 or 7月8日."""
    return f"{on.year}年{on.month}月{on.day}日" if with_year else f"{on.month}月{on.day}日"


def format_chinese_datetime(at: datetime, *, with_year: bool = False) -> str:
    """Format a datetime in Chinese and in Shanghai time, such as 7月8日 09:41."""
    local = at.astimezone(_SHANGHAI)
    return f"{format_chinese_date(local.date(), with_year=with_year)} {local:%H:%M}"
