"""Tests the list of observations: its fast paths must answer exactly what the general ones answer."""

from __future__ import annotations

import threading
from datetime import datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test import Client
from pytest_django import Settings
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import ModelSerializer

from hunan_trade import clock
from hunan_trade.accounts.actions import issue_token
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.indicators import actions, queries, registry
from hunan_trade.indicators.api import ObservationSerializer
from hunan_trade.indicators.models import Observation
from hunan_trade.periods import Month
from hunan_trade.regions import actions as regions
from hunan_trade.testing.plugin import ClonedDatabase

stored = pytest.mark.django_db
ADDRESS = "/api/v1/observations/"
FLOW = next(indicator.code for indicator in registry.declared() if not (indicator.parts or indicator.measure))


def observed(amount: str, region: str = "430100", at: datetime | None = None) -> None:
    actions.record_observations(
        region=region,
        month=Month(2013, 5),
        source=registry.Source.RETURN,
        values={FLOW: Decimal(amount)},
        known_at=at or clock.now(),
        reason="更正",
        by=System("test"),
    )


def asker(user: User) -> Client:
    _, secret = issue_token(user=user, label="取数", scope="read", by=cast.security_officer())
    return Client(headers={"Authorization": f"Bearer {secret}"})


@stored
def test_the_short_spelling_of_a_row_is_what_its_fields_declare() -> None:
    regions.load_regions()
    for at, amount in (("2013-06-05T09:00:00+08:00", "1"), ("2013-06-05T09:00:00.000120+00:00", "123456.70")):
        observed(amount, at=datetime.fromisoformat(at))
    serializer = ObservationSerializer()
    for row in Observation.objects.all():
        declared = ModelSerializer.to_representation(serializer, row)
        assert JSONRenderer().render(serializer.to_representation(row)) == JSONRenderer().render(declared)


@stored
def test_a_list_is_unchanged_until_something_is_written() -> None:
    regions.load_regions()
    observed("1")
    client = asker(cast.officer())
    tag = client.get(ADDRESS)["ETag"]
    assert client.get(ADDRESS, headers={"If-None-Match": tag}).status_code == 304
    actions.compact_version_tables()
    again = client.get(ADDRESS, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    observed("2")
    fresh = client.get(ADDRESS, headers={"If-None-Match": tag})
    assert fresh.status_code == 200 and fresh["ETag"] != tag
    assert [row["value"] for row in fresh.json()["results"]] == ["1.00", "2.00"]


@stored
def test_another_release_answers_under_another_tag(settings: Settings) -> None:
    client = asker(cast.officer())
    tag = client.get(ADDRESS)["ETag"]
    settings.VERSION += ".1"
    assert client.get(ADDRESS, headers={"If-None-Match": tag}).status_code == 200


@stored
def test_a_tag_is_good_for_one_person_one_address_and_one_set_of_rights() -> None:
    officer, reporter = cast.officer(), cast.reporter("430100")
    observed("1")
    client, other = asker(officer), asker(reporter)
    tag = client.get(ADDRESS)["ETag"]
    assert other.get(ADDRESS, headers={"If-None-Match": tag}).status_code == 200
    assert client.get(f"{ADDRESS}?since=2013-06", headers={"If-None-Match": tag}).json()["results"] == []
    own = other.get(ADDRESS)["ETag"]
    User.objects.filter(pk=reporter.pk).update(region="430200")
    assert other.get(ADDRESS, headers={"If-None-Match": own}).json()["results"] == []
    User.objects.filter(pk=reporter.pk).update(role="", region=None)
    assert other.get(ADDRESS, headers={"If-None-Match": own}).status_code == 403
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert client.get(ADDRESS, headers={"If-None-Match": tag}).status_code == 401


def test_who_begins_first_and_commits_last_changes_the_version_too(cloned_database: ClonedDatabase) -> None:
    """Commit the row with the lower id last; the largest id alone would not show the change."""
    regions.load_regions()
    begun, may_end = threading.Event(), threading.Event()

    def late() -> None:
        try:
            with transaction.atomic():
                observed("1", "430200")
                begun.set()
                may_end.wait(20)
        finally:
            connection.close()

    writer = threading.Thread(target=late)
    writer.start()
    assert begun.wait(20)
    observed("1", "430100")
    seen, largest = queries.version(), Observation.objects.latest("pk").pk
    may_end.set()
    writer.join(20)
    assert Observation.objects.latest("pk").pk == largest and Observation.objects.count() == 2
    assert queries.version() != seen
