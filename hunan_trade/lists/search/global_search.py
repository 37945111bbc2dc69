"""Search over all lists that a user may see, with the number of hits in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Listing, declared
from hunan_trade.lists.list_query import ListQuery

SHOWN = 5  # records of each list


@dataclass(frozen=True)
class Hit:
    """A record found by the search, with its title and a link.

    The link leads to its page or, without one, to the list that shows it.
    """

    title: str
    url: str


@dataclass(frozen=True)
class ListHits:
    """The search results in one list, with the number of records, the first hits and a link to all hits."""

    listing: Listing
    count: int
    hits: Sequence[Hit]
    url: str


def searchable_lists() -> list[Listing]:
    """Return the lists that the global search includes."""
    return [listing for listing in declared() if listing.search and listing.parts.search]


def search_lists(typed: str, *, user: User) -> list[ListHits]:
    """Search for the typed text in each list that the user may open; return the hits of each list that has any."""
    found = (_search_list(listing, typed, user) for listing in searchable_lists() if listing.is_open_to(user))
    return [hits for hits in found if hits.count]


def _search_list(listing: Listing, typed: str, user: User) -> ListHits:
    query = ListQuery(listing, user, QueryDict(urlencode({"q": typed})))
    url = f"{reverse(f'{listing.code}:home')}?{urlencode({'q': typed})}"
    rows = query.rows
    first = list(rows[: SHOWN + 1])
    count = len(first) if len(first) <= SHOWN else rows.count()
    column = listing.columns[0]
    records = query.prepare_records(first[:SHOWN], [column])
    urls = [column.link(record) for record in records] if column.link else [url] * len(records)
    titles = [column.kind.text(value) for value in column.values(records)]
    return ListHits(listing, count, [Hit(title, at) for title, at in zip(titles, urls, strict=True)], url)


def only_hit(found: Sequence[ListHits]) -> Hit | None:
    """Return the only hit if the search found exactly one record in all lists; otherwise None."""
    return found[0].hits[0] if len(found) == 1 and found[0].count == 1 else None
