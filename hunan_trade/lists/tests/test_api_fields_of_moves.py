"""Tests the fields that a change of state takes in the REST API, and their OpenAPI description."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.tests.sample_crane_register import Crane, crane, create_cranes
from hunan_trade.testing.shared_rows import shared_rows

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("tables"),
    pytest.mark.urls("hunan_trade.lists.tests.sample_crane_register"),
]
START = "/api/v1/cranes/CS-0001/moves/start/"
BODY = {"started_on": "2013-07-05", "load": "full", "cost_cny": "15000.00", "reason": "检修完"}


@pytest.fixture(scope="module")
def tables(request: pytest.FixtureRequest) -> Iterator[None]:
    with shared_rows(request, create_cranes):
        yield


@pytest.fixture
def reporter() -> User:
    return cast.reporter()


@pytest.fixture
def one() -> Crane:
    return crane()


def standing() -> dict[str, Any]:
    return Crane.objects.values("version", "started_on", "cost_cny").get(code="CS-0001")


def call(user: User, body: Any, status: int) -> Any:
    caller = Client(headers=cast.bearer_headers(user, "register"))
    answer = caller.post(START, body, content_type="application/json", headers={"If-Match": '"1"'})
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def test_the_api_takes_the_same_fields_with_amounts_in_yuan(reporter: User, one: Crane) -> None:
    assert call(reporter, BODY, 200)["state"] == "busy"
    assert (standing()["started_on"], standing()["cost_cny"]) == (date(2013, 7, 5), Decimal(15_000))


@pytest.mark.parametrize(
    ("status", "changed"),
    [
        (400, {"started_on": "5.7.2013"}),
        (400, {"cost_cny": 15000}),
        (400, {"load": None}),
        (400, {"state": "busy"}),
        (422, {"load": "nobody"}),
        (422, {"started_on": "1999-12-31"}),
        (422, {"cost_cny": "-1.00"}),
    ],
)
def test_the_api_refuses_at_the_field(reporter: User, one: Crane, status: int, changed: dict[str, Any]) -> None:
    problem = call(reporter, BODY | changed, status)
    assert [each["field"] for each in problem["errors"]] == list(changed)
    assert standing()["version"] == 1


def test_the_api_names_every_field_that_is_missing(reporter: User, one: Crane) -> None:
    assert {each["field"] for each in call(reporter, {}, 422)["errors"]} == {"started_on", "load"}
    assert call(reporter, {name: BODY[name] for name in ("started_on", "load")}, 200)["version"] == 2


def test_the_fields_of_a_move_are_described(reporter: User, one: Crane) -> None:
    schema = Client(headers=cast.bearer_headers(reporter, "register")).get("/api/v1/schema/?format=json").json()
    shape = schema["components"]["schemas"]["CraneStartMove"]
    assert list(shape["properties"]) == ["started_on", "load", "cost_cny", "reason"]
    assert shape["required"] == ["started_on", "load"]
    load, cost = shape["properties"]["load"], shape["properties"]["cost_cny"]
    assert load["x-labels"] == {"full": "满负荷", "half": "半负荷"} and load["title"] == "负荷"
    assert "单位 元" in cost["description"] and cost["nullable"]
    plain, stop = (schema["components"]["schemas"][name] for name in ("CraneMove", "CraneStopMove"))
    assert list(plain["properties"]) == ["reason"] and "required" not in plain and stop["required"] == ["reason"]
