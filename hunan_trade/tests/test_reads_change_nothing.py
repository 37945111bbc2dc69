"""Tests that reading changes nothing: every URL is read twice by everybody and all tables stay the same.

But for the traces that say that somebody looked, which `table_digests.REQUEST_TRACES` names: the log, the session, and the meter
of workbooks read, which no page shows and no rule but the daily cap asks.
"""

from __future__ import annotations

import pytest

from hunan_trade.tests.conftest import SignedInCast
from hunan_trade.tests.table_digests import table_digests
from hunan_trade.tests.test_access import ACTORS


@pytest.mark.django_db
@pytest.mark.parametrize("actor", ACTORS)
def test_reading_every_address_changes_no_table(actor: str, signed_in: SignedInCast) -> None:
    client = signed_in.clients[actor]
    before = table_digests()
    for address in sorted(signed_in.addresses.values()) * 2:
        client.get(address, headers={"X-Requested-With": "XMLHttpRequest"})
    assert table_digests() == before
