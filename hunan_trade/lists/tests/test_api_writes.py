"""Tests adding and changing records by the REST API, with versions, dry runs and refusals.

Repeats, tokens and their scopes, too.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import ANY

import pytest
from django.test import Client

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.record_writing import delete_records
from hunan_trade.tests.table_digests import table_digests
from parks.models import Park, ParkHistory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_tables")]
URL = "/api/v1/parks/"
NEW = {"name": "试验园区", "city": "430100", "kind": "park", "level": "county", "as_of_2013": True, "certainty": "seen"}


@pytest.fixture
def officer() -> User:
    return cast.officer()


@pytest.fixture
def client(officer: User) -> Client:
    client = Client(headers=cast.bearer_headers(officer, "register"))
    client.get("/api/v1/regions/")  # the first use of a token is written down
    return client


def send(client: Client, method: str, address: str, body: Any, status: int, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = getattr(client, method)(address, body, content_type="application/json", headers=named)
    assert answer.status_code == status, answer.content.decode()[:500]
    if status >= 400:
        assert answer["Content-Type"] == "application/problem+json"
    return answer


def faults(answer: Any) -> dict[str, str]:
    return {fault["field"]: fault["detail"] for fault in answer.json()["errors"]}


def a_park() -> Park:
    return Park.objects.earliest("pk")


# --- What is written ------------------------------------------------------------------------------------------------
def test_a_record_is_added_as_one_act(client: Client, officer: User) -> None:
    answer = send(client, "post", URL, NEW | {"name": " 试验\u200b园区 ", "reason": "来函"}, 201)
    body = answer.json()
    park = Park.objects.get(pk=body["id"])
    assert park.name == "试验 园区" == body["name"] and (body["version"], answer["ETag"]) == (1, '"1"')
    assert client.get(f"{URL}{park.pk}/").json() == body | {"linked": ANY}
    act = ParkHistory.objects.get(id=park.pk).act
    assert (act.kind, act.by, act.reason) == (Act.Kind.CREATED, officer, "来函")
    event = Event.objects.filter(verb="parks.created").latest("seq")
    assert event.credential, "the log names the token"


def test_only_the_given_fields_change(client: Client) -> None:
    park = a_park()
    tag = client.get(f"{URL}{park.pk}/?fields=name")["ETag"]
    answer = send(client, "patch", f"{URL}{park.pk}/", {"note": "改过"}, 200, If_Match=tag)
    before, after = park.__dict__.copy(), Park.objects.get(pk=park.pk).__dict__
    changed = {name for name in before if name[0] != "_" and before[name] != after[name]}
    assert changed == {"note", "version", "changed_xid"} and answer["ETag"] == '"2"'
    assert ParkHistory.objects.get(id=park.pk, version=2).act.kind == Act.Kind.EDITED
    send(client, "patch", f"{URL}{park.pk}/", {"note": "改过"}, 200, If_Match='"2"')
    assert Park.objects.get(pk=park.pk).version == 2, "nothing to change"


def test_the_version_is_one_for_every_choice_of_fields(client: Client) -> None:
    """(traps W2)"""
    park = a_park()
    tags = [client.get(f"{URL}{park.pk}/{query}")["ETag"] for query in ("", "?fields=name", "?fields=status,note")]
    assert len(set(tags)) == 3
    for at, tag in enumerate(tags):
        send(client, "patch", f"{URL}{park.pk}/", {"note": f"{at}"}, 200 if at == 0 else 412, If_Match=tag)


@pytest.mark.parametrize(("header", "status"), [("", 428), ("*", 428), ("1", 400), ('"x"', 400), ('"9"', 412)])
def test_nothing_is_changed_unseen(client: Client, header: str, status: int) -> None:
    """(traps W2)"""
    before = table_digests()
    send(client, "patch", f"{URL}{a_park().pk}/", {"note": "改过"}, status, **({"If_Match": header} if header else {}))
    assert table_digests() == before


def test_who_was_faster_is_named_with_the_time_and_the_version(client: Client, officer: User) -> None:
    address = f"{URL}{a_park().pk}/"
    send(client, "patch", address, {"note": "先改"}, 200, If_Match='"1"')
    told = send(client, "patch", address, {"note": "后改"}, 412, If_Match='"1"').json()
    assert officer.name in told["detail"] and "改过" in told["detail"] and "日" in told["detail"]
    assert told["version"] == 2


@pytest.mark.parametrize("method", ["post", "patch"])
def test_a_dry_run_answers_like_the_run_and_changes_nothing(client: Client, method: str) -> None:
    """(traps I1)"""
    park = a_park()
    address = URL if method == "post" else f"{URL}{park.pk}/"
    body, seen = NEW if method == "post" else {"note": "改过"}, {"If_Match": '"1"'} if method == "patch" else {}
    before = table_digests()
    checked = send(client, method, f"{address}?dry_run=1", body, 200, **seen).json()
    assert table_digests() == before
    written = send(client, method, address, body, 201 if method == "post" else 200, **seen).json()
    assert checked | {"id": written["id"]} == written
    wrong = {"name": Park.objects.latest("pk").name}
    refused = [send(client, method, f"{address}{dry}", NEW | wrong, 422, If_Match='"2"') for dry in ("?dry_run=1", "")]
    assert faults(refused[0]) == faults(refused[1])


# --- What is refused ------------------------------------------------------------------------------------------------
def test_every_fault_of_form_is_named_at_once(client: Client) -> None:
    body = NEW | {
        "name": 5,
        "city": None,
        "as_of_2013": 1,
        "note": ["x"],
        "status": "在册",
        "nobody": "x",
        "version": 2,
    }
    answer = send(client, "post", URL, body, 400)
    assert set(faults(answer)) == {"name", "city", "as_of_2013", "note", "status", "nobody", "version"}
    assert faults(answer)["status"] == faults(answer)["nobody"], "one answer for what cannot be written"
    for whole in ("[]", '"x"', "1", "null"):
        send(client, "post", URL, whole, 400)


def test_what_breaks_a_rule_is_refused_by_field_without_the_databases_words(client: Client) -> None:
    """(traps W5)"""
    before = table_digests()
    taken = a_park().name
    wrong = {"name": taken, "kind": "nobody", "city": "430000", "approved": "去年", "certainty": ""}
    first = faults(send(client, "post", URL, NEW | wrong, 422))
    assert {"kind", "city", "certainty"} <= set(first)
    second = faults(send(client, "post", URL, NEW | {"name": taken, "approved": "去年"}, 422))
    assert set(second) == {"name", "approved"} and "批准时间写作" in second["approved"]
    assert not any(word in f"{first}{second}" for word in ("Key", "constraint", "park_", "parks_"))
    assert set(faults(send(client, "post", URL, {}, 422))) >= {"name", "city", "kind", "level", "certainty"}
    assert table_digests() == before


def test_a_field_that_asks_for_a_reason_gets_none_without(client: Client) -> None:
    address = f"{URL}{a_park().pk}/"
    assert list(faults(send(client, "patch", address, {"level": "county"}, 422, If_Match='"1"'))) == ["reason"]
    send(client, "patch", address, {"level": a_park().level}, 200, If_Match='"1"')
    send(client, "patch", address, {"level": "county", "reason": "批复"}, 200, If_Match='"1"')
    assert ParkHistory.objects.get(id=a_park().pk, version=2).act.reason == "批复"


def test_an_unknown_record_or_parameter_is_refused(client: Client) -> None:
    send(client, "patch", f"{URL}999999/", {"note": "x"}, 404, If_Match='"1"')
    for query in ("dryrun=1", "dry_run=2", "dry_run=1&dry_run=1", "fields=name"):
        send(client, "post", f"{URL}?{query}", NEW, 400)
    send(client, "delete", f"{URL}{a_park().pk}/", {}, 405)
    send(client, "put", f"{URL}{a_park().pk}/", {}, 405)
    send(client, "post", "/api/v1/reports/", NEW, 405)


def test_a_deleted_record_is_not_written(client: Client, officer: User) -> None:
    """(traps W4)"""
    park = a_park()
    delete_records(Park.objects.all(), [RecordChange({}, park.pk, 1)], listing="parks", by=officer, reason="撤并")
    before = table_digests()
    for query in ("", "?dry_run=1"):
        refused = send(client, "patch", f"{URL}{park.pk}/{query}", {"note": "x"}, 410, If_Match='"2"').json()
        assert park.name in refused["detail"]
    assert table_digests() == before


@pytest.mark.parametrize("scope", ["read", "submit"])
def test_only_tokens_of_the_scope_write_registers(officer: User, scope: str) -> None:
    other = Client(headers=cast.bearer_headers(officer, scope))
    send(other, "post", URL, NEW, 403)
    send(other, "patch", f"{URL}{a_park().pk}/", {"note": "x"}, 403, If_Match='"1"')


def test_a_token_writes_no_more_than_its_person_may() -> None:
    for user in (cast.reporter(), cast.auditor()):
        send(Client(headers=cast.bearer_headers(user, "register")), "post", URL, NEW, 403)


# --- Repeats --------------------------------------------------------------------------------------------------------
def test_a_repeated_request_adds_one_record(client: Client, officer: User) -> None:
    """(traps W3)"""
    key = {"Idempotency_Key": "0123456789"}
    first = send(client, "post", URL, NEW, 201, **key)
    again = send(client, "post", URL, NEW, 201, **key)
    assert again.json() == first.json() and again["Idempotency-Replayed"] == "true"
    assert Park.objects.filter(name=NEW["name"]).count() == 1
    send(client, "post", URL, NEW | {"name": "另一园区"}, 422, **key)
    send(Client(headers=cast.bearer_headers(officer, "read")), "post", URL, NEW, 403, **key)
