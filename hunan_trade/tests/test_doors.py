"""Whoever may write writes what the door is for: no other field, and for no other's key.

The doors come from the table of access, so that a new one without a line in `doors` fails; the names of choices come
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
from hunan_trade.tests import doors
from hunan_trade.tests.access_urls import keys_of
from hunan_trade.tests.canaries import BIRD
from hunan_trade.tests.door import Body, Door, Knock, ask, knocks
from hunan_trade.tests.doors import PROVING
from hunan_trade.tests.doors_plan import PLAN_DOORS
from hunan_trade.tests.house import OURS, STATES, THEIRS, House, field_values, open_house, today
from hunan_trade.tests.test_access import ACCOUNTS, lines

DOORS = [*doors.DOORS, *PLAN_DOORS]
SAFE = {"GET", "HEAD", "OPTIONS"}
OUR_PEOPLE = {"reporter", "lead"}
REFUSED = {400, 404, 409, 412, 422}
by_route = pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door.method} {door.route}")


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[House]:
    with django_db_blocker.unblock(), transaction.atomic(), today():
        yield open_house()
        transaction.set_rollback(True)


# --- That nothing is left out ---------------------------------------------------------------------------------------
def test_every_address_that_is_written_to_has_its_door() -> None:
    written = {(route, method.lower()) for route, method in lines() if method not in SAFE and route not in PROVING}
    assert {(door.route, door.method) for door in DOORS} == written


def test_everybody_who_is_admitted_knocks() -> None:
    """The reporter for the one of the other city, too; where every account may, one of them."""
    for door in DOORS:
        line = lines()[door.route, door.method.upper()]
        stand_ins = {"other": {"officer"}, "reporter": {"reporter", "neighbour"}}
        knocking = set[str]().union(*(stand_ins.get(who, {who}) for who in door.who))
        assert {"other"} >= {*door.who} - line.admitted, door.route
        assert line.admitted <= knocking or len(line.admitted) >= len(ACCOUNTS), door.route


@pytest.mark.slow
@pytest.mark.django_db
def test_every_choice_of_a_form_is_tried_with_a_foreign_one(house: House) -> None:
    tried = {name.rpartition("-")[2] for door in DOORS for name in door.foreign(next(knocks(door, house)))}
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
def test_every_input_of_the_api_is_knocked_with(house: House) -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    declared = set()
    for operations in schema["paths"].values():
        for operation in operations.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                declared |= set(_properties(schema, content["schema"]))
    used = {name for door in DOORS if door.token for name in door.body(next(knocks(door, house)))}
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
def test_a_foreign_key_opens_nothing_wherever_it_is_put(door: Door, house: House) -> None:
    """In the address, a field, a row, a hash or a list: refused, no table changed, and nothing told of its owner."""
    wrong, opened = [], False
    for knock in knocks(door, house):
        body = door.body(knock)
        if ask(door, knock, body, knock.keys)[1] or not door.writes:
            opened = True
            for keys in _foreign_keys(door, knock):
                wrong += _admitted(door, knock, body, knock.keys | keys)
            for name, values in door.foreign(knock).items():
                for value in values:
                    wrong += _admitted(door, knock, body | {name: value}, knock.keys)
    assert wrong == []
    assert opened, "nobody came in with the right key either"


def _admitted(door: Door, knock: Knock, body: Body, keys: dict[str, Any]) -> list[str]:
    answer, changed = ask(door, knock, body, keys)
    form = answer.status_code == 200 and b"field-error" in answer.content  # the page, with what is wrong about it
    told = knock.who in OUR_PEOPLE and BIRD in answer.content.decode("utf-8", "replace")
    if (answer.status_code in REFUSED or form) and not changed and not told:
        return []
    return [f"{knock.who} {knock.state} {keys} {body}: {answer.status_code}, {sorted(changed)[:3]}, {told=}"]


def _foreign_keys(door: Door, knock: Knock) -> Iterator[dict[str, Any]]:
    house, state = knock.house, knock.state
    other = THEIRS if knock.city == OURS else OURS
    another = next(name for name in STATES if name != state)
    for name in keys_of(door.route):
        if name == "region":
            yield from [{name: "430000"}] + [{name: other}] * (knock.who not in ("officer", "province_lead"))
        elif name == "month":
            yield {name: "1999-01"}
        elif name == "sheet":
            yield {name: "nobody"}
        else:
            yield {name: "999999999"}
            if name == "upload" or "uploads/<uuid:pk>" in door.route:
                yield {name: UUID(int=999999999)}
                yield {name: house.uploads[other, state].pk}
                yield {name: house.uploads[knock.city, another].pk}
            elif door.route.startswith("/api/v1/returns/"):
                yield {name: house.returns[other, state].pk}
                yield {"pk": house.returns[other, state].pk, "upload": house.uploads[other, state].pk}
            elif door.route.startswith("/sessions/"):
                yield {name: SessionRecord.objects.exclude(user=house.people[knock.who]).latest("pk").pk}


# --- Fields that nobody asked for -----------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.django_db
@by_route
def test_only_the_fields_that_the_door_is_for_can_be_written_through_it(door: Door, house: House) -> None:
    """Every name of every model goes along with what the page sends: the same is written as without them."""
    wrong, written = [], set()
    for knock in knocks(door, house):
        body = door.body(knock)
        answer, plain = ask(door, knock, body, knock.keys)
        written |= {label for label, _ in plain}
        smuggler, with_more = ask(door, knock, _smuggled(door, body), knock.keys)
        if with_more not in (plain, frozenset()):
            wrong.append(
                f"{knock.who} {knock.state}: {sorted(with_more - plain)[:4]} instead of {sorted(plain - with_more)[:4]}"
            )
        if smuggler.status_code != answer.status_code:
            wrong.append(f"{knock.who} {knock.state}: {smuggler.status_code} instead of {answer.status_code}")
    assert wrong == []
    assert written == door.writes


def _smuggled(door: Door, body: Body) -> Body:
    more = {name: value for name, value in field_values().items() if name not in body}
    if not door.as_json:
        return more | body
    rows = [{**more, **row} for row in body.get("rows", [])]
    return more | body | ({"rows": rows} if rows else {})
