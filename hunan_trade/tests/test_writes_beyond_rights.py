"""Tests that no write endpoint changes fields or rows that its user may not change.

The endpoints come from the access matrix, so that a new one that is not in `write_endpoint_list` fails; the names of
choices come from the forms and from the API's own schema.
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
from hunan_trade.tests import all_write_endpoints
from hunan_trade.tests.all_write_endpoints import SIGN_IN_ROUTES
from hunan_trade.tests.capital_increase_write_endpoints import INCREASE_WRITE_ENDPOINTS
from hunan_trade.tests.enterprise_write_endpoints import ENTERPRISE_WRITE_ENDPOINTS
from hunan_trade.tests.fortune_500_write_endpoints import FORTUNE_WRITE_ENDPOINTS
from hunan_trade.tests.import_write_endpoints import IMPORT_WRITE_ENDPOINTS
from hunan_trade.tests.leak_canaries import CANARY_WORD
from hunan_trade.tests.park_event_and_roster_write_endpoints import REGISTER_WRITE_ENDPOINTS
from hunan_trade.tests.plan_write_endpoints import PLAN_WRITE_ENDPOINTS
from hunan_trade.tests.portal_urls import parameters_of
from hunan_trade.tests.project_contact_write_endpoints import CONTACT_WRITE_ENDPOINTS
from hunan_trade.tests.project_lifecycle_write_endpoints import STAGE_WRITE_ENDPOINTS
from hunan_trade.tests.project_write_endpoints import PROJECT_WRITE_ENDPOINTS
from hunan_trade.tests.saved_view_and_download_write_endpoints import LIST_WRITE_ENDPOINTS
from hunan_trade.tests.test_access_matrix import ACCOUNTS, matrix_lines
from hunan_trade.tests.write_endpoint_data import (
    OURS,
    STATES,
    THEIRS,
    WriteData,
    an_hour_later,
    create_write_data,
    field_values,
)
from hunan_trade.tests.write_endpoint_requests import (
    Body,
    WriteEndpoint,
    WriteRequest,
    send_and_roll_back,
    valid_requests,
)
from hunan_trade.tests.xiangnan_batch_write_endpoints import BATCH_WRITE_ENDPOINTS

ENDPOINTS = [
    *all_write_endpoints.WRITE_ENDPOINTS,
    *PLAN_WRITE_ENDPOINTS,
    *LIST_WRITE_ENDPOINTS,
    *ENTERPRISE_WRITE_ENDPOINTS,
    *REGISTER_WRITE_ENDPOINTS,
    *PROJECT_WRITE_ENDPOINTS,
    *FORTUNE_WRITE_ENDPOINTS,
    *STAGE_WRITE_ENDPOINTS,
    *INCREASE_WRITE_ENDPOINTS,
    *CONTACT_WRITE_ENDPOINTS,
    *BATCH_WRITE_ENDPOINTS,
    *IMPORT_WRITE_ENDPOINTS,
]
SAFE = {"GET", "HEAD", "OPTIONS"}
OUR_PEOPLE = {"reporter", "lead"}
REFUSED = {400, 404, 409, 412, 422}
by_route = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.route}")


@pytest.fixture(scope="module")
def write_data(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[WriteData]:
    with django_db_blocker.unblock(), transaction.atomic(), an_hour_later():
        yield create_write_data()
        transaction.set_rollback(True)


# --- That nothing is left out ---------------------------------------------------------------------------------------
def test_every_write_endpoint_is_in_the_list() -> None:
    written = {
        (route, method.lower())
        for route, method in matrix_lines()
        if method not in SAFE and route not in SIGN_IN_ROUTES
    }
    assert {(endpoint.route, endpoint.method) for endpoint in ENDPOINTS} == written


def test_every_admitted_role_is_tested_at_each_write_endpoint() -> None:
    """One reporter stands for both cities'; where every account is admitted, one is enough."""
    for endpoint in ENDPOINTS:
        line = matrix_lines()[endpoint.route, endpoint.method.upper()]
        stand_ins = {"other": {"officer"}, "reporter": {"reporter", "neighbour"}}
        tested = set[str]().union(*(stand_ins.get(who, {who}) for who in endpoint.who))
        assert {"other"} >= {*endpoint.who} - line.admitted, endpoint.route
        assert line.admitted <= tested or len(line.admitted) >= len(ACCOUNTS), endpoint.route


@pytest.mark.slow
@pytest.mark.django_db
def test_every_choice_field_is_tested_with_foreign_values(write_data: WriteData) -> None:
    tried = {
        name.rpartition("-")[2]
        for endpoint in ENDPOINTS
        for name in endpoint.foreign(next(valid_requests(endpoint, write_data)))
    }
    assert {name for form in _form_classes(forms.BaseForm) for name in _choice_fields(form)} - tried == set()


def _form_classes(base: type[Any]) -> Iterator[type[Any]]:
    form: type[Any]
    for form in base.__subclasses__():
        ours = form.__module__.endswith(".forms") and form.__module__.startswith(
            ("hunan_trade", "enterprises", "reporting", "targets")
        )
        yield from ([form] if ours else [])
        yield from _form_classes(form)


