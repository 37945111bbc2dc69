"""Blocks of a record's page that show the records of other lists that belong to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.safestring import SafeString

from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.linked_records import linked_records
from hunan_trade.lists.pages.embedded_record_tables import PageTable


@dataclass(frozen=True)
class LinkedBlock:
    """A block of a record's page about another list's records that belong to it: their count, sums, table and URL."""

    listing: Listing
    title: str
    count: int
    sums: str
    table: SafeString
    url: str


def linked_blocks(model: type[Model], key: Any, user: User) -> Iterator[LinkedBlock]:
    """Yield a LinkedBlock for each list whose records can belong to the record `key` and that the user may open."""
    for linked in linked_records(model, key, user):
        records, count = linked.first_records_and_count
        yield LinkedBlock(
            listing=linked.listing,
            title=linked.title,
            count=count,
            sums=linked.sums if count else "",
            table=PageTable(linked.title, linked.columns).html(records, user=user),
            url=f"{reverse(f'{linked.listing.code}:home')}?{linked.query_string}",
        )
