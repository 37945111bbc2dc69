"""Tests the REST endpoint of a changes feed, also when nothing is new or a cursor is refused."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg2
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.api.api_fields import fields_of
from hunan_trade.lists.feed.feed_changes import Position, read_transaction_horizon
from hunan_trade.lists.feed.feed_cursors import write_cursor
from hunan_trade.lists.tests.sample_crane_register import Crane, crane, create_cranes, merge
from hunan_trade.lists.tests.sample_workshop_models import WORKSHOPS as WORKSHOPS_LIST
from hunan_trade.lists.tests.sample_workshop_models import Workshop, create_tables
from hunan_trade.regions.models import Region
from hunan_trade.setup.database_owner import as_owner
from hunan_trade.testing.plugin import ClonedDatabase, clone_database
from hunan_trade.testing.transaction_simulation_and_waiting import wait_for_writes_in_other_databases
from parks.models import Park

OURS, THEIRS = cast.CHANGSHA, cast.CHENZHOU
WORKSHOPS, PARKS = "/api/v1/workshops/", "/api/v1/parks/"


@pytest.fixture
def workshops(cloned_database: ClonedDatabase) -> Iterator[ClonedDatabase]:
    create_tables()
    with override_settings(ROOT_URLCONF="hunan_trade.lists.tests.urls"):
        yield cloned_database


def caller(user: User) -> Client:
    return Client(headers=cast.bearer_headers(user))


def get(client: Client, address: str, status: int = 200, **headers: str) -> Any:
    wait_for_writes_in_other_databases()
    answer = client.get(address, headers=headers)
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer


def read_all(client: Client, address: str) -> tuple[list[dict[str, Any]], str]:
    """Follow a feed until it says that there is no more; return the records and where to go on."""
    found: list[dict[str, Any]] = []
    while True:
        body = get(client, address).json()
        found += body["results"]
        address = body["next"]
        if not body["more"]:
            return found, address


def ids(rows: list[dict[str, Any]]) -> list[Any]:
    return [row["id"] for row in rows]


def cursor_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["cursor"][0]


def workshop(region: str = OURS) -> Workshop:
    one: Workshop = Workshop.objects.create(name="车间", region_id=region)
    return one


def test_a_client_reads_the_records_of_the_list_then_what_changes(workshops: ClonedDatabase) -> None:
    client, rows = caller(cast.officer()), [workshop() for _ in range(5)]
    found, address = read_all(client, f"{WORKSHOPS}changes/?page_size=2")
    assert found == get(client, WORKSHOPS).json()["results"] and len(found) == 5
    rows[1].name = "新名"
    rows[1].save()
    rows[3].delete()
    body = get(client, address).json()
    assert body["results"] == [get(client, f"{WORKSHOPS}{rows[1].pk}/").json()]
    assert body["results"][0]["name"] == "新名" and body["results"][0]["version"] == 2
    assert [entry["id"] for entry in body["gone"]] == [found[3]["id"]] and not body["more"]
    assert not get(client, body["next"]).json()["results"]


def test_where_nothing_is_new_a_poll_is_answered_304_whatever_others_do(workshops: ClonedDatabase) -> None:
    """However long it lasts: it is the history's end that counts, not the cursor's age (traps F6)"""
    workshop()
    client = caller(cast.reporter(OURS))
    _, address = read_all(client, f"{WORKSHOPS}changes/")
    tag = get(client, address)["ETag"]
    for _ in range(3):
        workshop(THEIRS)
        Workshop.objects.filter(region=THEIRS).update(name="改")
        assert not get(client, address, 304, If_None_Match=tag).content
    workshop(OURS)
    assert len(get(client, address, If_None_Match=tag).json()["results"]) == 1


def test_a_validator_is_worth_nothing_to_another_caller(workshops: ClonedDatabase) -> None:
    """(traps F8)"""
    workshop(OURS)
    ours, colleague = caller(cast.reporter(OURS)), caller(cast.reporter(OURS))
    first = get(ours, f"{WORKSHOPS}changes/")
    assert get(colleague, f"{WORKSHOPS}changes/", If_None_Match=first["ETag"]).json()["results"]
    assert "private" in first["Cache-Control"]


def test_a_cursor_is_refused_by_another_list_to_another_reader_and_after_a_change_of_role(
    workshops: ClonedDatabase,
) -> None:
    """(traps F5)"""
    reporter, neighbour = cast.reporter(OURS), cast.reporter(OURS)
    client = caller(reporter)
    _, address = read_all(client, f"{WORKSHOPS}changes/")
    cursor = cursor_of(address)
    refused = [get(client, f"{PARKS}changes/?cursor={cursor}", 400), get(caller(neighbour), address, 400)]
    for broken in (cursor[:-1], cursor[1:], "x", "é", f"{cursor}.x", cursor.upper(), "a" * 5000):
        refused.append(get(client, f"{WORKSHOPS}changes/?cursor={broken}", 400))
    User.objects.filter(pk=reporter.pk).update(region=THEIRS)
    refused.append(get(client, address, 400))
    assert {answer.json()["detail"] for answer in refused} == {refused[0].json()["detail"]}
    assert "去掉 cursor 从头读" in refused[0].json()["detail"]
    assert not get(client, f"{WORKSHOPS}changes/").json()["results"], "from the start as of the new city"


def test_a_cursor_of_a_database_that_was_restored_since_is_gone(
    workshops: ClonedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The example client reads anew and keeps nothing that the new reading did not bring (traps F6)"""
    rows, client = [workshop() for _ in range(5)], caller(cast.officer())
    example = runpy.run_path(str(settings.BASE_DIR / "docs" / "examples" / "pull_projects.py"))
    copy = example["open_copy"](":memory:")

    def ask(address: str) -> tuple[int, Any]:
        answer = client.get(address)
        return answer.status_code, answer.json()

    def pulled() -> set[str]:
        example["apply_changes_and_count_records"](copy, "workshops", f"{WORKSHOPS}changes/?page_size=2", ask)
        return {pk for (pk,) in copy.execute("SELECT id FROM record")}

    assert pulled() == {str(row.pk) for row in rows}
    ((following,),) = copy.execute("SELECT next FROM feed")
    with clone_database(workshops.name, monkeypatch):
        rows[0].delete()
        answer = get(client, following, 410)
        assert "去掉 cursor 从头读" in answer.json()["detail"] and answer["Content-Type"] == "application/problem+json"
        assert pulled() == {str(row.pk) for row in rows[1:]}


