"""Tests that every write endpoint changes only the fields it is for, and refuses other owners' keys.

The endpoints come from the table of access, so that a new one without a line in `endpoints` fails; the names of choices come
from the forms and from the API's own schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django import forms
from django.db import transaction
from drf_spectacular.generators import SchemaGenerator
from pytest_django import DjangoDbBlocker

from hunan_trade.accounts.models import SessionRecord
from hunan_trade.tests import write_endpoints
from hunan_trade.tests.access_urls import keys_of
from hunan_trade.tests.canaries import CANARY_WORD
from hunan_trade.tests.test_access import ACCOUNTS, lines
from hunan_trade.tests.write_data import OURS, STATES, THEIRS, WriteData, an_hour_later, create_write_data, field_values
from hunan_trade.tests.write_endpoint import Body, WriteEndpoint, WriteRequest, send, valid_requests
from hunan_trade.tests.write_endpoints import SIGN_IN_ROUTES
from hunan_trade.tests.write_endpoints_plan import PLAN_WRITE_ENDPOINTS

DOORS = [*write_endpoints.WRITE_ENDPOINTS, *PLAN_WRITE_ENDPOINTS]
SAFE = {"GET", "HEAD", "OPTIONS"}
OUR_PEOPLE = {"reporter", "lead"}
REFUSED = {400, 404, 409, 412, 422}
by_route = pytest.mark.parametrize("endpoint", DOORS, ids=lambda endpoint: f"{endpoint.method} {endpoint.route}")


@pytest.fixture(scope="module")
def data(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[WriteData]:
    with django_db_blocker.unblock(), transaction.atomic(), an_hour_later():
        yield create_write_data()
        transaction.set_rollback(True)


# --- That nothing is left out ---------------------------------------------------------------------------------------
def test_every_address_that_is_written_to_is_listed() -> None:
    written = {
        (route, method.lower()) for route, method in lines() if method not in SAFE and route not in SIGN_IN_ROUTES
    }
    assert {(endpoint.route, endpoint.method) for endpoint in DOORS} == written


def test_everybody_who_is_admitted_is_tested() -> None:
    """One reporter stands for the other city's too; where every account may, one is enough."""
    for endpoint in DOORS:
        line = lines()[endpoint.route, endpoint.method.upper()]
        stand_ins = {"other": {"officer"}, "reporter": {"reporter", "neighbour"}}
        knocking = set[str]().union(*(stand_ins.get(who, {who}) for who in endpoint.who))
        assert {"other"} >= {*endpoint.who} - line.admitted, endpoint.route
        assert line.admitted <= knocking or len(line.admitted) >= len(ACCOUNTS), endpoint.route


@pytest.mark.slow
@pytest.mark.django_db
def test_every_choice_of_a_form_is_tried_with_a_foreign_one(data: WriteData) -> None:
    tried = {
        name.rpartition("-")[2] for endpoint in DOORS for name in endpoint.foreign(next(valid_requests(endpoint, data)))
    }
    assert {name for form in _forms(forms.BaseForm) for name in _choices(form)} - tried == set()


def _forms(above: type[Any]) -> Iterator[type[Any]]:
    form: type[Any]
    for form in above.__subclasses__():
        ours = form.__module__.endswith(".forms") and form.__module__.startswith(
            ("hunan_trade", "enterprises", "reporting", "targets")
        )
        yield from ([form] if ours else [])
        yield from _forms(form)


def _choices(form: Any) -> Iterator[str]:
    for name, entry in form.base_fields.items():
        if isinstance(entry, forms.ChoiceField | forms.ModelChoiceField):
            yield name


@pytest.mark.slow
@pytest.mark.django_db
def test_every_input_of_the_api_is_tested(data: WriteData) -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    declared = set()
    for operations in schema["paths"].values():
        for operation in operations.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                declared |= set(_properties(schema, content["schema"]))
    used = {
        name for endpoint in DOORS if endpoint.token for name in endpoint.body(next(valid_requests(endpoint, data)))
    }
    assert (
        declared - {"key", "version", "texts", "sheet", "column", "choice"} == used
    )  # those are within rows and choices


