"""Functions that build the page of one record, with its values and the timeline of its changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from heapq import merge
from typing import Any

from django.http import Http404

from hunan_trade import clock, periods
from hunan_trade.accounts.models import User
from hunan_trade.lists.attachments import queries as attachment_queries
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.history import timeline
from hunan_trade.lists.history.as_of_parameter import freeze_clock_at_end_of
from hunan_trade.lists.history.history_models import end_of_day
from hunan_trade.lists.history.timeline import TimelineEntry
from hunan_trade.lists.merged_records import MergedRecord, merged_records
from hunan_trade.lists.models import Attachment
from hunan_trade.lists.record_keys import Key, key_of
from hunan_trade.ui.component_data import Fact

SHOWN_ENTRIES = 50
BESIDE_FORM = 6  # entries beside the edit form
FEW_EMPTY = 3  # as many empty columns have a line each; more are named in one line


@dataclass(frozen=True)
class DetailPage:
    """The content of a record's page, such as field values, attachments and timeline entries.

    `version` is the record's newest, for the forms; `notice` says what is unusual about it, `merged` into which record
    it was merged.
    """

    key: Key
    title: str
    version: int
    facts: tuple[Fact, ...]
    attachments: tuple[Attachment, ...]
    entries: tuple[TimelineEntry, ...]
    more: int
    notice: str
    merged: MergedRecord | None
    is_current: bool


def detail_page(listing: Listing, pk: int, user: User, day: date | None = None) -> DetailPage:
    """Return the content of a record's page, for today or for the past day `day`.

    Raises Http404 where the user may not see the record or it never was.
    """
    versions = timeline.versions_of(listing, pk, user)
    if not versions:
        raise Http404
    shown, notice = _shown_version_and_notice(listing, versions, day)
    merged = _find_merged_record(listing, shown, user)
    files = attachment_queries.attachments_of(listing, pk)
    entries = _timeline_entries(listing, versions, files, user)
    return DetailPage(
        key=key_of(listing, shown),
        title=str(shown),
        version=versions[-1].version,
        facts=labelled_values(listing, shown, user, day),
        attachments=attachment_queries.attachments_on_day(files, day),
        entries=tuple(entries[:SHOWN_ENTRIES]),
        more=len(entries[SHOWN_ENTRIES:]),
        notice="" if merged else notice,
        merged=merged,
        is_current=day is None and not versions[-1].is_deletion and merged is None,
    )


def recent_timeline(listing: Listing, pk: int, user: User) -> dict[str, Any]:
    """Return a record's newest timeline entries, shown beside its edit form, and the number of older entries."""
    versions = timeline.versions_of(listing, pk, user) if listing.has_history else []
    entries = _timeline_entries(listing, versions, attachment_queries.attachments_of(listing, pk), user)
    return {"entries": entries[:BESIDE_FORM], "more": len(entries[BESIDE_FORM:])}


def _timeline_entries(
    listing: Listing, versions: Sequence[Any], files: Sequence[Attachment], user: User
) -> list[TimelineEntry]:
    timelines = timeline.timeline_entries(listing, versions, user), attachment_queries.attachment_timeline(files)
    return list(merge(*timelines, key=lambda entry: entry.at, reverse=True))


def _shown_version_and_notice(listing: Listing, versions: Sequence[Any], day: date | None) -> tuple[Any, str]:
    """Return the version that a record's page shows for this day, and a Chinese notice if it is not the current one."""
    last = versions[-1]
    if day is None:
        return (
            last,
            f"已于{periods.format_chinese_datetime(last.valid_from, with_year=True)}删除，下面是删除前的内容。"
            if last.is_deletion
            else "",
        )
    end = end_of_day(day)
    standing = [v for v in versions if v.valid_from <= end and (v.valid_to is None or v.valid_to > end)]
    if standing:
        return standing[-1], f"{periods.format_chinese_date(day)}的内容。"
    return last, f"{periods.format_chinese_date(day)}没有这条记录，下面是最后的内容。"


def _find_merged_record(listing: Listing, version: Any, user: User) -> MergedRecord | None:
    """Return the record into which this version's record was merged, as a MergedRecord; None if it was not merged."""
    if not listing.merged_into or getattr(version, f"{listing.merged_into}_id") is None:
        return None
    return merged_records(listing, [version.id], user).get(version.id)


def labelled_values(listing: Listing, record: Any, user: User, day: date | None = None) -> tuple[Fact, ...]:
    """Return (title, value) for each column of a record that the user may see; many empty columns share one entry."""
    with freeze_clock_at_end_of(day or clock.today()):
        (presented,) = listing.with_column_data([record])
        facts = [
            Fact(column.title, timeline.format_value(column, presented)) for column in listing.visible_columns(user)
        ]
    empty = [fact.label for fact in facts if not fact.value]
    if len(empty) <= FEW_EMPTY:
        return tuple(Fact(fact.label, fact.value or "—") for fact in facts)
    return (*(fact for fact in facts if fact.value), Fact("尚无", "、".join(empty)))
