"""Tests the rosters of the work plan as an officer fills them, from the office's spreadsheets and in bulk."""

from __future__ import annotations

import pytest
from django.test import Client

from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.tests.import_factories import csv_file
from hunan_trade.lists.tests.test_import_pages import page, send, upload
from targets import actions
from targets.models import Roster, RosterEntry, WorkPlan
from targets.tests.plan_and_user_factories import SETUP, load_regions_and_plan, signed_in_client
from targets.tests.test_plan_loading_and_progress import amended_plan_data

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_tables")]
POLICIES = tuple((str(number), f"湘南支持政策之{number}", "省商务厅") for number in range(1, 44))
HEAD = ("序号", "政策名称", "出台单位")
SUPERSEDED = "2013年工作要点已有第2版，第1版的名单不再更新"


@pytest.fixture
def plan() -> WorkPlan:
    return load_regions_and_plan()


@pytest.fixture
def client(plan: WorkPlan) -> Client:
    return signed_in_client(Role.PROVINCE_OFFICER)


def roster(plan: WorkPlan, code: str) -> Roster:
    return plan.rosters.get(code=code)


def names(roster: Roster) -> list[str]:
    return list(roster.entries.order_by("position").values_list("name", flat=True))


def test_an_empty_roster_is_filled_from_the_offices_file_and_emptied_again(client: Client, plan: WorkPlan) -> None:
    """The file has no column for the roster: which one it is, is asked for once."""
    policies = roster(plan, "policies")
    found = upload(client, csv_file(*POLICIES, head=HEAD), "政策汇总.csv", "rosters")
    send(client, found, "check")
    assert found.state == "mapping" and "“名单”各行相同的，在下面填一个" in page(client, found)
    send(client, found, "check", data={"fill-roster": str(policies.pk)})
    send(client, found, "write")
    assert names(policies) == [name for _, name, _ in POLICIES]
    assert "43" in client.get(f"/plan/2013/items/{policies.item.number}/").content.decode()

    again = upload(client, csv_file(*POLICIES, ("44", "新政策", ""), head=HEAD), "政策汇总.csv", "rosters")
    send(client, again, "check", data={"fill-roster": str(policies.pk)})
    assert {key: n for key, n in again.result["counts"].items() if n} == {"new": 1, "same": 43}

    send(client, found, "undo", reason="传错了")
    assert names(policies) == []


def test_a_county_roster_knows_counties_by_their_usual_names(client: Client, plan: WorkPlan) -> None:
    rows = (("长沙市", "长沙县", "省级重点（试点）县市"), ("衡阳市", "耒阳", "省级重点（试点）县市"))
    found = upload(client, csv_file(*rows, head=("市州", "县市区", "名单")), "试点县市.csv", "rosters")
    send(client, found, "check")
    send(client, found, "write")
    entries = roster(plan, "pilot_counties").entries.order_by("position")
    assert list(entries.values_list("name", "region")) == [("长沙县", "430100"), ("耒阳", "430400")]


def test_a_name_may_stand_on_two_rosters(client: Client, plan: WorkPlan) -> None:
    """Core enterprises are among the key enterprises, too: the same name there is no possible duplicate."""
    key, core = roster(plan, "key_enterprises"), roster(plan, "core_enterprises")
    for listed in (key, core):
        found = upload(client, csv_file(("另一家企业有限公司",), head=("企业名称",)), "企业.csv", "rosters")
        send(client, found, "check", data={"fill-roster": str(listed.pk)})
        assert found.result["counts"]["new"] == 1, found.result
        send(client, found, "write")
    assert names(key)[-1] == names(core)[-1] == "另一家企业有限公司"


def test_an_import_into_a_plan_that_was_amended_meanwhile_is_refused(client: Client, plan: WorkPlan) -> None:
    policies = roster(plan, "policies")
    found = upload(client, csv_file(*POLICIES[:2], head=HEAD), "政策汇总.csv", "rosters")
    send(client, found, "check", data={"fill-roster": str(policies.pk)})
    newer = actions.load_plan(amended_plan_data(), by=SETUP)
    send(client, found, "write", status=409)
    assert found.state == "checked" and SUPERSEDED in page(client, found)
    assert not names(policies) and not names(roster(newer, "policies"))


def test_forms_and_the_api_refuse_a_plan_that_was_amended_meanwhile(client: Client, plan: WorkPlan) -> None:
    """Whoever has the page of the earlier version still open writes nothing, and is told why."""
    old = roster(plan, "core_enterprises")
    entry = old.entries.earliest("position")
    actions.load_plan(amended_plan_data(), by=SETUP)
    values = {"roster": old.pk, "name": "改名", "version": entry.version, "reason": "来函"}
    new = roster(WorkPlan.objects.current(2013) or plan, "core_enterprises")
    for given in (old, new):
        refused = client.post(f"/rosters/{entry.pk}/edit/", values | {"roster": given.pk})
        assert refused.status_code == 200, refused
    assert SUPERSEDED in refused.content.decode()
    api = Client(headers=cast.bearer_headers(cast.officer(), "register"))
    answer = api.post("/api/v1/rosters/", {"roster": old.pk, "name": "甲公司"}, content_type="application/json")
    assert answer.status_code == 422 and SUPERSEDED in answer.content.decode()
    change = {"name": "改名", "reason": "来函"}
    answer = api.patch(
        f"/api/v1/rosters/{entry.pk}/", change, content_type="application/json", headers={"If-Match": '"2"'}
    )
    assert answer.status_code == 422 and SUPERSEDED in answer.content.decode()
    assert RosterEntry.objects.get(pk=entry.pk).name == entry.name


def test_regions_are_set_in_bulk_and_taken_back(client: Client, plan: WorkPlan) -> None:
    entries = roster(plan, "key_enterprises").entries
    query = "&".join(f"pick={key}" for key in entries.values_list("pk", flat=True))
    prepared = client.post(f"/rosters/bulk/?{query}", {"region__how": "set", "region": "430100", "reason": "核对"})
    assert client.post(prepared["Location"]).status_code == 302
    assert set(entries.values_list("region", flat=True)) == {"430100"}
    number = prepared["Location"].strip("/").split("/")[-1]
    assert client.post(f"/rosters/undo/bulk:{number}/", {"reason": "弄错"}).status_code == 302
    assert "430100" not in set(entries.values_list("region", flat=True))


def test_rosters_of_two_years_are_told_apart(client: Client, plan: WorkPlan) -> None:
    """The plans of two years have rosters of the same titles."""
    next_year = actions.load_plan({**amended_plan_data(), "year": 2014, "dated": "2014-02-01"}, by=SETUP)
    choices = client.get("/rosters/new/").content.decode()
    assert "2013年湘南支持政策" in choices and "2014年湘南支持政策" in choices
    rows = (("政策甲", "湘南支持政策"), ("政策乙", "2014年湘南支持政策"))
    found = upload(client, csv_file(*rows, head=("名称", "名单")), "政策.csv", "rosters")
    send(client, found, "check")
    assert found.result["refused"] == [2] and "2013年湘南支持政策" in page(client, found)
    send(client, found, "write")
    assert names(roster(next_year, "policies")) == ["政策乙"]
