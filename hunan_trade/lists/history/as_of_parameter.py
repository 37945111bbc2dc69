"""Functions that show a list or a record as of the past day in the parameter `as_of`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from hunan_trade import clock
from hunan_trade.lists.columns import Column
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.history import timeline
from hunan_trade.lists.history.history_models import end_of_day


class DayRefused(ValueError):
    """Raised when a list cannot be shown as of the requested day; the message tells the user why."""


def parse_as_of_day(listing: Listing, asked: str) -> date | None:
    """Return the day in the URL parameter `as_of`; None if the parameter is empty.

    Raises DayRefused for a day that cannot be shown.
    """
    if not asked:
        return None
    try:
        day = date.fromisoformat(asked) if len(asked) == 10 else None
    except ValueError:
        day = None
    if day is None:
        raise DayRefused("日期要真实存在，写成 2013-06-30。")
    if refusal := timeline.why_day_unavailable(listing.model, day):
        raise DayRefused(refusal)
    return day


@contextmanager
def freeze_clock_at_end_of(day: date | None) -> Iterator[None]:
    """Context manager in which the business clock stands at the end of `day`, if that is a past day."""
    if day is None or day >= clock.today():
        yield
    else:
        with clock.frozen_at(end_of_day(day)):
            yield


def add_day_to_links(columns: Iterable[Column], day: date | None) -> list[Column]:
    """Return the columns; if `day` is given, the links in their cells also have the URL parameter `as_of`."""
    if day is None:
        return list(columns)
    return [replace(column, link=_link_with_day(column.link, day)) if column.link else column for column in columns]


def _link_with_day(link: Callable[[Any], str], day: date) -> Callable[[Any], str]:
    def address(record: Any) -> str:
        url = link(record)
        return f"{url}?as_of={day.isoformat()}" if url else ""

    return address
