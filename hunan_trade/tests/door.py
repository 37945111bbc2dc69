"""One door through which somebody writes, and what it is to knock there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.tests.access_urls import address
from hunan_trade.tests.house import OURS, Effects, House, effects, touched
from reporting.models import Report

SCRIPT = {"X-Requested-With": "XMLHttpRequest"}
Body = dict[str, Any]


@dataclass(frozen=True)
class Knock:
    """One request that would be answered with what was asked for, were it not for what is changed about it."""

    house: House
    who: str
    state: str
    keys: dict[str, Any]

    @property
    def city(self) -> str:
        return self.house.people[self.who].region_id or OURS if self.who in self.house.people else OURS

    @property
    def monthly_return(self) -> MonthlyReturn:
        return self.house.returns[self.city, self.state]

    @property
    def report(self) -> Report:
        return self.house.reports[self.state]

    def shown(self, region: str = "") -> str:
        rounds = self.house.returns[region or self.city, self.state].rounds.order_by("-number")
        return getattr(rounds.first(), "digest", "0" * 64)


def _return_keys(knock: Knock) -> dict[str, Any]:
    return {
        "region": knock.city,
        "month": knock.monthly_return.period,
        "pk": knock.house.uploads[knock.city, knock.state].pk,
    }


def _api_keys(knock: Knock) -> dict[str, Any]:
    upload = knock.house.uploads[knock.city, knock.state].pk
    return {"pk": knock.monthly_return.pk, "upload": upload, "sheet": "city_summary"}


def _none(knock: Knock) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Door:
    """`writes`: model fields, and models of which rows come or go. `foreign`: input → what is nobody's or another's."""

    route: str
    who: tuple[str, ...]
    body: Callable[[Knock], Body]
    writes: frozenset[str]
    keys: Callable[[Knock], dict[str, Any]] = _none
    states: tuple[str, ...] = ("",)
    foreign: Callable[[Knock], dict[str, list[Any]]] = lambda knock: {}
    method: str = "post"
    token: bool = False
    headers: Callable[[Knock], dict[str, str]] = lambda knock: {}
    as_json: bool = False


def ask(door: Door, knock: Knock, body: Body, keys: Mapping[str, Any]) -> tuple[Any, Effects]:
    """The answer, and what it would have changed: all of it is undone."""
    house = knock.house
    client = house.clients["anonymous" if door.token else knock.who]
    headers = SCRIPT | door.headers(knock) | (house.submit[knock.who] if door.token else {})
    kept, before = SimpleCookie(client.cookies), touched()
    data = {"data": json.dumps(body), "content_type": "application/json"} if door.as_json else {"data": body}
    for part in body.values():
        if isinstance(part, SimpleUploadedFile):
            part.seek(0)
    with transaction.atomic():
        answer = getattr(client, door.method)(address(door.route, keys), headers=headers, **data)
        changed = effects(house, before)
        transaction.set_rollback(True)
    client.cookies = kept
    return answer, changed


def knocks(door: Door, house: House) -> Iterator[Knock]:
    """By everybody who has the key, in every state."""
    for who in door.who:
        for state in door.states:
            yield Knock(house, who, state, door.keys(Knock(house, who, state, {})))
