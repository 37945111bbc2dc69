"""Tests that the words a user searches for in a list appear in no log (traps L1)."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from io import StringIO

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.tests.return_requests_and_workbooks import signed_in_client
from hunan_trade.lists.declaration import Listing, declared
from hunan_trade.lists.search import global_search
from hunan_trade.lists.tests.test_every_list import readers
from hunan_trade.web.log_format import JsonFormatter

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
    user = next(readers(listing))
    filters, client, home = (
        listing.filters.base_filters.items(),
        signed_in_client(user),
        reverse(f"{listing.code}:home"),
    )
    names = {name for key, filter_ in filters for name in filter_.parameters(key)} | set(OWN)
    statuses = {client.get(home, {name: PHONE}).status_code for name in sorted(names)}
    places = [home, f"{home}summary/", f"{home}tabs/", f"{home}download/", "/search/"]
    places += [f"{home}bulk/", f"{home}bulk/all/"] if listing.may_bulk_edit(user) else []
    places += [f"/api/v1/{listing.code}/", f"/api/v1/{listing.code}/changes/"] if listing.parts.api else []
    statuses |= {
        client.get(place, {"q": PHONE}).status_code for place in places if place != "/search/" or may_search(user)
    }
    client.get(f"{home}download/", {"q": PHONE, "format": "csv"})
    assert {200, 400} <= statuses and not statuses & {403, 500}
    assert PHONE not in log.getvalue()
    if listing.code != "audit":  # what somebody looks for in the audit log is itself an event
        assert PHONE not in audit_log()


def may_search(user: User) -> bool:
    return any(user.may(listing.see) for listing in global_search.searchable_lists())


def audit_log() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(event::text, '') FROM audit_event AS event")
        return str(cursor.fetchone()[0])


def test_the_proxy_of_the_manual_logs_no_question() -> None:
    """Words looked for stand in addresses, and in the addresses of pages that led here (traps L1)"""
    sample = (settings.BASE_DIR / "docs" / "manual" / "nginx.conf").read_text()
    (log_format,) = re.findall(r"log_format portal ([^;]+);", sample)
    assert set(re.findall(r"access_log \S+ (\w+);", sample)) == {"portal"}
    assert not re.search(r"\$(request|request_uri|args|query_string|http_referer|arg_\w+)\b", log_format)
    assert "error_log" in sample and " crit;" in sample, "below, it repeats whole addresses"


def test_the_row_that_the_database_refused_is_not_logged(log: StringIO) -> None:
    """(traps L1)"""
    user = cast.officer(username=PHONE)
    try:
        with transaction.atomic():
            User.objects.create(username=user.username, name="重名", role=user.role)
    except IntegrityError:
        logging.getLogger("test").exception("refused")
    assert "DETAIL: […]" in log.getvalue().encode().decode("unicode_escape") and PHONE not in log.getvalue()


@pytest.mark.slow  # with the portal's own server alone, whose settings these are
@pytest.mark.parametrize(("name", "value"), [("log_min_error_statement", "panic"), ("log_error_verbosity", "terse")])
def test_the_database_logs_no_statement_and_no_values(name: str, value: str) -> None:
    """A statement that fails or takes too long would stand in its log with the words looked for (traps L1)"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        assert cursor.fetchone() == (value,)
