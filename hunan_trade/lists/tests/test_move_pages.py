"""Tests the pages on which one record is moved to another state, and the fields that a move asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.lists.declaration import Moves
from hunan_trade.lists.models import Act
from hunan_trade.lists.moves import record_moves
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.tests.sample_crane_register import (
    CRANES,
    FLOW,
    MOVES,
    Crane,
    CraneHistory,
    crane,
    create_cranes,
    merge,
    move_crane,
    save_cranes,
)
from hunan_trade.testing.shared_rows import shared_rows
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("tables"),
    pytest.mark.urls("hunan_trade.lists.tests.sample_crane_register"),
]
PAGE = "/cranes/CS-0001/"
START, STOP, INSPECT = (f"{PAGE}moves/{name}/" for name in ("start", "stop", "inspect"))
FORM = {"started_on": "2013-07-05", "load": "full", "cost_cny": "1.5", "reason": "检修完", "version": "1"}


@pytest.fixture(scope="module")
def tables(request: pytest.FixtureRequest) -> Iterator[None]:
    with shared_rows(request, create_cranes):
        yield


@pytest.fixture
def reporter() -> User:
    return cast.reporter(name="刘敏")


@pytest.fixture
def one() -> Crane:
    return crane()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any, status: int = 200) -> str:
    body = str(answer.content.decode())
    assert answer.status_code == status, body[:3000]
    return body


def standing() -> dict[str, Any]:
    return Crane.objects.values("state", "version", "started_on", "cost_cny", "note").get(code="CS-0001")


def note(by: User, words: str) -> None:
    next_transaction()
    one = Crane.objects.get(code="CS-0001")
    (outcome,) = save_cranes(changes=[RecordChange({"note": words}, one.pk, one.version)], by=by, kind=Act.Kind.EDITED)
    assert not outcome.refused
    next_transaction()


# --- The buttons of the record's page -------------------------------------------------------------------------------
def test_the_moves_from_the_state_are_buttons_and_a_refused_one_says_why(reporter: User, one: Crane) -> None:
    client = browser(reporter)
    assert f'href="{START}"' in text(client.get(PAGE)) and STOP not in text(client.get(PAGE))
    note(reporter, "封存")
    shut = text(client.get(PAGE))
    assert f'href="{START}"' not in shut and 'disabled title="说明里写着封存，先改说明"' in shut
    assert "还不能启用：说明里写着封存，先改说明。" in shut
    assert "启用" not in text(client.get(f"{PAGE}?as_of={clock.today()}")), "the page of a day is only read"


def test_whoever_lacks_the_right_sees_no_button_and_no_page(one: Crane) -> None:
    lead = browser(cast.lead())
    assert "moves/" not in text(lead.get(PAGE)) and "启用" not in text(lead.get(PAGE))
    text(lead.get(START), 403)
    text(lead.post(START, FORM), 403)
    assert standing()["version"] == 1
    assert Event.objects.filter(verb="access.denied", reason__contains=START).count() == 2


def test_a_city_cannot_move_the_record_of_another_city(one: Crane) -> None:
    client = browser(cast.reporter(cast.CHENZHOU))
    for answer in (client.get(START), client.post(START, FORM)):
        text(answer, 404)
    assert standing()["version"] == 1 and Event.objects.filter(verb="access.denied").count() == 2


# --- The page of a move ---------------------------------------------------------------------------------------------
def test_a_move_with_its_fields_is_one_act_with_one_event(reporter: User, one: Crane) -> None:
    client = browser(reporter)
    page = text(client.get(START))
    for part in ('name="started_on"', 'name="version" value="1"', "实际启用的那一天", "，万元"):
        assert part in page
    assert client.post(START, FORM)["Location"] == PAGE
    assert standing() == {
        "state": "busy", "version": 2, "started_on": date(2013, 7, 5), "cost_cny": Decimal(15_000), "note": ""
    }  # fmt: skip
    act = Act.objects.get(kind=Act.Kind.MOVED)
    assert (act.reason, act.by, CraneHistory.objects.get(act=act).version) == ("检修完", reporter, 2)
    event = Event.objects.get(verb="crane.started")
    assert event.reason == "检修完" and Event.objects.filter(verb__startswith="crane").count() == 1
    assert "检修完" in text(client.get(PAGE))


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("started_on", "", "填"),
        ("started_on", "明天", ""),
        ("load", "nobody", ""),
        ("cost_cny", "-1", ""),
        ("cost_cny", "9999999999999", ""),  # more digits than the record's field takes
        ("started_on", "1999-12-31", "那时还没有起重机。"),
    ],
)
def test_what_a_move_cannot_take_is_said_at_the_field(
    reporter: User, one: Crane, name: str, given: str, sentence: str
) -> None:
    answer = browser(reporter).post(START, FORM | {name: given})
    errors = answer.context["form"].errors
    assert answer.status_code == 200 and set(errors) == {name} and sentence in errors[name][0]
    assert 'value="检修完"' in text(answer), "nothing typed is lost"
    assert standing()["version"] == 1 and not Act.objects.filter(kind=Act.Kind.MOVED).exists()


def test_a_move_that_needs_a_reason_asks_for_it(reporter: User) -> None:
    crane(state="busy")
    answer = browser(reporter).post(STOP, {"version": "1", "reason": " "})
    assert answer.context["form"].errors == {"reason": ["写明为什么停用。"]}
    assert browser(reporter).post(STOP, {"version": "1", "reason": "年检"}).status_code == 302


def test_a_stale_page_says_who_was_faster_and_moves_nothing(reporter: User, one: Crane) -> None:
    note(cast.officer(name="陈立"), "换过钢丝绳")
    client = browser(reporter)
    page = text(client.post(START, FORM), 409)
    assert "陈立于" in page and "换过钢丝绳" in page and 'value="检修完"' in page and 'name="version" value="2"' in page
    text(client.post(START, {**FORM, "version": ""}), 409)
    assert standing()["state"] == "idle" and not Act.objects.filter(kind=Act.Kind.MOVED).exists()
    assert client.post(START, FORM | {"version": "2"}).status_code == 302


def test_what_the_state_or_a_guard_forbids_is_refused_under_the_lock(reporter: User, one: Crane) -> None:
    note(reporter, "封存")
    page = text(browser(reporter).post(START, FORM | {"version": "2"}), 409)
    assert "说明里写着封存，先改说明。" in page and 'type="submit">启用' not in page
    assert "“停用”时不能停用" in text(browser(reporter).get(STOP))
    assert 'value="检修完"' in page and 'name="reason"' not in text(browser(reporter).get(START))
    assert standing()["state"] == "idle"


def test_a_merged_record_is_not_moved(one: Crane) -> None:
    officer, survivor = cast.officer(), crane("CS-0002", "塔式起重机")
    merge(one, survivor, officer)
    assert "已并入" in text(browser(officer).post(START, FORM | {"version": "2"}), 410)
    assert "moves/" not in text(browser(officer).get(PAGE), 410)


def test_no_token_makes_a_move_of_persons(one: Crane) -> None:
    Crane.objects.update(state="busy")
    officer = cast.officer()
    for scope in ("register", "submit", "read"):
        caller = Client(headers=cast.bearer_headers(officer, scope))
        assert caller.post(INSPECT, {"version": "2"}).status_code == 302, "the pages know no token: sign in first"
        text(caller.post(f"/api/v1{INSPECT}", {}, content_type="application/json", headers={"If-Match": '"2"'}), 403)
    assert standing()["version"] == 2 and f'href="{INSPECT}"' in text(browser(officer).get(PAGE))


# --- The action -----------------------------------------------------------------------------------------------------
def test_guards_look_at_the_record_under_its_lock(reporter: User, one: Crane) -> None:
    locked: list[bool] = []
    with CaptureQueriesContext(connection) as queries:

        def facts(records: Sequence[Any]) -> Sequence[Any]:
            locked.append(any("FOR NO KEY UPDATE" in query["sql"] for query in queries.captured_queries))
            return records

        moves = replace(MOVES, facts=facts)
        rows = Crane.objects.visible_to(reporter)
        record_moves.move_one(rows, moves, "start", one.pk, listing="cranes", by=reporter, seen=1)
    assert locked == [True] and standing()["state"] == "busy"


def test_a_move_is_not_taken_back(reporter: User, one: Crane) -> None:
    """Not even the fields that the edit form has, too: half of a move would stay."""
    rows, values = Crane.objects.visible_to(reporter), {"note": "已检修"}
    record_moves.move_one(rows, MOVES, "start", one.pk, listing="cranes", by=reporter, seen=1, values=values)
    page = text(browser(reporter).get(PAGE))
    assert "办理过的不能撤回，要改再办一次" in page and "take-back" not in page
    assert "办理过的不能撤回" in text(browser(reporter).post(f"{PAGE}versions/2/take-back/", {"reason": "错了"}), 409)


# --- The declaration ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "wrong",
    [
        {"bulk": ("start",)},
        {"fields": {"begin": {}}},
        {"by_person": frozenset({"begin"})},
        {"fields": {"start": {"reason": FORM}}},
    ],
)
def test_a_declaration_of_what_is_no_move_is_refused(wrong: Any) -> None:
    with pytest.raises(ImproperlyConfigured):
        Moves(FLOW, move_crane, **wrong)


def test_a_list_has_one_move_of_a_name_over_all_its_workflows() -> None:
    with pytest.raises(ImproperlyConfigured, match="start, stop, inspect"):
        replace(CRANES, moves=(MOVES, Moves(FLOW, move_crane)))
