"""Tests that the words a user searches for in a list appear in no log (traps L1)."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from io import StringIO

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.declaration import Listing, declared
from hunan_trade.web.log_format import JsonFormatter
from targets.tests.factories import signed_in_client

pytestmark = pytest.mark.django_db
PHONE = "13987654321"
OWN = ("q", "sort", "columns", "page", "view", "open", "as_of", PHONE)


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Capture the log as the server writes it."""
    stream, root = StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


@pytest.mark.parametrize("listing", declared(), ids=lambda listing: listing.code)
def test_no_typed_word_is_logged(listing: Listing, log: StringIO) -> None:
    """(traps L1)"""
    client = signed_in_client(Role.PROVINCE_OFFICER)
    filters = listing.filters.base_filters.items()
    names = {name for key, filter_ in filters for name in filter_.parameters(key)} | set(OWN)
    statuses = {client.get(reverse(f"{listing.code}:home"), {name: PHONE}).status_code for name in sorted(names)}
    assert statuses & {400, 403} and PHONE not in log.getvalue()


def test_the_row_that_the_database_refused_is_not_logged(log: StringIO) -> None:
    """(traps L1)"""
    user = cast.officer(username=PHONE)
    try:
        with transaction.atomic():
            User.objects.create(username=user.username, name="重名", role=user.role)
    except IntegrityError:
        logging.getLogger("test").exception("refused")
    assert "DETAIL: […]" in log.getvalue().encode().decode("unicode_escape") and PHONE not in log.getvalue()


@pytest.mark.skipif(not os.environ.get("PORTAL_EMBEDDED"), reason="the settings are of the portal's own server")
@pytest.mark.parametrize(("name", "value"), [("log_min_error_statement", "panic"), ("log_error_verbosity", "terse")])
def test_the_database_logs_no_statement_and_no_values(name: str, value: str) -> None:
    """A statement that fails or takes too long would stand in its log with the words looked for (traps L1)"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        assert cursor.fetchone() == (value,)
