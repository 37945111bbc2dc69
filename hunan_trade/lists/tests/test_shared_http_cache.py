"""Tests that a shared HTTP cache in front of the API never serves one caller's records to another (traps F8)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.declaration import Listing, declared
from hunan_trade.lists.tests.records_of_every_list import ROWS
from hunan_trade.regions import actions_load_reference_tables as regions

pytestmark = pytest.mark.django_db
LISTS = [listing for listing in declared() if listing.parts.api]


class Cache:
    """A cache for all callers, which asks of each answer that it has whether that still holds for this one.

    One that obeys does not store what is private; the other cares for nothing but validators.
    """

    def __init__(self, *, obeys: bool) -> None:
        self.obeys = obeys
        self.stored: dict[str, Any] = {}

    def get(self, client: Client, address: str) -> tuple[int, Any]:
        held = self.stored.get(address)
        answer = client.get(address, headers={"If-None-Match": held["ETag"]} if held is not None else {})
        if held is not None and answer.status_code == 304:
            return content_of(held)
        directives = answer["Cache-Control"].split(", ")
        if answer.has_header("ETag") and not (self.obeys and {"private", "no-store"} & set(directives)):
            self.stored[address] = answer
        return content_of(answer)


def content_of(answer: Any) -> tuple[int, Any]:
    """Return the status and what it is of, without what differs between any two answers."""
    beside = ("instance", "next")  # the number of a request; the place in a feed, which others move on
    return answer.status_code, {name: value for name, value in answer.json().items() if name not in beside}


@pytest.mark.parametrize("obeys", [True, False], ids=["obedient", "careless"])
@pytest.mark.parametrize("listing", LISTS, ids=lambda listing: listing.code)
def test_nobody_gets_the_records_of_another_through_one_cache(listing: Listing, obeys: bool) -> None:
    """Tokens of a city, of a colleague, of another city and of the province in turns (traps F8)"""
    regions.load_regions()
    people: list[User] = [cast.reporter(cast.CHANGSHA), cast.reporter(cast.CHENZHOU), cast.reporter(cast.CHANGSHA)]
    people.append(cast.officer())
    for code in dict.fromkeys(("rosters", listing.code)):  # the work plan first, to which some records refer
        ROWS[code]()
    clients = [Client(headers=cast.bearer_headers(user)) for user in people]
    home, key = f"/api/v1/{listing.code}/", listing.visible_rows(people[-1]).values_list(listing.key, flat=True)[0]
    addresses = [home, f"{home}?page_size=1", f"{home}{key}/"] + ([f"{home}changes/"] if listing.has_feed else [])
    addresses += [f"{home}{key}/attachments/"] if listing.attachments else []
    cache = Cache(obeys=obeys)
    for _ in range(2):
        for client in clients:
            for address in addresses:
                assert cache.get(client, address) == content_of(client.get(address)), address
    assert bool(cache.stored) is not obeys