def test_a_cursor_ahead_of_the_database_is_gone(workshops: ClonedDatabase) -> None:
    """So it is after a copy of the data folder was put back."""
    user = cast.officer()
    horizon = read_transaction_horizon(WORKSHOPS_LIST)
    names = [field.name for field in fields_of(WORKSHOPS_LIST, user)]
    for ahead, status in ((0, 200), (1000, 410)):
        cursor = write_cursor(Position(horizon.unknown + ahead), WORKSHOPS_LIST, user, horizon, names)
        get(caller(user), f"{WORKSHOPS}changes/?cursor={cursor}", status)


def test_a_feed_refuses_what_it_does_not_know(workshops: ClonedDatabase) -> None:
    client = caller(cast.officer())
    for asked in ("name=1", "fields=name", "as_of=2013-06-30", "page_size=201", "page_size=0", "cursor=", "sort=name"):
        answer = get(client, f"{WORKSHOPS}changes/?{asked}", 400)
        assert [fault["field"] for fault in answer.json()["errors"]] == [asked.partition("=")[0]]
    get(client, f"{WORKSHOPS}changes/?cursor=a&cursor=b", 400)
    get(caller(cast.auditor()), f"{WORKSHOPS}changes/", 403)
    get(Client(), f"{WORKSHOPS}changes/", 401)


def test_a_deleted_records_id_is_gone_for_whom_it_was_shown_and_unknown_to_others(workshops: ClonedDatabase) -> None:
    """(traps W4)"""
    ours, stays = workshop(), workshop()
    key = ours.pk
    address = f"{WORKSHOPS}{key}/"
    day = clock.today().isoformat()
    ours.delete()
    for user in (cast.officer(), cast.reporter(OURS)):
        for asked in (address, f"{address}?as_of={day}"):
            answer = get(caller(user), asked, 410)
            assert answer["Content-Type"] == "application/problem+json"
            assert answer.json()["code"] == "deleted" and "“车间”已于" in answer.json()["detail"]
    other = caller(cast.reporter(THEIRS))
    deleted, never, hidden = (
        get(other, f"{WORKSHOPS}{key}/", 404).json() | {"instance": ""} for key in (key, 999_999, stays.pk)
    )
    assert deleted == never == hidden


def test_an_unchanged_list_is_304_unread_for_this_caller_alone(workshops: ClonedDatabase) -> None:
    """(traps F8)"""
    user, address = cast.officer(), f"{WORKSHOPS}?sort=name"
    client, other = caller(user), caller(cast.officer())
    one = workshop()
    tag = get(client, address)["ETag"]
    with CaptureQueriesContext(connection) as asked:
        assert get(client, address, 304, If_None_Match=tag)["ETag"] == tag
    assert not any('workshop"."name"' in query["sql"] for query in asked)
    get(other, address, If_None_Match=tag)
    get(client, f"{WORKSHOPS}?sort=-name", If_None_Match=tag)
    for change in (workshop, one.save, one.delete):
        if change == one.save:
            one.name = "改名"
        change()
        new = get(client, address, If_None_Match=tag)["ETag"]
        get(client, address, 304, If_None_Match=new)
        assert new != tag
        tag = new
    Region.objects.filter(pk=OURS).update(name="长沙")
    assert get(client, address, 304, If_None_Match=tag)["ETag"] != tag, "read again, and found the same"
    User.objects.filter(pk=user.pk).update(role="province_lead")
    get(client, address, If_None_Match=tag)