def _choice_fields(form: Any) -> Iterator[str]:
    for name, entry in form.base_fields.items():
        if isinstance(entry, forms.ChoiceField | forms.ModelChoiceField):
            yield name


@pytest.mark.slow
@pytest.mark.django_db
def test_every_input_of_the_api_is_used_by_the_tests(write_data: WriteData) -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    declared = set()
    for operations in schema["paths"].values():
        for operation in operations.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                declared |= set(_property_names(schema, content["schema"]))
    used = {
        name
        for endpoint in ENDPOINTS
        if endpoint.route.startswith("/api/")
        for name in endpoint.body(next(valid_requests(endpoint, write_data)))
    }
    assert (
        declared - {"key", "version", "texts", "sheet", "column", "choice"} == used
    )  # those are within rows and choices


def _property_names(schema: Any, shape: Any) -> Iterator[str]:
    shape = schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]] if "$ref" in shape else shape
    for name, part in shape.get("properties", {}).items():
        yield name
        yield from _property_names(schema, part.get("items", {}))


# --- Other people's keys ---------------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.django_db
@by_route
def test_another_owners_key_is_refused_in_every_input(endpoint: WriteEndpoint, write_data: WriteData) -> None:
    """Put it into the URL, a field, a row, a hash or a list: nothing may change or leak."""
    wrong, opened = [], False
    for request in valid_requests(endpoint, write_data):
        body = endpoint.body(request)
        if send_and_roll_back(endpoint, request, body, request.keys)[1] or not endpoint.writes:
            opened = True
            for keys in _keys_of_others(endpoint, request):
                wrong += _problems_if_accepted(endpoint, request, body, request.keys | keys)
            for name, values in endpoint.foreign(request).items():
                for value in values:
                    wrong += _problems_if_accepted(endpoint, request, body | {name: value}, request.keys)
    assert wrong == []
    assert opened, "nobody came in with the right key either"


def _problems_if_accepted(
    endpoint: WriteEndpoint, request: WriteRequest, body: Body, keys: dict[str, Any]
) -> list[str]:
    """Send a request that must be refused; return messages if it was not."""
    answer, changed = send_and_roll_back(endpoint, request, body, keys)
    form = answer.status_code == 200 and b"field-error" in answer.content  # the page, with what is wrong about it
    leaked = request.who in OUR_PEOPLE and CANARY_WORD in answer.content.decode("utf-8", "replace")
    if (answer.status_code in REFUSED or form) and not changed and not leaked:
        return []
    return [f"{request.who} {request.state} {keys} {body}: {answer.status_code}, {sorted(changed)[:3]}, {leaked=}"]


def _keys_of_others(endpoint: WriteEndpoint, request: WriteRequest) -> Iterator[dict[str, Any]]:
    """Yield URL parameters of other cities' and users' rows, which must be refused."""
    write_data, state = request.data, request.state
    other = THEIRS if request.city == OURS else OURS
    another = next(name for name in STATES if name != state)
    for name in parameters_of(endpoint.route):
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
                yield {name: write_data.uploads[other, state].pk}
                yield {name: write_data.uploads[request.city, another].pk}
            elif endpoint.route.startswith("/api/v1/returns/"):
                yield {name: write_data.returns[other, state].pk}
                yield {"pk": write_data.returns[other, state].pk, "upload": write_data.uploads[other, state].pk}
            elif endpoint.route.startswith("/sessions/"):
                yield {name: SessionRecord.objects.exclude(user=write_data.people[request.who]).latest("pk").pk}


# --- Fields that nobody asked for -----------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.django_db
@by_route
def test_additional_fields_in_a_request_are_not_written(endpoint: WriteEndpoint, write_data: WriteData) -> None:
    """Send every column name of every model along."""
    wrong, written = [], set()
    for request in valid_requests(endpoint, write_data):
        body = endpoint.body(request)
        answer, plain = send_and_roll_back(endpoint, request, body, request.keys)
        written |= {label for label, _ in plain}
        answer_to_more, with_more = send_and_roll_back(
            endpoint, request, _with_additional_fields(endpoint, body), request.keys
        )
        if endpoint.refuses_unknown:
            if (answer_to_more.status_code, with_more) != (400, frozenset()):
                wrong.append(f"{request.who} {request.state}: {answer_to_more.status_code} and not 400, {with_more}")
            continue
        if with_more not in (plain, frozenset()):
            wrong.append(
                f"{request.who} {request.state}: {sorted(with_more - plain)[:4]} instead of {sorted(plain - with_more)[:4]}"
            )
        if answer_to_more.status_code != answer.status_code:
            wrong.append(f"{request.who} {request.state}: {answer_to_more.status_code} instead of {answer.status_code}")
    assert wrong == []
    assert written == endpoint.writes


def _with_additional_fields(endpoint: WriteEndpoint, body: Body) -> Body:
    more = {name: value for name, value in field_values().items() if name not in body}
    if not endpoint.as_json:
        return more | body
    rows = [{**more, **row} for row in body.get("rows", [])]
    return more | body | ({"rows": rows} if rows else {})
