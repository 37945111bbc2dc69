"""Classes that describe requests to write endpoints, and functions that send the requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.tests.portal_urls import url_of
from hunan_trade.tests.write_endpoint_data import OURS, Changes, WriteData, changes_since, write_counts
from reporting.models import Report

SCRIPT = {"X-Requested-With": "XMLHttpRequest"}
Body = dict[str, Any]


@dataclass(frozen=True)
class WriteRequest:
    """A valid request to an endpoint that writes, before a test changes it."""

    data: WriteData
    who: str
    state: str
    keys: dict[str, Any]

    @property
    def city(self) -> str:
        return self.data.people[self.who].region_id or OURS if self.who in self.data.people else OURS

    @property
    def monthly_return(self) -> MonthlyReturn:
        return self.data.returns[self.city, self.state]

    @property
    def report(self) -> Report:
        return self.data.reports[self.state]

    def round_digest(self, region: str = "") -> str:
        rounds = self.data.returns[region or self.city, self.state].rounds.order_by("-number")
        return getattr(rounds.first(), "digest", "0" * 64)


def return_keys(request: WriteRequest) -> dict[str, Any]:
    return {
        "region": request.city,
        "month": request.monthly_return.period,
        "pk": request.data.uploads[request.city, request.state].pk,
    }


def api_keys(request: WriteRequest) -> dict[str, Any]:
    upload = request.data.uploads[request.city, request.state].pk
    return {"pk": request.monthly_return.pk, "upload": upload, "sheet": "city_summary"}


def no_keys(request: WriteRequest) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class WriteEndpoint:
    """Description of an endpoint that writes, with valid requests and what they may change.

    `writes` names fields and models that it may change, `foreign` values that it must refuse. `token` asks for a token of
    the `scope`. `refuses_unknown` endpoints refuse a body with other fields as a whole.
    """

    route: str
    who: tuple[str, ...]
    body: Callable[[WriteRequest], Body]
    writes: frozenset[str]
    keys: Callable[[WriteRequest], dict[str, Any]] = no_keys
    states: tuple[str, ...] = ("",)
    foreign: Callable[[WriteRequest], dict[str, list[Any]]] = lambda request: {}
    method: str = "post"
    token: bool = False
    scope: str = "submit"
    refuses_unknown: bool = False
    headers: Callable[[WriteRequest], dict[str, str]] = lambda request: {}
    as_json: bool = False


def send_and_roll_back(
    endpoint: WriteEndpoint, request: WriteRequest, body: Body, keys: Mapping[str, Any]
) -> tuple[Any, Changes]:
    """Send a request, roll back, and return the response and the changes in the database."""
    test_data = request.data
    client = test_data.clients["anonymous" if endpoint.token else request.who]
    headers = (
        SCRIPT | endpoint.headers(request) | (test_data.tokens[request.who, endpoint.scope] if endpoint.token else {})
    )
    cookies, before = SimpleCookie(client.cookies), write_counts()
    data = {"data": json.dumps(body), "content_type": "application/json"} if endpoint.as_json else {"data": body}
    for part in body.values():
        if isinstance(part, SimpleUploadedFile):
            part.seek(0)
    with transaction.atomic():
        answer = getattr(client, endpoint.method)(url_of(endpoint.route, keys), headers=headers, **data)
        changed = changes_since(test_data, before)
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer, changed


def valid_requests(endpoint: WriteEndpoint, data: WriteData) -> Iterator[WriteRequest]:
    """Yield a valid request for each permitted user and state of the row."""
    for who in endpoint.who:
        for state in endpoint.states:
            yield WriteRequest(data, who, state, endpoint.keys(WriteRequest(data, who, state, {})))
