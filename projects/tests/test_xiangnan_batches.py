"""Tests the batches of Xiangnan: who decides on them, which projects join and leave, and the links to plan items."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from events.actions import load_events
from events.models import Event
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event as AuditEvent
from hunan_trade.indicators.actions_source_and_exchange_rate import decide_exchange_rate
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from hunan_trade.workflow import MoveRefused
from projects.actions import save_projects
from projects.batches.actions import join_or_leave_batches, save_batches
from projects.batches.batch_panels import batch_counts
from projects.duplicates.actions import decide_pair
from projects.models import Batch, BatchMembership, Project, ProjectPair
from projects.terminations.actions import enter_termination
from projects.tests.factories import (
    decided_batch,
    decided_batch_threshold,
    left_batch,
    listed_project,
    project,
    project_pair,
    terminated_project,
)
from targets import actions as plans
from targets.models import ItemIdentity
from targets.tests.plan_and_user_factories import SETUP, load_regions_and_plan

pytestmark = pytest.mark.django_db
DAY = date(2013, 2, 4)  # on which projects of tests are intended
WATER = {"project_class": "infrastructure", "kind": "water"}


def industry(total_usd: int | None, **values: Any) -> Project:
    return project(cast.reporter(cast.CHENZHOU), total_investment_usd=total_usd, **values)


# --- Joining and leaving --------------------------------------------------------------------------------------------
def test_a_project_joins_leaves_and_joins_the_next_batch_and_both_memberships_stay() -> None:
    officer, lead = cast.officer(), cast.province_lead()
    first, second = decided_batch(lead), decided_batch(lead)
    made = listed_project(officer, first).project
    left = left_batch(officer, made, DAY + timedelta(days=30))
    assert (left.left_reason, left.left_by, made.batch) == ("投资方调整计划", officer, None)
    with pytest.raises(ValidationError, match="才退出上一批"):
        listed_project(officer, second, made, DAY + timedelta(days=29))
    again = listed_project(officer, second, made, DAY + timedelta(days=30))
    assert made.batch == second
    assert list(made.batch_memberships.order_by("pk")) == [left, again]
    verbs = AuditEvent.objects.filter(verb__startswith="batch.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["batch.joined", "batch.left", "batch.joined"]


def test_the_database_lets_a_project_be_in_one_batch_at_a_time() -> None:
    officer, lead = cast.officer(), cast.province_lead()
    first, second = decided_batch(lead), decided_batch(lead)
    membership = listed_project(officer, first)
    membership.pk, membership.batch = None, second
    with pytest.raises(IntegrityError, match="project_in_one_batch_at_a_time"), transaction.atomic():
        membership.save(force_insert=True)
    left_batch(officer, membership.project, DAY + timedelta(days=30))
    membership.joined_on = DAY + timedelta(days=29)  # within the membership that has ended
    with pytest.raises(IntegrityError, match="project_in_one_batch_at_a_time"), transaction.atomic():
        membership.save(force_insert=True)


def test_only_officers_keep_and_only_the_lead_decides() -> None:
    officer, lead, reporter = cast.officer(), cast.province_lead(), cast.reporter(cast.CHENZHOU)
    batch = decided_batch(lead)
    with pytest.raises(MoveRefused, match="没有列入批次的权限"):
        listed_project(reporter, batch, project(reporter, **WATER))
    for decide in (lambda: decided_batch(officer), lambda: decided_batch_threshold(officer)):
        with pytest.raises(MoveRefused, match="权限"):
            decide()


def test_projects_outside_xiangnan_and_terminated_ones_do_not_join() -> None:
    officer, batch = cast.officer(), decided_batch(cast.province_lead())
    with pytest.raises(MoveRefused, match="不在湘南三市"):
        listed_project(officer, batch, project(cast.reporter(cast.CHANGSHA), **WATER))
    ended = terminated_project(cast.reporter(cast.CHENZHOU), confirmed_by=cast.lead(cast.CHENZHOU), **WATER)
    with pytest.raises(MoveRefused, match="已终止"):
        listed_project(officer, batch, ended)


def test_an_industrial_project_joins_by_what_it_invests_at_the_rate_of_the_year() -> None:
    officer, lead = cast.officer(), cast.province_lead()
    batch = decided_batch(lead)
    with pytest.raises(MoveRefused, match="这一项 4,999 万美元"):
        listed_project(officer, batch, industry(49_990_000))
    listed_project(officer, batch, industry(50_000_000))
    in_yuan = industry(None, total_investment_cny=312_500_000)
    year = clock.today().year
    with clock.frozen_at(clock.at(date(2013, 6, 28), 9)):
        with pytest.raises(ValidationError, match="2013年汇率还没有定"):
            listed_project(officer, batch, in_yuan)
        decide_exchange_rate(year=2013, cny_per_usd=Decimal("6.25"), reason="年度汇率", by=lead)
        listed_project(officer, batch, in_yuan)
    assert year and batch.memberships.count() == 2


def test_yuan_are_measured_by_the_rate_of_the_year_of_joining_and_not_of_today() -> None:
    officer, lead = cast.officer(), cast.province_lead()
    batch = decided_batch(lead)
    decide_exchange_rate(year=2013, cny_per_usd=Decimal("6.25"), reason="年度汇率", by=lead)
    enough, too_little = (industry(None, total_investment_cny=amount) for amount in (312_500_000, 312_000_000))
    with clock.frozen_at(clock.at(date(2014, 1, 10), 9)):
        with pytest.raises(ValidationError, match="2014年汇率还没有定"):
            listed_project(officer, batch, enough, date(2014, 1, 6))
        with pytest.raises(ValidationError, match="这一项折合 4,992 万美元"):
            listed_project(officer, batch, too_little, date(2013, 12, 20))
        listed_project(officer, batch, enough, date(2013, 12, 20))
    assert enough.batch == batch


def test_a_later_threshold_binds_those_that_join_from_its_day_on_and_no_other() -> None:
    officer, lead = cast.officer(), cast.province_lead()
    batch, changed_on = decided_batch(lead), DAY + timedelta(days=60)
    before = listed_project(officer, batch, industry(50_000_000))
    decided_batch_threshold(lead, 60_000_000, changed_on)
    late = industry(50_000_000)
    with pytest.raises(ValidationError, match="6,000 万美元以上"):
        listed_project(officer, batch, late, changed_on)
    listed_project(officer, batch, late, changed_on - timedelta(days=1))
    before.refresh_from_db()
    assert before.left_on is None and batch.memberships.current().count() == 2


def test_a_batch_that_has_not_been_opened_takes_no_project_and_is_not_opened_after_its_first() -> None:
    officer, lead = cast.officer(), cast.province_lead()
    batch = decided_batch(lead, opened_on=None)
    with pytest.raises(ValidationError, match="还没有启动"):
        listed_project(officer, batch)
    opened = RecordChange({"opened_on": DAY}, batch.pk, batch.version)
    save_batches(changes=[opened], by=lead, kind=Act.Kind.EDITED, reason="启动")
    listed_project(officer, batch)
    later = RecordChange({"opened_on": DAY + timedelta(days=1)}, batch.pk, batch.version + 1)
    (outcome,) = save_batches(changes=[later], by=lead, kind=Act.Kind.EDITED, reason="改期")
    assert "已有项目列入" in outcome.errors["opened_on"][0]
    cleared = RecordChange({"opened_on": None}, batch.pk, batch.version + 1)
    (outcome,) = save_batches(changes=[cleared], by=lead, kind=Act.Kind.EDITED, reason="改期")
    assert outcome.errors["opened_on"] == (f"{DAY} 已有项目列入这一批，启动日期不能留空。",)


def test_a_batch_is_locked_before_the_days_on_which_projects_joined_it_are_read() -> None:
    lead = cast.province_lead()
    batch = decided_batch(lead)
    change = RecordChange({"opened_on": DAY + timedelta(days=1)}, batch.pk, batch.version)
    with CaptureQueriesContext(connection) as found:
        save_batches(changes=[change], by=lead, kind=Act.Kind.EDITED, reason="改期")
    queries = [query["sql"] for query in found]
    (locked, *_) = [at for at, sql in enumerate(queries) if "FOR NO KEY UPDATE" in sql or "FOR UPDATE" in sql]
    (read, *_) = [at for at, sql in enumerate(queries) if "projects_batchmembership" in sql]
    assert locked < read


def test_many_projects_join_together_or_not_at_all(client: Client) -> None:
    officer, batch = cast.officer(), decided_batch(cast.province_lead())
    good = [industry(50_000_000), project(cast.reporter(cast.HENGYANG), **WATER)]
    small, elsewhere = industry(1_000_000), project(cast.reporter(cast.CHANGSHA), **WATER)
    client.force_login(officer)
    picked = "&".join(f"pick={each.code}" for each in (*good, small, elsewhere))
    preview = client.get(f"/projects/bulk/moves/join_batch/?{picked}").content.decode()
    assert "不在湘南三市" in preview and "这一项 100 万美元" in preview
    versions = " ".join(f"{each.code}:{each.version}" for each in good)
    given = {"versions": versions, "batch": batch.pk, "joined_on": "2013-02-03"}
    refused = client.post(f"/projects/bulk/moves/join_batch/?{picked}", given)
    assert refused.status_code == 409 and not BatchMembership.objects.exists()
    assert "早于这一批的启动日期" in refused.content.decode()
    assert (
        client.post(f"/projects/bulk/moves/join_batch/?{picked}", given | {"joined_on": "2013-02-04"}).status_code
        == 302
    )
    assert {each.project for each in batch.memberships.current()} == set(good)
    assert Act.objects.filter(listing="batch-memberships").count() == 1
    listed = client.get(f"/projects/?batch={batch.pk}").content.decode()
    assert all(each.code in listed for each in good) and small.code not in listed
    seen = dict(Project.objects.filter(batch=batch).values_list("pk", "version"))
    join_or_leave_batches(seen=seen, name="leave_batch", by=officer, reason="整批调整", left_on=DAY)
    assert not Project.objects.filter(batch=batch).exists() and batch.memberships.count() == 2


def test_two_officers_list_a_project_at_once_and_the_second_is_told() -> None:
    officer, lead = cast.officer(), cast.province_lead()
    first, second = decided_batch(lead), decided_batch(lead)
    made = project(cast.reporter(cast.CHENZHOU), **WATER)
    seen = {made.pk: made.version}
    listed_project(officer, first, made)
    (outcome,) = join_or_leave_batches(seen=seen, name="join_batch", by=lead, batch=second, joined_on=DAY)
    assert outcome.problem == "stale" and made.batch_memberships.get().batch == first


# --- Pages ----------------------------------------------------------------------------------------------------------
def test_the_page_holds_the_roster_against_the_size_and_a_city_reads_its_own_part(client: Client) -> None:
    officer, lead = cast.officer(), cast.province_lead()
    batch = decided_batch(lead, planned_size=5)
    listed_project(officer, batch)
    listed_project(officer, batch, project(cast.reporter(cast.HENGYANG), **WATER))
    gone = listed_project(officer, batch).project
    left_batch(officer, gone, DAY)
    client.force_login(officer)
    page = client.get(f"/projects/batches/{batch.pk}/").content.decode()
    assert "5 个名额，已列入 2 个，还差 3 个；退出过 1 个" in page and gone.name in page
    client.force_login(cast.reporter(cast.HENGYANG))
    own = client.get(f"/projects/batches/{batch.pk}/").content.decode()
    assert "已列入 1 个" in own and "5 个名额" not in own and gone.name not in own
    assert "已列入" in client.get("/projects/batches/").content.decode()


def test_the_page_names_the_city_of_a_listed_project_that_moved_out_of_xiangnan(client: Client) -> None:
    officer, batch = cast.officer(), decided_batch(cast.province_lead())
    made = listed_project(officer, batch).project
    moved = RecordChange({"city": cast.CHANGSHA}, made.pk, made.version)
    (outcome,) = save_projects(changes=[moved], by=officer, kind=Act.Kind.EDITED, reason="改落长沙")
    assert not outcome.refused, outcome.errors
    client.force_login(officer)
    page = client.get(f"/projects/batches/{batch.pk}/").content.decode()
    assert ">长沙市</a>" in page and f">{cast.CHANGSHA}<" not in page


@pytest.mark.parametrize(("size", "words"), [(1, "超出 1 个"), (2, "已满"), (None, "")])
def test_a_batch_says_whether_it_is_full(size: int | None, words: str) -> None:
    officer = cast.officer()
    batch = decided_batch(cast.province_lead(), planned_size=size)
    for _ in range(2):
        listed_project(officer, batch)
    (count,) = batch_counts(officer)
    assert count.gap_text == words


def merged(pair: ProjectPair, name: str) -> ProjectPair:
    pair.refresh_from_db()
    decide_pair(pk=pair.pk, name=name, by=cast.officer(), seen=pair.version, reason="核对合同原件")
    return ProjectPair.objects.select_related("first", "second").get(pk=pair.pk)


def test_a_terminated_and_a_merged_project_are_shown_as_such_and_leave_from_there(client: Client) -> None:
    officer, batch = cast.officer(), decided_batch(cast.province_lead(), planned_size=5)
    reporter = cast.reporter(cast.CHENZHOU)
    ended = listed_project(officer, batch, project(reporter, **WATER)).project
    enter_termination(pk=ended.pk, name="terminate", by=officer, seen=None, reason="投资方撤资", effective_on=DAY)
    pair = project_pair(cast.reporter(cast.HENGYANG), reporter, **WATER)
    listed_project(officer, batch, pair.second)
    pair = merged(pair, "merge_second")
    client.force_login(officer)
    address = f"/projects/batches/{batch.pk}/"
    page = client.get(address).content.decode()
    assert "5 个名额，已列入 2 个，还差 3 个；有 1 个已终止、1 个已并入别的项目，办理退出" in page
    leaving = page[page.index("要退出的项目") : page.index("按类别")]
    assert "项目已终止，投资方撤资" in leaving and f"项目已并入 {pair.first.code}" in leaving
    client.force_login(reporter)
    own = client.get(address).content.decode()
    assert "已由其他市州项目计入" in own and pair.first.code not in own and "退出批次</a>" not in own
    client.force_login(officer)
    for made in (ended, pair.second):
        leave = f"/projects/{made.code}/moves/leave_batch/"
        assert f'href="{leave}"' in leaving
        version = Project.objects.get(pk=made.pk).version
        given = {"version": version, "left_on": "2013-02-05", "reason": "不再是批次项目"}
        assert client.post(leave, given).status_code == 302
    page = client.get(address).content.decode()
    assert "已列入 0 个，还差 5 个；退出过 2 个<" in page and "要退出的项目" not in page


@pytest.mark.parametrize(("name", "summed"), [("confirm_same", "8,000"), ("merge_second", "16,000")])
def test_projects_that_are_one_count_once_toward_the_size(client: Client, name: str, summed: str) -> None:
    """One contract that was entered twice is summed once, two that were merged are both summed."""
    officer, batch = cast.officer(), decided_batch(cast.province_lead(), planned_size=5)
    reporter = cast.reporter(cast.CHENZHOU)
    pair = project_pair(reporter, total_investment_usd=80_000_000, contracted_usd=80_000_000)
    for made in (pair.first, pair.second):
        listed_project(officer, batch, made)
    client.force_login(officer)
    pair = merged(pair, name)
    (count,) = batch_counts(officer)
    assert (count.standing, count.repeated, count.gap_text) == (1, 1, "还差 4 个")
    page = client.get(f"/projects/batches/{batch.pk}/").content.decode()
    assert "已列入 1 个，还差 4 个；另有 1 个与在册的是同一项目，不重复计" in page
    by_class = page[page.index("按类别") : page.index("按市州")]
    assert f">{summed}<" in by_class and ">16,000<" not in by_class.replace(f">{summed}<", "")
    left_batch(officer, pair.second, DAY)
    (count,) = batch_counts(officer)
    assert (count.standing, count.repeated, count.left) == (1, 0, 1)


def test_a_city_counts_its_project_though_it_is_one_with_another_city_s_in_the_batch(client: Client) -> None:
    """Else it would learn that the other city's project is in the batch."""
    officer, batch = cast.officer(), decided_batch(cast.province_lead())
    reporter = cast.reporter(cast.CHENZHOU)
    pair = project_pair(cast.reporter(cast.HENGYANG), reporter, **WATER)
    for made in (pair.first, pair.second):
        listed_project(officer, batch, made)
    merged(pair, "confirm_same")
    assert [each.standing for each in batch_counts(officer)] == [1]
    assert [(each.standing, each.repeated) for each in batch_counts(reporter)] == [(1, 0)]


