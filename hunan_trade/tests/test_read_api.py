"""Tests reading through the REST API with a token, as another system does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import django_filters
import pytest
from django.test import Client

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.actions import issue_token
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.periods import Month
from hunan_trade.testing.shared_rows import shared_rows
from hunan_trade.web.month_and_time_fields import MomentFilter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("two_cities")]
OBSERVED = 2 * 12  # two accepted returns, each with eleven figures of its sheets and the count of the register
Cast = tuple[User, dict[str, User]]


@pytest.fixture(scope="module")
def two_cities(request: pytest.FixtureRequest) -> Iterator[Cast]:
    """Fixture with accepted returns of two cities, an officer and the cities' reporters."""
    with shared_rows(request, create_two_cities) as people:
        yield people


def create_two_cities() -> Cast:
    people = {}
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        officer = cast.officer()
        for region in ("430100", "431000"):
            reporter, lead = cast.reporter(region), cast.lead(region)
            firm = return_factories.enterprise(reporter)
            january = return_factories.opened(region, Month(2013, 1))
            return_factories.filled(january, reporter, {firm.customs_code: ("100", "40")}, i06="3", i08="9")
            return_factories.accepted(january, reporter, lead, officer)
            people[region] = reporter
    return officer, people


def api_client(user: User) -> Client:
    _, secret = issue_token(user=user, label="取数", scope="read", by=cast.security_officer())
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_the_api_returns_figures_as_exact_text_with_source_and_version(
    two_cities: Cast,
) -> None:
    officer, _ = two_cities
    client = api_client(officer)
    answer = client.get("/api/v1/observations/?indicator=enterprises.processing_trade_export&region=430100").json()
    (row,) = answer["results"]
    assert (row["value"], row["unit"], row["month"], row["source"], row["version"]) == (
        "1000000.00",
        "usd",
        "2013-01",
        "return",
        1,
    )


def test_a_city_reads_its_own_rows_and_gets_404_for_others(two_cities: Cast) -> None:
    officer, people = two_cities
    everything = api_client(officer).get("/api/v1/returns/?year=2013&month=1").json()["results"]
    client = api_client(people["430100"])
    own = client.get("/api/v1/returns/").json()["results"]
    assert {row["region"] for row in own} == {"430100"} and {row["month"] for row in everything} == {"2013-01"}
    assert len(everything) == 14
    other = next(row["id"] for row in everything if row["region"] == "431000")
    assert client.get(f"/api/v1/returns/{other}/").status_code == 404
    assert {row["region"] for row in client.get("/api/v1/observations/").json()["results"]} == {"430100"}


def test_the_rounds_of_a_return_tell_what_was_decided(two_cities: Cast) -> None:
    officer, people = two_cities
    client = api_client(people["430100"])
    (own,) = client.get("/api/v1/returns/?fields=status").json()["results"]
    (first,) = client.get(f"/api/v1/returns/{own['id']}/rounds/").json()["rounds"]
    assert (first["number"], first["decision"], first["decided_by"]) == (1, "accepted", officer.name)
    assert client.get(f"/api/v1/returns/{own['id']}/rounds/?number=1").status_code == 400
    neighbour = api_client(people["431000"])
    assert neighbour.get(f"/api/v1/returns/{own['id']}/rounds/").status_code == 404


def test_pages_of_the_api_contain_every_row_once(two_cities: Cast) -> None:
    officer, _ = two_cities
    client, seen, url = api_client(officer), [], "/api/v1/observations/?page_size=5"
    while url:
        page = client.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert len(seen) == len(set(seen)) == OBSERVED


@pytest.mark.parametrize("query", ["colour=red", "region=999999", "since=yesterday", "page_size=9999", "indicator=x"])
def test_an_invalid_query_parameter_is_refused_with_400(two_cities: Cast, query: str) -> None:
    officer, _ = two_cities
    answer = api_client(officer).get(f"/api/v1/observations/?{query}")
    assert answer.status_code == 400 and answer["Content-Type"].startswith("application/problem+json")


def test_as_of_returns_what_was_known_at_that_time(two_cities: Cast) -> None:
    officer, _ = two_cities
    client = api_client(officer)
    early = client.get("/api/v1/observations/?latest=true&as_of=2013-02-01T00:00:00%2B08:00").json()["results"]
    late = client.get("/api/v1/observations/?latest=true&as_of=2013-03-01T00:00:00%2B08:00").json()["results"]
    assert early == [] and len(late) == OBSERVED


@pytest.mark.parametrize("text", ["2013-03-01T00:00:00+08:00", "2013-02-28T16:00:00.5+0000", "2013-02-28T16:00+00"])
def test_a_time_whose_plus_sign_arrives_as_a_blank_is_parsed(two_cities: Cast, text: str) -> None:
    officer, _ = two_cities
    assert len(api_client(officer).get(f"/api/v1/observations/?latest=true&as_of={text}").json()["results"]) == OBSERVED


def test_an_invalid_time_is_refused_with_a_hint_on_the_plus_sign(two_cities: Cast) -> None:
    officer, _ = two_cities
    text = api_client(officer).get("/api/v1/observations/?as_of=2013-03-01T00:00:00 0").json()["errors"][0]["detail"]
    assert "+08:00" in text and "%2B" in text


def test_every_time_filter_accepts_a_blank_for_the_plus_sign() -> None:
    def filters(kind: type[Any]) -> Iterator[object]:
        for each in kind.__subclasses__():
            yield from each.base_filters.values()
            yield from filters(each)

    taken = [one for one in filters(django_filters.FilterSet) if isinstance(one, django_filters.DateTimeFilter)]
    assert taken and all(isinstance(one, MomentFilter) for one in taken)
