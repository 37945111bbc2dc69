"""Pure functions that put the difference between a file's value and the stored value into words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

OUTLIER = Decimal("0.3")  # a figure that moves by more is shown first, and stays unless somebody chooses the file's
_TIMES = 5  # from so many times on, times are said instead of percent


def is_outlier(before: Any, after: Any) -> bool:
    """Return whether a number changes by more than 30 %; False for values that are not numbers."""
    if not (_is_figure(before) and _is_figure(after)):
        return False
    return bool(abs(after - before) > abs(before) * OUTLIER)


def difference_text(before: Any, after: Any) -> str:
    """Return the difference between two values, such as +22.6%, 10 倍 or 晚 31 天; "" if none can be stated."""
    if isinstance(before, date) and isinstance(after, date):
        days = (after - before).days
        return f"{'晚' if days > 0 else '早'} {abs(days)} 天"
    if not (_is_figure(before) and _is_figure(after)) or not before:
        return ""
    ratio = Decimal(after) / Decimal(before)
    if ratio >= _TIMES:
        return f"{ratio:.0f} 倍"
    if 0 < ratio <= Decimal(1) / _TIMES:
        return f"{1 / ratio:.0f} 分之一"
    return f"{(ratio - 1) * 100:+.1f}%".replace("-", "−")


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)