def test_the_api_tells_memberships_as_they_stood_on_a_day() -> None:
    officer = cast.officer()
    with clock.frozen_at(clock.at(date(2013, 3, 1), 9)):
        batch = decided_batch(cast.province_lead())
        membership = listed_project(officer, batch)
    next_transaction()
    with clock.frozen_at(clock.at(date(2013, 5, 2), 9)):
        left_batch(officer, membership.project, date(2013, 5, 1))
    next_transaction()
    with clock.frozen_at(clock.at(date(2013, 6, 3), 9)):
        api = Client(headers=cast.bearer_headers(officer))
        (now,) = api.get("/api/v1/batch-memberships/").json()["results"]
        (then,) = api.get("/api/v1/batch-memberships/?as_of=2013-04-30").json()["results"]
        assert (now["left_on"], then["left_on"]) == ("2013-05-01", None)
        counts = [
            len(api.get(f"/api/v1/projects/?batch={batch.pk}{day}").json()["results"])
            for day in ("", "&as_of=2013-04-30")
        ]
        assert counts == [0, 1]


# --- Links to the plan ----------------------------------------------------------------------------------------------
RENAMED, MOVED, DROPPED = 7, 22, 20  # numbers before the amendment


def amend_the_plan() -> None:
    """Rename item 7, drop item 20, and let all behind it move up by one."""
    data = json.loads(plans.PLAN_2013.read_text(encoding="utf-8"))
    data["items"] = [row for row in data["items"] if row["number"] != DROPPED]
    for number, row in enumerate(data["items"], start=1):
        row["number"] = number
        if number == RENAMED:
            row["title"] = "示范区重大项目"
    data["rosters"], data["targets"] = [], []
    plans.load_plan(data, by=SETUP)


