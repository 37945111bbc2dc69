"""Tests changing the state of a list's records through the REST API."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import include, path

from hunan_trade import urls
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit import actions_state_changes
from hunan_trade.lists.api.api_viewsets import list_api_urls
from hunan_trade.lists.declaration import Moves
from hunan_trade.lists.tests.sample_venture_list import VENTURES, Venture, create_ventures_table
from hunan_trade.tests.table_digests import table_digests
from hunan_trade.workflow import Move, MoveRefused, Workflow

pytestmark = [pytest.mark.django_db, pytest.mark.urls("hunan_trade.lists.tests.test_api_moves")]
FLOW = Workflow(
    initial="signed",
    labels=dict(Venture.Stage.choices),
    field="stage",
    moves={
        "build": Move("开工", frozenset({"signed"}), "building", Permission.REGISTER_ENTERPRISE, verb="venture.built"),
        "step_back": Move(
            "退回",
            frozenset({"building"}),
            "signed",
            Permission.REGISTER_ENTERPRISE,
            verb="venture.stepped_back",
            needs_reason="写明为什么退回",
        ),
        "give_up": Move(
            "放弃", frozenset({"building"}), "signed", Permission.REGISTER_ENTERPRISE, verb="venture.given_up"
        ),
        "confirm": Move("确认投产", frozenset({"building"}), "running", Permission.ACCEPT_RETURN, verb="venture.run"),
    },
)


@transaction.atomic
def move_venture(*, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any) -> object:
    return actions_state_changes.change_state(
        Venture.objects.visible_to(by), pk, name, FLOW, by=by, seen=seen, reason=reason
    )


LISTING = replace(VENTURES, moves=(Moves(FLOW, move_venture, by_person=frozenset({"give_up"})),))
handler400, handler403, handler404 = urls.handler400, urls.handler403, urls.handler404
urlpatterns = [*urls.urlpatterns, path("api/v1/", include(list_api_urls(LISTING)))]


@pytest.fixture
def reporter() -> User:
    create_ventures_table()
    return cast.reporter()


@pytest.fixture
def client(reporter: User) -> Client:
    client = Client(headers=cast.bearer_headers(reporter, "register"))
    client.get("/api/v1/regions/")  # the first use of a token is written down
    return client


def venture(city: str = cast.CHANGSHA, stage: str = "signed") -> Venture:
    made: Venture = Venture.objects.create(name="电子厂", city_id=city, stage=stage)
    return made


def move(client: Client, one: Venture, name: str, status: int, body: Any = None, **headers: str) -> Any:
    query = headers.pop("query", "")
    named = {"If-Match": '"1"'} | {key.replace("_", "-"): value for key, value in headers.items()}
    address = f"/api/v1/ventures/{one.pk}/moves/{name}/{query}"
    answer = client.post(address, body or {}, content_type="application/json", headers=named)
    assert answer.status_code == status, answer.content.decode()
    return answer


def stage_of(one: Venture) -> tuple[str, int]:
    now = Venture.objects.get(pk=one.pk)
    return now.stage, now.version


def test_a_move_changes_the_state_and_answers_with_the_record(client: Client) -> None:
    one = venture()
    answer = move(client, one, "build", 200)
    assert stage_of(one) == ("building", 2)
    assert answer.json() == client.get(f"/api/v1/ventures/{one.pk}/").json() and answer["ETag"] == '"2"'


def test_a_move_follows_the_rules_of_the_action(client: Client, reporter: User) -> None:
    running = venture(stage="running")
    with pytest.raises(MoveRefused) as refused:
        move_venture(pk=running.pk, name="build", by=reporter, seen=1)
    assert str(refused.value) in move(client, running, "build", 409).json()["detail"]
    building = venture(stage="building")
    (fault,) = move(client, building, "step_back", 422).json()["errors"]
    assert (fault["field"], fault["detail"]) == ("reason", "写明为什么退回。")
    assert "reason" in move(client, building, "step_back", 400, {"reason": 5}).json()["errors"][0]["field"]
    move(client, building, "step_back", 400, {"stage": "running"})
    move(client, building, "step_back", 200, {"reason": "停工"})
    move(client, venture(cast.CHENZHOU), "build", 404)
    move(client, building, "unknown", 404)


def test_a_move_needs_the_version_that_was_seen(client: Client) -> None:
    one, before = venture(), table_digests()
    stale = move(client, one, "build", 412, If_Match='"9"').json()
    assert stale["version"] == 1 and "电子厂" in stale["detail"]
    move(client, one, "build", 428, If_Match="")
    assert table_digests() == before


def test_a_dry_run_of_a_move_changes_nothing(client: Client) -> None:
    one, before = venture(), table_digests()
    checked = move(client, one, "build", 200, query="?dry_run=1").json()
    assert stage_of(one) == ("signed", 1) and table_digests() == before
    assert move(client, one, "build", 200).json() == checked
    move(client, one, "build", 409, query="?dry_run=1", If_Match='"2"')


def test_a_repeated_move_takes_effect_once(client: Client) -> None:
    one, key = venture(), {"Idempotency_Key": "0123456789"}
    first = move(client, one, "build", 200, **key)
    again = move(client, one, "build", 200, **key)
    assert again.json() == first.json() and stage_of(one) == ("building", 2)


def test_tokens_make_no_move_that_confirms_or_decides(client: Client, reporter: User) -> None:
    one, officer = venture(stage="building"), cast.officer()
    for user, name in ((reporter, "give_up"), (officer, "confirm")):
        for scope in ("register", "submit", "read"):
            move(Client(headers=cast.bearer_headers(user, scope)), one, name, 403)
        assert stage_of(one) == ("building", 1)
    browser = Client()
    browser.force_login(reporter)
    move(browser, one, "confirm", 403)
    move(browser, one, "give_up", 200)
    move(Client(headers=cast.bearer_headers(reporter, "read")), venture(), "build", 403)


def test_each_move_is_described(client: Client) -> None:
    described = client.get("/api/v1/schema/?format=json").json()
    for name, declared in FLOW.moves.items():
        operation = described["paths"][f"/api/v1/ventures/{{id}}/moves/{name}/"]["post"]
        assert operation["description"].startswith(declared.label)
        assert {"200", "403", "404", "409", "412", "428", "429"} <= set(operation["responses"])
        (shape,) = operation["requestBody"]["content"]["application/json"]["schema"].values()
        assert set(described["components"]["schemas"][shape.rpartition("/")[2]]["properties"]) == {"reason"}
