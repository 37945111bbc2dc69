"""Tests the JSON and the ETags of the observations API."""

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
from hunan_trade.indicators import actions, queries_observations, registry
from hunan_trade.indicators.api_observations import ObservationSerializer
from hunan_trade.indicators.models import Observation
from hunan_trade.periods import Month
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.testing.plugin import ClonedDatabase

stored = pytest.mark.django_db
ADDRESS = "/api/v1/observations/"
FLOW = next(indicator.code for indicator in registry.declared() if not (indicator.parts or indicator.measure))


def record_observation(amount: str, region: str = "430100", at: datetime | None = None) -> None:
    actions.record_observations(
        region=region,
        month=Month(2013, 5),
        source=registry.Source.RETURN,
        values={FLOW: Decimal(amount)},
        known_at=at or clock.now(),
        reason="更正",
        by=System("test"),
    )


def client_of(user: User) -> Client:
    _, secret = issue_token(user=user, label="取数", scope="read", by=cast.security_officer())
    return Client(headers={"Authorization": f"Bearer {secret}"})


@stored
def test_the_fast_serialisation_of_a_row_equals_that_of_its_fields() -> None:
    regions.load_regions()
    for at, amount in (("2013-06-05T09:00:00+08:00", "1"), ("2013-06-05T09:00:00.000120+00:00", "123456.70")):
        record_observation(amount, at=datetime.fromisoformat(at))
    serializer = ObservationSerializer()
    for row in Observation.objects.all():
        vars(row)["unit"] = registry.get(row.indicator).unit.code  # which is no field of the model
        declared = ModelSerializer.to_representation(serializer, row)
        assert JSONRenderer().render(serializer.to_representation(row)) == JSONRenderer().render(declared)


@stored
def test_a_list_answers_304_until_something_is_written() -> None:
    regions.load_regions()
    record_observation("1")
    client = client_of(cast.officer())
    tag = client.get(ADDRESS)["ETag"]
    assert client.get(ADDRESS, headers={"If-None-Match": tag}).status_code == 304
    actions.compact_version_tables()
    again = client.get(ADDRESS, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    record_observation("2")
    fresh = client.get(ADDRESS, headers={"If-None-Match": tag})
    assert fresh.status_code == 200 and fresh["ETag"] != tag
    assert [row["value"] for row in fresh.json()["results"]] == ["1.00", "2.00"]


@stored
def test_another_release_has_another_etag(settings: Settings) -> None:
    client = client_of(cast.officer())
    tag = client.get(ADDRESS)["ETag"]
    settings.VERSION += ".1"
    assert client.get(ADDRESS, headers={"If-None-Match": tag}).status_code == 200


@stored
def test_an_etag_is_valid_for_one_user_one_url_and_one_set_of_rights() -> None:
    officer, reporter = cast.officer(), cast.reporter("430100")
    record_observation("1")
    client, other = client_of(officer), client_of(reporter)
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


def test_a_late_commit_of_a_lower_id_changes_the_version_too(cloned_database: ClonedDatabase) -> None:
    """Commit the row with the lower id last; the largest id alone would not show the change."""
    regions.load_regions()
    begun, may_end = threading.Event(), threading.Event()

    def commit_late() -> None:
        try:
            with transaction.atomic():
                record_observation("1", "430200")
                begun.set()
                may_end.wait(20)
        finally:
            connection.close()

    writer = threading.Thread(target=commit_late)
    writer.start()
    assert begun.wait(20)
    record_observation("1", "430100")
    seen, largest = queries_observations.version(), Observation.objects.latest("pk").pk
    may_end.set()
    writer.join(20)
    assert Observation.objects.latest("pk").pk == largest and Observation.objects.count() == 2
    assert queries_observations.version() != seen
