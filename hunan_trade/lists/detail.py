"""The page of one record: its facts, as of today or another day, and everything that happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404

from hunan_trade import clock, periods
from hunan_trade.accounts.models import User
from hunan_trade.lists import history
from hunan_trade.lists.as_of import at_end_of
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.history import Entry
from hunan_trade.lists.history_models import end_of
from hunan_trade.ui.components import Fact

SHOWN_ENTRIES = 50


@dataclass(frozen=True)
class DetailPage:
    """One record as its page shows it. `version` is the newest, for the forms; `notice` says what is unusual about it."""

    key: int
    title: str
    version: int
    facts: tuple[Fact, ...]
    entries: tuple[Entry, ...]
    more: int
    notice: str
    is_current: bool


def detail_page(listing: Listing, key: int, user: User, day: date | None = None) -> DetailPage:
    """Read a record's page. Raises Http404 where the user may not see the record or it never was."""
    versions = history.versions_of(listing, key, user)
    if not versions:
        raise Http404
    shown, notice = _shown(listing, versions, day)
    entries = history.timeline(listing, versions, user)
    return DetailPage(
        key=key,
        title=str(shown),
        version=versions[-1].version,
        facts=facts_of(listing, shown, user, day),
        entries=tuple(entries[:SHOWN_ENTRIES]),
        more=len(entries[SHOWN_ENTRIES:]),
        notice=notice,
        is_current=day is None and not versions[-1].is_deletion,
    )


def _shown(listing: Listing, versions: Sequence[Any], day: date | None) -> tuple[Any, str]:
    """Return the version to show, and a sentence where it is not the one that stands."""
    last = versions[-1]
    if day is None:
        return (
            last,
            f"已于{periods.moment(last.valid_from, with_year=True)}删除，下面是删除前的内容。"
            if last.is_deletion
            else "",
        )
    end = end_of(day)
    standing = [v for v in versions if v.valid_from <= end and (v.valid_to is None or v.valid_to > end)]
    if standing:
        return standing[-1], f"{periods.day(day)}的内容。"
    return last, f"{periods.day(day)}没有这条记录，下面是最后的内容。"


def facts_of(listing: Listing, record: Any, user: User, day: date | None = None) -> tuple[Fact, ...]:
    """Return label and text of every column that exists for the user."""
    with at_end_of(day or clock.today()):
        (presented,) = listing.present([record])
        return tuple(
            Fact(column.title, history.spell(column, presented) or "—") for column in listing.visible_columns(user)
        )
