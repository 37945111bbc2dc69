"""Looking changes nothing: every address is read twice by everybody, and every table stays as it was."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from hunan_trade.accounts.models import SessionRecord, User
from hunan_trade.audit.models import Event
from hunan_trade.tests.test_access import ACCOUNTS, address_of, cast, routes  # noqa: F401

OWN_TRACES = {Event._meta.db_table, SessionRecord._meta.db_table, "django_session"}


def digest() -> dict[str, str]:
    found = {}
    with connection.cursor() as sql:
        for model in apps.get_models():
            if (table := model._meta.db_table) not in OWN_TRACES:
                sql.execute(
                    f"SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM \"{table}\" t"
                )
                found[table] = sql.fetchone()[0]
    return found


@pytest.mark.parametrize("actor", ["", *ACCOUNTS])
def test_reading_every_address_changes_no_table(actor: str, cast: dict[str, User]) -> None:  # noqa: F811
    addresses = [address_of(route, cast)[0] for route in sorted(routes())]
    client = Client()
    if actor:
        client.force_login(cast[actor])
    before = digest()
    for address in addresses * 2:
        client.get(address)
    assert digest() == before
