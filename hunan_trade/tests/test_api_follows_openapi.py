"""Tests that the REST API answers generated requests as its OpenAPI description says.

Schemathesis makes the requests from the description.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from hunan_trade import clock
from hunan_trade.accounts.models import Token
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.attachments.actions import attach
from hunan_trade.lists.declaration import Listing, declared
from hunan_trade.lists.models import Attachment
from hunan_trade.lists.record_keys import key_of
from hunan_trade.lists.tests.attachment_files import PDF
from hunan_trade.lists.tests.records_of_every_list import ROWS
from hunan_trade.setup import reference_data
from hunan_trade.web.rest_access import TOKEN_WRITES
from hunan_trade.wsgi import application
from parks.models import Park

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

CONFIG = {
    "generation": {"allow-x00": False},
    "checks": {
        # A well-formed request may still break a rule of the register, or name a version that is not the present one.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "304", "404", "409", "412", "422"]},
        "missing_required_header": {"expected-statuses": ["400", "428"]},
    },
}


def is_edited_by_tokens(listing: Listing) -> bool:
    return listing.editing is not None and listing.editing.permission in TOKEN_WRITES[Token.Scope.REGISTER]


OPERATIONS = [
    (method, f"/api/v1/{listing.code}/{rest}")
    for listing in declared()
    if listing.parts.api
    for rest, methods in (("", ("GET", "POST")), ("{id}/", ("GET", "PATCH")), ("changes/", ("GET",)))
    for method in methods
    if (method == "GET" or is_edited_by_tokens(listing)) and (rest != "changes/" or listing.has_feed)
] + [
    (method, f"/api/v1/{listing.code}/{{id}}/attachments/{rest}")
    for listing in declared()
    if listing.parts.api and listing.attachments
    for rest, methods in (("", ("GET", "POST")), ("{attachment}/", ("GET", "DELETE")))
    for method in methods
]
OPERATIONS += [("GET", "/api/v1/projects/funnel/"), ("GET", "/api/v1/projects/{id}/followers/")]


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Let requests use the connection of the test, and its transaction, as the test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def described_api(one_connection: None) -> Any:
    reference_data.load_reference_tables()
    for code in (
        "enterprises",
        "projects",
        "fortune",
        "project-stages",
        "project-increases",
        "project-contacts",
        "project-terminations",
        "batches",
        "batch-memberships",
        "project-duplicates",
        "returns",
        "reports",
    ):
        ROWS[code]()
    officer = cast.officer()
    for listing in (listing for listing in declared() if listing.attachments):
        attach(listing, listing.rows().order_by("pk")[0].pk, PDF, "批复.pdf", by=officer)
    headers = cast.bearer_headers(officer, "register")
    schema = schemathesis.openapi.from_wsgi(
        "/api/v1/schema/?format=json", application, config=SchemathesisConfig.from_dict(CONFIG), headers=headers
    )
    return schema, headers


def _make_possible(case: Any) -> None:
    """Make what a well-formed request asks possible: what its parts mean together is said in words alone."""
    query = case.query if isinstance(case.query, dict) else {}
    query.pop("cursor", None)  # only the API itself makes them
    if "as_of" in query:
        query["as_of"] = clock.today().isoformat()
    for name in [name for name in query if name.endswith(("_min", "_after", "_in"))]:
        query.pop(name)
    first = Park.objects.order_by("pk")[0]
    if "id" in (case.path_parameters or {}) and sum(map(ord, str(case.path_parameters["id"]))) % 2:
        listing = next(each for each in declared() if case.operation.path.startswith(f"/api/v1/{each.code}/"))
        record = listing.rows().order_by("pk")[0]
        case.path_parameters["id"] = key_of(listing, record)
        if case.method == "DELETE":
            case.path_parameters["attachment"] = str(
                Attachment.objects.get(listing=listing.code, record=record.pk, document="").pk
            )
    if case.headers and "If-Match" in case.headers:
        case.headers["If-Match"] = f'"{first.version}"'
    if isinstance(case.body, dict) and "city" in case.body:
        case.body["city"] = first.city_id


def test_every_operation_of_the_lists_is_asked(described_api: Any) -> None:
    schema, _ = described_api
    described = {
        (m.upper(), path) for path in schema for m in schema[path] if m.upper() in ("GET", "POST", "PATCH", "DELETE")
    }
    assert set(OPERATIONS) <= described


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_the_other_operations_answer_with_what_is_described(described_api: Any, mode: GenerationMode) -> None:
    """Status, type and content of each answer; not yet whether all that is described can be asked."""
    schema, headers = described_api
    left_out = [positive_data_acceptance, negative_data_rejection]
    others = {(m.upper(), path) for path in schema for m in schema[path]} - set(OPERATIONS)
    assert len(others) > 8
    for method, path in sorted(others):

        @settings(
            max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
        )
        @given(case=schema[path][method].as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            case.call_and_validate(headers=headers, excluded_checks=left_out)

        ask()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_an_operation_answers_as_described(described_api: Any, method: str, path: str, mode: GenerationMode) -> None:
    schema, headers = described_api

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            _make_possible(case)
        case.call_and_validate(headers=headers)

    ask()