def _properties(schema: Any, shape: Any) -> Iterator[str]:
    shape = schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]] if "$ref" in shape else shape
    for name, part in shape.get("properties", {}).items():
        yield name
        yield from _properties(schema, part.get("items", {}))


# --- Other people's keys ---------------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.django_db
@by_route
def test_a_foreign_key_is_refused_wherever_it_is_put(endpoint: WriteEndpoint, data: WriteData) -> None:
    """Put it in the URL, a field, a row, a hash or a list: no change, no leak."""
    wrong, opened = [], False
    for request in valid_requests(endpoint, data):
        body = endpoint.body(request)
        if send(endpoint, request, body, request.keys)[1] or not endpoint.writes:
            opened = True
            for keys in _foreign_keys(endpoint, request):
                wrong += _admitted(endpoint, request, body, request.keys | keys)
            for name, values in endpoint.foreign(request).items():
                for value in values:
                    wrong += _admitted(endpoint, request, body | {name: value}, request.keys)
    assert wrong == []
    assert opened, "nobody came in with the right key either"


def _admitted(endpoint: WriteEndpoint, request: WriteRequest, body: Body, keys: dict[str, Any]) -> list[str]:
    answer, changed = send(endpoint, request, body, keys)
    form = answer.status_code == 200 and b"field-error" in answer.content  # the page, with what is wrong about it
    told = request.who in OUR_PEOPLE and CANARY_WORD in answer.content.decode("utf-8", "replace")
    if (answer.status_code in REFUSED or form) and not changed and not told:
        return []
    return [f"{request.who} {request.state} {keys} {body}: {answer.status_code}, {sorted(changed)[:3]}, {told=}"]


def _foreign_keys(endpoint: WriteEndpoint, request: WriteRequest) -> Iterator[dict[str, Any]]:
    data, state = request.data, request.state
    other = THEIRS if request.city == OURS else OURS
    another = next(name for name in STATES if name != state)
    for name in keys_of(endpoint.route):
        if name == "region":
            yield from [{name: "430000"}] + [{name: other}] * (request.who not in ("officer", "province_lead"))
        elif name == "month":
            yield {name: "1999-01"}
        elif name == "sheet":
            yield {name: "nobody"}
        else:
            yield {name: "999999999"}
            if name == "upload" or "uploads/<uuid:pk>" in endpoint.route:
                yield {name: UUID(int=999999999)}
                yield {name: data.uploads[other, state].pk}
                yield {name: data.uploads[request.city, another].pk}
            elif endpoint.route.startswith("/api/v1/returns/"):
                yield {name: data.returns[other, state].pk}
                yield {"pk": data.returns[other, state].pk, "upload": data.uploads[other, state].pk}
            elif endpoint.route.startswith("/sessions/"):
                yield {name: SessionRecord.objects.exclude(user=data.people[request.who]).latest("pk").pk}


# --- Fields that nobody asked for -----------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.django_db
@by_route
def test_only_the_fields_of_an_endpoint_can_be_written(endpoint: WriteEndpoint, data: WriteData) -> None:
    """Send every column name of every model along."""
    wrong, written = [], set()
    for request in valid_requests(endpoint, data):
        body = endpoint.body(request)
        answer, plain = send(endpoint, request, body, request.keys)
        written |= {label for label, _ in plain}
        smuggler, with_more = send(endpoint, request, _smuggled(endpoint, body), request.keys)
        if with_more not in (plain, frozenset()):
            wrong.append(
                f"{request.who} {request.state}: {sorted(with_more - plain)[:4]} instead of {sorted(plain - with_more)[:4]}"
            )
        if smuggler.status_code != answer.status_code:
            wrong.append(f"{request.who} {request.state}: {smuggler.status_code} instead of {answer.status_code}")
    assert wrong == []
    assert written == endpoint.writes


def _smuggled(endpoint: WriteEndpoint, body: Body) -> Body:
    more = {name: value for name, value in field_values().items() if name not in body}
    if not endpoint.as_json:
        return more | body
    rows = [{**more, **row} for row in body.get("rows", [])]
    return more | body | ({"rows": rows} if rows else {})