def test_a_change_of_an_older_transaction_is_not_missed_by_a_validator(workshops: ClonedDatabase) -> None:
    client, one, two = caller(cast.officer()), workshop(), workshop()
    with closing(psycopg2.connect(workshops.url)) as older:
        older.cursor().execute("UPDATE lists_tests_workshop SET name = '先改' WHERE id = %s", [one.pk])
        Workshop.objects.filter(pk=two.pk).update(name="后改")
        tag = client.get(WORKSHOPS)["ETag"]
        assert client.get(WORKSHOPS, headers={"If-None-Match": tag}).status_code == 304
        older.commit()
    assert client.get(WORKSHOPS, headers={"If-None-Match": tag}).status_code == 200


def test_a_change_is_later_than_one_of_a_transaction_with_fewer_digits(workshops: ClonedDatabase) -> None:
    """A validator finds the last transaction by its number, not by the number's text."""
    client, early = caller(cast.officer()), workshop()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE lists_tests_workshop DISABLE TRIGGER USER")
        cursor.execute("UPDATE lists_tests_workshop SET changed_xid = '9' WHERE id = %s", [early.pk])
        cursor.execute("ALTER TABLE lists_tests_workshop ENABLE TRIGGER USER")
    tag = get(client, WORKSHOPS)["ETag"]
    workshop()
    get(client, WORKSHOPS, If_None_Match=tag)


def test_the_register_of_parks_has_a_feed(cloned_database: ClonedDatabase) -> None:
    client = caller(cast.reporter(OURS))
    park = Park.objects.create(
        name="园区", city_id=OURS, kind="park", level="county", as_of_2013=True, certainty="seen"
    )
    found, address = read_all(client, f"{PARKS}changes/")
    assert [row["id"] for row in found] == [park.pk]
    Park.objects.filter(pk=park.pk).update(level="national")
    assert get(client, address).json()["results"][0]["level"] == "national"


@override_settings(ROOT_URLCONF="hunan_trade.lists.tests.sample_crane_register")
def test_a_feed_names_records_by_their_codes_also_those_that_are_gone(cloned_database: ClonedDatabase) -> None:
    create_cranes()
    ours, stays = crane("CS-0001"), crane("CS-0002")
    city, officer = caller(cast.reporter(OURS)), caller(cast.officer())
    places = {}
    for client in (city, officer):
        found, places[client] = read_all(client, "/api/v1/cranes/changes/")
        assert [row["id"] for row in found] == ["CS-0001", "CS-0002"]
    ours.delete()
    Crane.objects.filter(pk=stays.pk).update(city=THEIRS)
    body = get(city, places[city]).json()
    assert (body["results"], ids(body["gone"])) == ([], ["CS-0001", "CS-0002"])
    body = get(officer, places[officer]).json()
    assert (ids(body["results"]), ids(body["gone"])) == (["CS-0002"], ["CS-0001"])


@override_settings(ROOT_URLCONF="hunan_trade.lists.tests.sample_crane_register")
def test_a_merged_record_is_gone_and_names_the_survivor_to_whom_sees_it(cloned_database: ClonedDatabase) -> None:
    """(traps W4)"""
    create_cranes()
    loser, survivor, by = crane("CS-0001"), crane("CZ-0001", city=THEIRS), cast.officer()
    city, officer = caller(cast.reporter(OURS)), caller(cast.officer())
    places = {client: read_all(client, "/api/v1/cranes/changes/")[1] for client in (city, officer)}
    merge(loser, survivor, by)
    for client, into in ((city, None), (officer, "CZ-0001")):
        body = get(client, places[client]).json()
        assert (body["results"], body["gone"]) == ([], [{"id": "CS-0001", "merged_into": into}])
        places[client] = body["next"]
        assert [row["id"] for row in read_all(client, "/api/v1/cranes/changes/")[0]] == ([into] if into else [])
    Crane.objects.filter(pk=loser.pk).update(note="改过")
    assert get(officer, places[officer]).json()["gone"] == [], "nothing is told of what was lost"
    Crane.objects.filter(pk=loser.pk).update(merged_into=None)
    assert [row["id"] for row in get(city, places[city]).json()["results"]] == ["CS-0001"]


def test_the_description_of_a_feed_names_what_is_answered(cloned_database: ClonedDatabase) -> None:
    client = caller(cast.officer())
    schema = client.get("/api/v1/schema/?format=json").json()
    described = schema["paths"][f"{PARKS}changes/"]["get"]
    assert set(described["responses"]) == {"200", "304", "400", "401", "403", "410", "429"}
    (reference,) = described["responses"]["200"]["content"]["application/json"]["schema"].values()
    page = schema["components"]["schemas"][reference.rpartition("/")[2]]
    answer = get(client, f"{PARKS}changes/").json()
    assert set(page["properties"]) == set(page["required"]) == set(answer)
    assert page["properties"]["results"]["items"] == {"$ref": "#/components/schemas/Park"}
    parameters = {each["name"]: each["schema"] for each in described["parameters"]}
    cursor = cursor_of(answer["next"])
    assert re.fullmatch(parameters["cursor"]["pattern"], cursor) and len(cursor) <= parameters["cursor"]["maxLength"]
    assert set(parameters) == {"cursor", "page_size"}
