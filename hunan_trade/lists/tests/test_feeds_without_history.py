"""Tests the feeds of changes of monthly returns and reports, which keep no history of versions (ADR 21)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enterprises.tests import return_factories as returns
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.lists.declaration import declared
from hunan_trade.lists.history.history_models import keeps_history
from hunan_trade.lists.tests.test_feed_api import get, read_all
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region
from hunan_trade.setup.database_owner import as_owner
from hunan_trade.testing.plugin import ClonedDatabase
from reporting import actions
from reporting.models import Report
from reporting.tests import factories

LISTS = [listing for listing in declared() if listing.has_feed and not listing.has_history]
MODELS = [
    model
    for listing in LISTS
    for model in (listing.model, *(link.model for link in listing.seen_through))
    if not keeps_history(model)
]
RETURNS, REPORTS = "/api/v1/returns/", "/api/v1/reports/"
JANUARY = Month(2013, 1)


class Follower:
    """A client that follows a feed, with the account whose token it has."""

    def __init__(self, user: User, address: str) -> None:
        self.client = Client(headers=cast.bearer_headers(user))
        self.records, self.next = read_all(self.client, f"{address}changes/")

    def changes(self) -> list[dict[str, Any]]:
        found, self.next = read_all(self.client, self.next)
        assert not get(self.client, self.next).json()["gone"]
        return found


def test_the_lists_without_history_are_known() -> None:
    assert {listing.code for listing in LISTS} == {"returns", "reports"}, "may a reader lose one of its records?"


def test_nobody_empties_a_table_whose_feed_could_not_tell_of_it(cloned_database: ClonedDatabase) -> None:
    with as_owner(), connection.cursor() as cursor:
        for table in (model._meta.db_table for model in MODELS):
            with pytest.raises(IntegrityError, match=f"{table}: TRUNCATE refused"):
                cursor.execute(f"TRUNCATE {table} CASCADE")


def test_a_city_follows_its_own_returns_and_can_lose_none(cloned_database: ClonedDatabase) -> None:
    """Each edit of a row and each move is a change of its return (traps F1)."""
    reporter = cast.reporter()
    firm = returns.enterprise(reporter)
    returns.opened(cast.CHENZHOU, JANUARY)
    ours, province = Follower(reporter, RETURNS), Follower(cast.officer(), RETURNS)
    assert [row["region"] for row in ours.records] == [cast.CHANGSHA] and len(province.records) == 14
    january = MonthlyReturn.objects.get(region=cast.CHANGSHA, month=JANUARY.first)
    with factories.clock_in_month_after(JANUARY):
        returns.filled(january, reporter, {firm.customs_code: ("100", "40")}, i06="3")
    (changed,) = ours.changes()
    assert changed == get(ours.client, f"{RETURNS}{january.pk}/").json() and changed["version"] > 1
    assert province.changes() == [changed]
    MonthlyReturn.objects.filter(region=cast.CHENZHOU).update(status="sent")
    assert not ours.changes() and [row["status"] for row in province.changes()] == ["sent"]
    for lost in (
        lambda: MonthlyReturn.objects.filter(pk=january.pk).update(region=cast.CHENZHOU, month="2013-02-01"),
        lambda: MonthlyReturn.objects.filter(region="430200").delete(),
    ):
        with pytest.raises(IntegrityError, match=r"intake_monthlyreturn: (UPDATE|DELETE) refused"):
            lost()


def test_a_city_gets_a_report_when_it_is_issued_and_again_when_it_is_voided(cloned_database: ClonedDatabase) -> None:
    people, place = factories.create_province(), factories.create_city(cast.CHANGSHA)
    factories.accepted(place, JANUARY, ("60", "0"), people.officer)
    city, province = Follower(place.reporter, REPORTS), Follower(people.officer, REPORTS)
    with factories.clock_in_month_after(JANUARY, 20):
        report = factories.reviewed(people)
        assert not city.changes() and [row["state"] for row in province.changes()] == ["reviewed"]
        actions.issue(report.pk, by=people.boss, confirm_missing=True, seen=report.content_sha256)
        issued = city.changes()
        assert issued == province.changes() and [row["state"] for row in issued] == ["issued"]
        document = get(city.client, f"{REPORTS}{report.pk}/document/").json()
        assert document["content_sha256"] == issued[0]["content_sha256"] and len(document["files"]) == 4
        actions.void(report.pk, "数有误", by=people.boss, seen=report.content_sha256)
    (voided,) = city.changes()
    assert voided == get(city.client, f"{REPORTS}{report.pk}/").json() == issued[0] | {"state": "voided"}
    assert province.changes() == [voided] and not city.changes()
    with pytest.raises(IntegrityError, match="reporting_report: DELETE refused"):
        Report.objects.filter(pk=factories.drafted().pk).delete()


def test_an_unchanged_list_is_304_unread_until_something_that_it_shows_changes(cloned_database: ClonedDatabase) -> None:
    people, place = factories.create_province(), factories.create_city(cast.CHANGSHA)
    january = factories.accepted(place, JANUARY, ("60", "0"), people.officer)
    report = factories.reviewed(people)
    rows, seen = MonthlyReturn.objects.filter(pk=january.pk), report.content_sha256
    steps: list[tuple[str, str, Callable[[], Any]]] = [
        (RETURNS, 'return"."month"', lambda: rows.update(nil_reason="停产")),
        (RETURNS, 'return"."month"', lambda: rename(Region, cast.CHANGSHA)),
        (REPORTS, 'report"."month"', lambda: rename(User, people.other.pk)),
        (REPORTS, 'report"."month"', lambda: actions.issue(report.pk, by=people.boss, confirm_missing=True, seen=seen)),
        (REPORTS, 'report"."month"', lambda: actions.void(report.pk, "数有误", by=people.boss, seen=seen)),
    ]
    client = Client(headers=cast.bearer_headers(people.officer))
    with factories.clock_in_month_after(JANUARY, 20):
        for address, field, change in steps:
            tag = get(client, address)["ETag"]
            with CaptureQueriesContext(connection) as asked:
                assert get(client, address, 304, If_None_Match=tag)["ETag"] == tag
            assert not any(field in query["sql"] for query in asked)
            change()
            assert get(client, address, If_None_Match=tag)["ETag"] != tag


def rename(model: type[Any], key: Any) -> None:
    model.objects.filter(pk=key).update(name="改名")
