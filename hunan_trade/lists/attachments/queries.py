"""Functions that read the attachments of a record, at present, on a past day or over the whole history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404

from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.history.history_models import end_of_day, find_history_model
from hunan_trade.lists.history.timeline import TimelineEntry
from hunan_trade.lists.models import Act, Attachment
from hunan_trade.web.access_decorators import get_visible


def attachments_of(listing: Listing, key: int) -> list[Attachment]:
    """Return the attachments of a record, also removed ones, oldest first; [] if the list has no attachments."""
    return list(Attachment.objects.of_record(listing.code, key)) if listing.attachments else []


def attachments_on_day(attachments: Iterable[Attachment], day: date | None) -> tuple[Attachment, ...]:
    """Return those attachments that their record had at the end of `day`, or has now if `day` is None."""
    if day is None:
        return tuple(each for each in attachments if each.removed is None)
    end = end_of_day(day)
    return tuple(
        each for each in attachments if each.added.at <= end and (each.removed is None or each.removed.at > end)
    )


def attachment_timeline(attachments: Iterable[Attachment]) -> list[TimelineEntry]:
    """Return a timeline entry for each adding and each removal of an attachment, newest first."""
    return sorted(_timeline_entries(attachments), key=lambda entry: entry.at, reverse=True)


def _timeline_entries(attachments: Iterable[Attachment]) -> Iterator[TimelineEntry]:
    for attachment in attachments:
        yield _timeline_entry(attachment, attachment.added)
        if attachment.removed is not None:
            yield _timeline_entry(attachment, attachment.removed)


def _timeline_entry(attachment: Attachment, act: Act) -> TimelineEntry:
    return TimelineEntry(
        version=0,
        at=act.at,
        who=act.by_name,
        what=act.get_kind_display(),
        reason=act.reason,
        reference="",
        changes=(),
        refusal="",
        attachment=attachment,
    )


def last_visible_version(listing: Listing, key: int, user: User) -> Any:
    """Return a record's last stored version, even if it is deleted; raise Http404 if the user may not see it."""
    return get_visible(find_history_model(listing.model).objects.last_versions(), user, id=key)


def find_attachment(listing: Listing, key: int, pk: UUID) -> Attachment:
    """Return the record's attachment with this id, even if it was removed; raise Http404 if there is none."""
    found = Attachment.objects.of_record(listing.code, key).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
