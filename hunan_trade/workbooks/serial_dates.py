"""Converts Excel's serial day numbers into dates, and formats them as Excel displays them."""

from datetime import date, datetime, timedelta
from decimal import Decimal

Token = tuple[str, str]  # the kind of a token of a format code, one of `number_formats`' group names; and its text

_WEEKDAYS = "一二三四五六日"
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_FULL_MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
]  # fmt: skip
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_FULL_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def serial_to_datetime(days: float, *, epoch_1904: bool) -> datetime | None:
    """Convert Excel's serial day number into a datetime, rounded to the second.

    Gives None for a day that Excel does not know.
    """
    if not 0 <= days < 2_958_466:  # 10000-01-01, where Excel's calendar ends
        return None
    # Excel counts a 29 February 1900 that never was.
    epoch = datetime(1904, 1, 1) if epoch_1904 else datetime(1899, 12, 31 if days < 60 else 30)
    try:
        return epoch + timedelta(seconds=round(days * 86400))
    except OverflowError:
        return None


def date_to_serial(day: date) -> int | None:
    """Convert a date into Excel's serial day number; return None for dates before March 1900."""
    return (day - date(1899, 12, 30)).days if day >= date(1900, 3, 1) else None


def format_date(tokens: tuple[Token, ...], value: Decimal, *, epoch_1904: bool) -> str:
    """Return an Excel serial day number as a cell with the given date format shows it, such as 41460 as 7月5日.

    A number that is no day is returned as it is.
    """
    when = serial_to_datetime(float(value), epoch_1904=epoch_1904)
    if when is None:
        return f"{value:f}"
    twelve_hour_clock = any(kind == "half" for kind, _ in tokens)
    clock = [text[0].lower() for kind, text in tokens if kind in ("date", "elapsed")]
    shown, at = [], -1
    for kind, text in tokens:
        at += kind in ("date", "elapsed")
        if kind == "elapsed":
            seconds = round(float(value) * 86400)
            shown.append(f"{seconds // {'h': 3600, 'm': 60, 's': 1}[text[0]]:0{len(text)}d}")
        elif kind == "date":
            minutes = text[0] in "mM" and len(text) < 3 and _is_minutes(clock, at)
            shown.append(_format_date_token(text.lower(), when, minutes, twelve_hour_clock))
        elif kind == "half":
            first, second = ("上午", "下午") if text[0] == "上" else ("AM", "PM") if len(text) > 3 else ("A", "P")
            shown.append(first if when.hour < 12 else second)
        else:
            shown.append(text)
    return "".join(shown).strip()


def _is_minutes(clock: list[str], at: int) -> bool:
    """Return whether an `m` in a date format means minutes rather than months.

    It does right after hours or right before seconds.
    """
    return (at > 0 and clock[at - 1] == "h") or (at + 1 < len(clock) and clock[at + 1] == "s")


def _format_date_token(text: str, when: datetime, minutes: bool, twelve_hour_clock: bool) -> str:
    size = len(text)
    if minutes:
        return f"{when.minute:0{size}d}"
    if text[0] == "y":
        return f"{when.year % 100:02d}" if size < 3 else f"{when.year:04d}"
    if text[0] == "a":
        return ("星期" if size > 3 else "") + _WEEKDAYS[when.weekday()]
    if size > 2 and text[0] in "md":
        short, full, at = (
            (_MONTHS, _FULL_MONTHS, when.month - 1) if text[0] == "m" else (_DAYS, _FULL_DAYS, when.weekday())
        )
        return short[at] if size == 3 else full[at][0] if size == 5 else full[at]
    number = {
        "m": when.month,
        "d": when.day,
        "h": (when.hour + 11) % 12 + 1 if twelve_hour_clock else when.hour,
        "s": when.second,
    }
    return f"{number[text[0]]:0{min(size, 2)}d}"
