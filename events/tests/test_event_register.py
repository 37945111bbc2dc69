"""Tests the register of events as an officer keeps it, by form, bulk edit, import and API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from events.actions import load_events
from events.models import Event, EventHistory
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event as LogEntry
from hunan_trade.lists.tests.import_factories import csv_file
from hunan_trade.lists.tests.test_import_pages import page, send, upload
from targets import actions as plans
from targets.models import ItemIdentity
from targets.tests.plan_and_user_factories import SETUP, load_regions_and_plan, signed_in_client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_tables")]
NEW = {"name": "粤港澳对接会", "year": "2013", "kind": "matchmaking", "starts_on": "2013-09-10"}


@pytest.fixture
def client() -> Client:
    load_regions_and_plan()
    load_events(by=SETUP)
    return signed_in_client(Role.PROVINCE_OFFICER)


def item(number: int) -> int:
    """Return the key of the item of the current plan of 2013 with this number."""
    return ItemIdentity.objects.get(year=2013, number=number, in_force=True).pk


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    found: dict[str, list[str]] = answer.context["form"].errors
    return found


def test_an_officer_adds_an_event_of_one_day_and_changes_it(client: Client) -> None:
    assert client.post("/events/new/", NEW)["Location"].startswith("/events/")
    event = Event.objects.get(name="粤港澳对接会")
    assert (event.when, event.ends_on) == ("9月10日", None)
    edit = NEW | {"version": "1", "starts_on": "2013-09-01", "whole_month": "on", "place": "深圳"}
    assert "要写明为什么" in errors(client.post(f"/events/{event.pk}/edit/", edit))["reason"][0]
    assert client.post(f"/events/{event.pk}/edit/", edit | {"reason": "改期"}).status_code == 302
    event.refresh_from_db()
    assert (event.when, event.place, event.version) == ("9月", "深圳", 2)
    assert EventHistory.objects.get(id=event.pk, version=2).act.reason == "改期"


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"item": "999999"}, "item", "从列出的里面选"),
        ({"year": "2014"}, "item", "不是2014年工作要点的条目"),
        ({"year": "13"}, "year", "最小 2000"),
        ({"ends_on": "2013-09-09"}, "starts_on", "结束日期不能早于开始"),
        ({"name": "第二届加博会"}, "year", "已登记，不能重复"),
    ],
)
def test_an_event_that_cannot_be_is_refused_at_its_field(
    client: Client, values: dict[str, str], field: str, sentence: str
) -> None:
    refused = errors(client.post("/events/new/", NEW | {"item": item(20)} | values))
    assert sentence in "".join(refused[field])
    assert Event.objects.count() == 8


def test_an_event_that_no_plan_mentions_leads_to_no_item(client: Client) -> None:
    assert client.post("/events/new/", NEW | {"year": "2014", "item": ""}).status_code == 302
    listed = client.get("/events/?year=2014").content.decode()
    assert "粤港澳对接会" in listed and "/plan/2014/" not in listed


def test_the_offices_list_of_a_year_is_imported_and_undone(client: Client) -> None:
    """The file has no column for the year, which all its rows share; events of another year are others."""
    head = ("序号", "活动名称", "活动类型", "开始时间", "结束时间", "举办地点", "对应条目")
    rows = (
        ("1", "第二届加博会", "博览会", "2013年6月19日", "2013.6.23", "东莞", "第21条"),
        ("2", "湘南招商推介会", "推介会", "2013/10/8", "", "深圳", ""),
        ("3", "没有的条目", "会议", "", "", "", "98"),
    )
    found = upload(client, csv_file(*rows, head=head), "活动.csv", "events")
    send(client, found, "check")
    assert found.state == "mapping" and "“年度”各行相同的，在下面填一个" in page(client, found)
    send(client, found, "check", data={"fill-year": "2013"})
    counts = {name: number for name, number in found.result["counts"].items() if number}
    assert counts == {"new": 1, "changed": 1, "refused": 1} and "没有“98”这个要点条目" in page(client, found)
    send(client, found, "write", reason="6月台账")
    fair, new = Event.objects.get(name="第二届加博会"), Event.objects.get(name="湘南招商推介会")
    assert (fair.when, fair.item_id) == ("6月19—23日", item(21))
    assert (new.year, new.kind, new.when, new.item) == (2013, "matchmaking", "10月8日", None)
    send(client, found, "undo", reason="传错了")
    assert Event.objects.get(pk=fair.pk).when == "6月19—22日" and not Event.objects.filter(pk=new.pk).exists()

    next_year = upload(client, csv_file(*rows[:1], head=head[:-1]), "活动.csv", "events")
    send(client, next_year, "check", data={"fill-year": "2014"})
    assert next_year.result["counts"]["new"] == 1 and not next_year.result["duplicates"]


def test_places_are_changed_in_bulk_and_taken_back(client: Client) -> None:
    keys = list(Event.objects.filter(kind="meeting").values_list("pk", flat=True))
    query = "&".join(f"pick={key}" for key in keys)
    prepared = client.post(f"/events/bulk/?{query}", {"place__how": "set", "place": "郴州", "reason": "定了"})
    assert client.post(prepared["Location"]).status_code == 302
    assert set(Event.objects.filter(pk__in=keys).values_list("place", flat=True)) == {"郴州"}
    reference = prepared["Location"].strip("/").split("/")[-1]
    assert client.post(f"/events/undo/bulk:{reference}/", {"reason": "没有定"}).status_code == 302
    assert set(Event.objects.filter(pk__in=keys).values_list("place", flat=True)) == {""}
    assert LogEntry.objects.filter(verb="events.undone").exists()


def test_the_api_adds_and_changes_an_event(client: Client) -> None:
    api = Client(headers=cast.bearer_headers(cast.officer(), "register"))
    body = NEW | {"year": 2013, "item": item(20)}
    answer = api.post("/api/v1/events/", body, content_type="application/json")
    assert answer.status_code == 201, answer.content.decode()
    address = f"/api/v1/events/{answer.json()['id']}/"
    change = {"place": "东莞", "reason": "定了"}
    headers = {"If-Match": '"1"'}
    changed = api.patch(address, change, content_type="application/json", headers=headers)
    assert changed.status_code == 200 and changed.json()["place"] == "东莞"
    assert api.patch(address, change, content_type="application/json", headers=headers).status_code == 412
    for wrong_values in ({"item": 999_999}, {"year": 2014}):
        wrong = api.patch(address, wrong_values, content_type="application/json", headers={"If-Match": '"2"'})
        assert wrong.status_code == 422 and wrong.json()["errors"][0]["field"] == "item", wrong.content


def test_an_event_stays_with_its_item_when_an_amendment_moves_or_drops_it(client: Client) -> None:
    """Item 21 becomes 20, and item 20 is no longer there."""
    data = json.loads(plans.PLAN_2013.read_text(encoding="utf-8"))
    data["items"] = [row for row in data["items"] if row["number"] != 20]
    for number, row in enumerate(data["items"], start=1):
        row["number"] = number
    data["rosters"], data["targets"] = [], []
    fair, talks = Event.objects.get(name="第二届加博会"), Event.objects.get(name="粤港明星企业湖南行")
    before = fair.item, talks.item
    plans.load_plan(data, by=SETUP)
    for event in (fair, talks):
        event.refresh_from_db()
    assert (fair.item, talks.item) == before
    listed = client.get("/events/").content.decode()
    assert '<a href="/plan/2013/items/20/">第20条</a>' in listed
    assert '<a href="/plan/2013/dropped/">第20条（已撤下）</a>' in listed
    edit = {"name": talks.name, "year": "2013", "kind": "matchmaking", "item": talks.item_id, "place": "长沙"}
    assert client.post(f"/events/{talks.pk}/edit/", edit | {"version": "1"}).status_code == 302
    found = upload(
        client, csv_file((fair.name, "2013", "第20条"), head=("活动名称", "年度", "条目")), "活动.csv", "events"
    )
    send(client, found, "check")
    assert found.result["counts"]["same"] == 1  # the number is that of the plan as it stands


def test_only_those_who_maintain_registers_change_events(client: Client) -> None:
    lead = signed_in_client(Role.CITY_LEAD)
    assert "登记活动" not in lead.get("/events/").content.decode()
    assert lead.post("/events/new/", NEW).status_code == 403 and Event.objects.count() == 8
