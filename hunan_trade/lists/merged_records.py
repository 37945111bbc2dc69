"""Functions that find a record by its key and, for a merged record, the record into which it was merged."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from rest_framework import exceptions

from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.record_keys import Key, key_of
from hunan_trade.web.access_decorators import get_visible


@dataclass(frozen=True)
class MergedRecord:
    """A record that was merged into another record, with the key and the name of that other record.

    `key` is the survivor's and `name` what sentences call it, None and 另一条记录 where the user may not see it.
    """

    record: Any
    key: Key | None
    name: str

    @property
    def sentence(self) -> str:
        return f"“{self.record}”已并入{' ' if isinstance(self.key, str) else ''}{self.name}。"


class RecordMerged(exceptions.APIException):
    """Raised if a user asks for a record that was merged into another one; the response has status 410."""

    status_code, default_code = 410, "merged"
    default_detail = "记录已并入另一条。"

    def __init__(self, merged: MergedRecord) -> None:
        advice = "也去掉这一条" if merged.key is None else "改用并入的那一条"
        super().__init__(f"{merged.sentence}自己存有副本的，{advice}。")
        self.pk: int = merged.record.pk
        self.members = {} if merged.key is None else {"merged_into": merged.key}


def find_record(listing: Listing, user: User, key: Key) -> Any:
    """Return the record with this key; raise Http404 if there is none that the user may see.

    Raises RecordMerged for one that was merged into another.
    """
    record = get_visible(listing.rows(), user, **{listing.key: key})
    refuse_merged(listing, record.pk, user)
    return record


def refuse_merged(listing: Listing, pk: int | None, user: User) -> None:
    """Raise RecordMerged if the record `pk` is visible to the user and was merged into another record."""
    for merged in merged_records(listing, [] if pk is None else [pk], user).values():
        raise RecordMerged(merged)


def merged_records(listing: Listing, pks: Collection[int], user: User) -> dict[int, MergedRecord]:
    """Return, by primary key, a MergedRecord for each record of `pks` that was merged and that the user may see."""
    if not listing.merged_into or not pks:
        return {}
    rows: Any = listing.rows()
    merged = rows.visible_to(user).filter(pk__in=pks).exclude(listing.unmerged)
    targets = {record: getattr(record, f"{listing.merged_into}_id") for record in merged}
    survivors = listing.visible_rows(user).in_bulk(set(targets.values()))
    return {
        record.pk: _make_merged_record(listing, record, survivors.get(target)) for record, target in targets.items()
    }


def _make_merged_record(listing: Listing, record: Any, survivor: Any) -> MergedRecord:
    if survivor is None:
        return MergedRecord(record, None, "另一条记录")
    key = key_of(listing, survivor)
    return MergedRecord(record, key, f"“{survivor}”" if listing.key == "pk" else f"{key}“{survivor}”")