def test_batches_and_events_stay_with_their_items_when_an_amendment_moves_renames_or_drops_them(
    client: Client,
) -> None:
    load_regions_and_plan()
    load_events(by=SETUP)
    officer, lead = cast.officer(), cast.province_lead()
    items = {each.number: each for each in ItemIdentity.objects.filter(year=2013)}
    batches = {number: decided_batch(lead, item=items[number]) for number in (RENAMED, MOVED, DROPPED)}
    membership = listed_project(officer, batches[DROPPED])
    of_event = dict(Event.objects.values_list("pk", "item"))
    amend_the_plan()
    assert dict(Batch.objects.values_list("pk", "item")) == {each.pk: each.item_id for each in batches.values()}
    assert dict(Event.objects.values_list("pk", "item")) == of_event
    client.force_login(officer)
    listed = client.get("/projects/batches/").content.decode()
    assert '<a href="/plan/2013/items/7/">第7条</a>' in listed
    assert '<a href="/plan/2013/items/21/">第21条</a>' in listed
    assert '<a href="/plan/2013/dropped/">第20条（已撤下）</a>' in listed
    for number, name in ((7, batches[RENAMED].name), (21, batches[MOVED].name)):
        assert name in client.get(f"/plan/2013/items/{number}/").content.decode()
    dropped = client.get("/plan/2013/dropped/").content.decode()
    talks = Event.objects.filter(item=items[DROPPED])
    assert talks and all(event.name in dropped for event in talks)
    assert batches[DROPPED].name in dropped and batches[MOVED].name not in dropped
    # What is there goes on: the batch of a dropped item is edited, and its projects stay in it.
    batch = Batch.objects.get(pk=batches[DROPPED].pk)
    (outcome,) = save_batches(
        changes=[RecordChange({"note": "随新条目"}, batch.pk, batch.version)], by=lead, kind=Act.Kind.EDITED
    )
    assert not outcome.refused
    left_batch(officer, membership.project, DAY)
