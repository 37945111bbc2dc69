"""Tests that reading any URL in any role changes no table.

`table_digests.REQUEST_TRACES` names the exceptions, which only say that somebody looked: the log, the session, and the
count of workbooks read, which no page shows and only the daily limit uses.
"""

from __future__ import annotations

import pytest

from hunan_trade.tests.conftest import SignedInCast
from hunan_trade.tests.table_digests import table_digests
from hunan_trade.tests.test_access_matrix import ACTORS


@pytest.mark.django_db
@pytest.mark.parametrize("actor", ACTORS)
def test_reading_every_url_changes_no_table(actor: str, signed_in_cast: SignedInCast) -> None:
    client = signed_in_cast.clients[actor]
    before = table_digests()
    visits = 2 if actor in ("reporter", "officer") else 1  # a second look changes nothing either
    for address in sorted(signed_in_cast.addresses.values()) * visits:
        client.get(address, headers={"X-Requested-With": "XMLHttpRequest"})
    assert table_digests() == before
