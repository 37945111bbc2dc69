"""The day of which a list or a record is shown: what an address says of it, and the clock of what is computed for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from hunan_trade import clock
from hunan_trade.lists import history
from hunan_trade.lists.columns import Column
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.history_models import end_of


class DayRefused(ValueError):
    """A list cannot be shown as of the asked day; the message says why and what to do."""


def read_day(listing: Listing, asked: str) -> date | None:
    """Read `as_of` of an address; None where none is asked. Raises DayRefused."""
    if not asked:
        return None
    try:
        day = date.fromisoformat(asked) if len(asked) == 10 else None
    except ValueError:
        day = None
    if day is None:
        raise DayRefused("日期要真实存在，写成 2013-06-30。")
    if refusal := history.refuse_day(listing.model, day):
        raise DayRefused(refusal)
    return day


@contextmanager
def at_end_of(day: date | None) -> Iterator[None]:
    """Let the business clock stand at the end of a day that is over, so that what is computed is of that day, too."""
    if day is None or day >= clock.today():
        yield
    else:
        with clock.frozen_at(end_of(day)):
            yield


def with_day(columns: Iterable[Column], day: date | None) -> list[Column]:
    """Return the columns with links that lead to the same day."""
    if day is None:
        return list(columns)
    return [replace(column, link=_with_day(column.link, day)) if column.link else column for column in columns]


def _with_day(link: Callable[[Any], str], day: date) -> Callable[[Any], str]:
    return lambda record: f"{link(record)}?as_of={day.isoformat()}"
