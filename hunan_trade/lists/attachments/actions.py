"""Functions that add a file to a record of a list as an attachment, and remove an attachment."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.db import transaction

from hunan_trade import clock, periods
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import record
from hunan_trade.files import actions as files
from hunan_trade.lists.attachments.file_kind_detection import (
    CONTENT_TYPES,
    AttachmentRefused,
    detect_file_kind,
    safe_name_with_suffix,
)
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.models import Act, Attachment
from hunan_trade.quantities import format_with_commas
from hunan_trade.text_cleaning import tidy
from hunan_trade.workflow import MoveRefused

MAX_COUNT = 50  # attachments of one record


def attach(listing: Listing, key: int, data: bytes, name: str, *, by: User, document: str = "") -> Attachment:
    """Attach a file to a record; `document` is the code of the file's document type, "" if it has none.

    Raises AttachmentRefused for a file that is not taken, and for one too many. The file is judged before the record
    is locked, for that may take seconds.
    """
    _check_right(listing, by)
    if document not in ("", *(each.code for each in listing.documents)):
        raise AttachmentRefused("没有这种文件。刷新后从列表中选。")
    kind = detect_file_kind(data, name := tidy(name))
    with transaction.atomic():
        parent = _lock_record(listing, key, by)
        stored = files.store_file(data, content_type=CONTENT_TYPES[kind])
        _check_duplicates_and_limits(listing, key, stored.sha256, by)
        with open_act(Act.Kind.ATTACHED, listing=listing.code, by=by) as act:
            found = Attachment.objects.create(
                listing=listing.code,
                record=key,
                file=stored,
                name=safe_name_with_suffix(name, kind),
                kind=kind,
                document=document,
                added=act,
            )
        facts = {"name": found.name, "sha256": stored.sha256, "document": document}
        record("attachment.added", by=by, subject=parent, region=parent.region_code, after=facts)
    return found


@transaction.atomic
def mark_attachment_removed(listing: Listing, attachment: Attachment, *, by: User, reason: str) -> None:
    """Mark an attachment as removed; the record's timeline still shows it, and its file can be downloaded."""
    _check_right(listing, by)
    parent = _lock_record(listing, attachment.record, by)
    locked = Attachment.objects.select_related("removed").get(pk=attachment.pk)  # its record is locked
    if locked.removed is not None:
        raise MoveRefused(
            f"{locked.removed.by_name}已于{periods.format_chinese_datetime(locked.removed.at)}移除这个附件"
        )
    with open_act(Act.Kind.DETACHED, listing=listing.code, by=by, reason=reason) as act:
        locked.removed = act
        locked.save(update_fields=["removed"])
    facts = {"name": locked.name, "sha256": locked.file_id}
    record("attachment.removed", by=by, subject=parent, region=parent.region_code, before=facts, reason=reason)


def _check_right(listing: Listing, by: User) -> None:
    if not listing.attachments or not listing.may_edit(by):
        raise MoveRefused(f"没有为{listing.title}添加或移除附件的权限")


def _lock_record(listing: Listing, key: int, by: User) -> Any:
    found = listing.visible_rows(by).select_for_update(of=("self",), no_key=True).filter(pk=key).first()
    if found is None:
        raise MoveRefused("这条记录已不在名录中，附件不能再添加或移除")
    return found


def _check_duplicates_and_limits(listing: Listing, key: int, sha256: str, by: User) -> None:
    """Raise AttachmentRefused if the record has this file, the record is full, or the user's daily limit is reached."""
    names = dict(Attachment.objects.of_record(listing.code, key).current().values_list("file", "name"))
    if sha256 in names:
        raise AttachmentRefused(f"内容相同的附件“{names[sha256]}”已在这条记录上，不用再传。")
    if len(names) >= MAX_COUNT:
        raise AttachmentRefused(f"一条记录最多 {MAX_COUNT} 个附件。移除不用的，再传。")
    morning = datetime.combine(clock.today(), time.min, tzinfo=clock.SHANGHAI)
    if Act.objects.filter(kind=Act.Kind.ATTACHED, by=by, at__gte=morning).count() >= settings.UPLOADS_A_DAY:
        raise AttachmentRefused(
            f"今天已上传 {format_with_commas(settings.UPLOADS_A_DAY)} 个附件，到了本账号一天的上限。明天再传。"
        )
