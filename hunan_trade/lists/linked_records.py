"""Functions that find the records of other lists that belong to a record, such as the projects of a park."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Model, QuerySet, Window
from django.http import QueryDict

from hunan_trade.accounts.models import User
from hunan_trade.lists.columns import Column
from hunan_trade.lists.declaration import Listing, lists_belonging_to
from hunan_trade.lists.list_query import ListQuery, ParameterRefused
from hunan_trade.lists.page_declarations import BelongsTo

_COUNT = "linked_count"


@dataclass(frozen=True)
class LinkedRecords:
    """The records of another list that belong to one record, such as a park's projects, if the user may see them."""

    query: ListQuery
    link: BelongsTo
    key: Any

    @property
    def listing(self) -> Listing:
        return self.query.listing

    @property
    def title(self) -> str:
        return self.link.title or self.listing.title

    @property
    def query_string(self) -> str:
        """Query string that filters the other list's page to the records that belong to this one."""
        return self.query.params.urlencode()

    @property
    def rows(self) -> QuerySet[Any]:
        """The linked records, such as a park's projects, in the order of their own list."""
        rows: QuerySet[Any] = self.listing.visible_rows(self.query.user).filter(**{self.link.path: self.key})
        return rows.order_by(*self.query.listing_order)

    @property
    def sums(self) -> str:
        """Text with sums over all linked records; "" if their list shows this user no sums."""
        summary = self.listing.visible_summary(self.query.user)
        return summary.text(self.rows) if summary else ""

    @cached_property
    def first_records_and_count(self) -> tuple[Sequence[Any], int]:
        """The first few linked records and the number of all linked records, read by one query."""
        found = list(self.rows.annotate(**{_COUNT: Window(Count("pk"))})[: self.link.shown])
        self.query.log_list_reading()
        return self.query.prepare_records(found, self.columns), getattr(found[0], _COUNT) if found else 0

    @property
    def columns(self) -> tuple[Column, ...]:
        """The default columns of the linked records' list, without columns about the record they are linked to."""
        link = self.link.path.partition("__")[0]
        return tuple(
            column
            for column in self.listing.visible_columns(self.query.user)
            if column.default and link not in {path.partition("__")[0] for path in column.lookup_paths()}
        )


def linked_records(model: type[Model], key: Any, user: User) -> list[LinkedRecords]:
    """Return a LinkedRecords for each list whose records can belong to the record `key` and that the user may open.

    A list whose filter by such records does not exist for the user is left out. Nothing is read yet.
    """
    found = []
    for listing, link in lists_belonging_to(model):
        if listing.is_open_to(user):
            try:
                query = ListQuery(listing, user, QueryDict(urlencode({link.filter: key})))
            except ParameterRefused:
                continue
            found.append(LinkedRecords(query, link, key))
    return found
