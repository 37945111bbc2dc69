"""Tests that items and rosters stay the same ones while versions of a plan move, rename and drop them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.audit.models import Event
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.regions.models import PROVINCE, Unit
from hunan_trade.workflow import MoveRefused
from targets import queries
from targets.actions import assign_lead, record_task_state
from targets.actions_rosters import add_roster_names
from targets.drafting import actions, node_edits
from targets.drafting.carried_over_rosters_and_targets import carried_over_rosters, carried_over_targets
from targets.drafting.draft_to_plan import draft_items
from targets.drafting.models import PlanDraft
from targets.drafting.publish_page_data import publish_page
from targets.models import ItemIdentity, PlanItem, RosterIdentity, Target, TaskState, WorkPlan
from targets.tests.plan_and_user_factories import create_user, load_regions_and_plan, signed_in_client
from targets.tests.test_plan_drafts import draft_of, publish_over_current

FIRST = """某市商务局关于印发2014年加工贸易工作要点的通知
某市商务局
2014年2月10日
2014年加工贸易工作要点
一、主要任务
1、推进重大项目。推进第一批12个重大项目开工。
2、建设标准厂房。各园区加快建设。
3、加强督促检查。各县市区报送自查情况。
4、培育出口企业。全年培育5家出口企业。
5、完善口岸功能。10月底前建成口岸作业区。
"""
# 督促检查 moved (3 → 1), 标准厂房 renamed (2), 重大项目 moved and renamed (1 → 3), 出口企业 dropped, 口岸 moved (5 → 4).
SECOND = """某市商务局关于印发2014年加工贸易工作要点的通知
某市商务局
2014年6月10日
2014年加工贸易工作要点
一、主要任务
1、加强督促检查。各县市区报送自查情况。
2、新建产业用房。各园区加快建设。
3、抓好招商签约。推进第一批12个重大项目开工。
4、完善口岸功能。10月底前建成口岸作业区。
"""
PROJECTS_ITEM, HALLS, CHECKS, FIRMS, PORT = 1, 2, 3, 4, 5  # numbers in the first version
NOW = {CHECKS: 1, HALLS: 2, PROJECTS_ITEM: 3, PORT: 4}  # numbers in the second one


@pytest.fixture
def officer(db: None) -> User:
    regions.load_regions()
    return create_user()


@pytest.fixture
def first(officer: User) -> WorkPlan:
    """Publish the first version, with progress, a lead and names on the rosters of its items."""
    draft = draft_of(FIRST, by=officer)
    (at,) = [item.at for item in draft_items(draft.nodes) if item.number == PROJECTS_ITEM]
    node = draft.nodes[at]
    roster = [{**quantity, "kind": "roster"} for quantity in node["quantities"]]
    draft = actions.edit_node(draft=draft, seen=1, at=at, changed={**node, "quantities": roster}, by=officer)
    plan = publish_over_current(draft, draft.version, officer)
    for item in plan.items.all():
        task = TaskState.objects.get(item=item)
        record_task_state(task=task, state="under_way", text=f"进展{item.number}", reason="", seen=1, by=officer)
        unit = Unit.objects.create(
            code=f"u{item.number}", name=f"单位{item.number}", kind="division", region_id=PROVINCE
        )
        assign_lead(item=item, unit=unit, seen=1, by=officer)
    add_roster_names(roster=plan.rosters.get(), names=["甲项目", "乙项目"], seen=1, by=officer)
    return plan


@pytest.fixture
def amendment(first: WorkPlan, officer: User) -> PlanDraft:
    return draft_of(SECOND, by=officer)


def identities(plan: WorkPlan) -> dict[int, int]:
    return dict(plan.items.values_list("number", "identity"))


def choose(draft: PlanDraft, officer: User, numbers: dict[int, int | str]) -> PlanDraft:
    """Choose by hand the identity, or "new", of the draft's items with these numbers."""
    places = {item.number: item.at for item in draft_items(draft.nodes)}
    choices = {places[number]: choice for number, choice in numbers.items()}
    return actions.save_continued_item_choices(draft=draft, seen=draft.version, choices=choices, by=officer)


def amended(amendment: PlanDraft, officer: User) -> WorkPlan:
    """Publish the second version after saying that 招商签约 continues 重大项目."""
    (earlier,) = WorkPlan.objects.filter(version=1)
    chosen = choose(amendment, officer, {NOW[PROJECTS_ITEM]: identities(earlier)[PROJECTS_ITEM]})
    return publish_over_current(chosen, chosen.version, officer)


def test_an_amendment_keeps_the_identity_of_moved_and_renamed_items(
    first: WorkPlan, amendment: PlanDraft, officer: User
) -> None:
    """What was recorded goes along, and what hangs on the dropped item stays with its last version."""
    second = amended(amendment, officer)
    before, after = identities(first), identities(second)
    assert {old: after[new] for old, new in NOW.items()} == {old: before[old] for old in NOW}
    for old, new in NOW.items():
        item = second.items.get(number=new)
        assert TaskState.objects.get(item=item).text == f"进展{old}" and str(item.lead) == f"单位{old}"
        assert queries.row_in_current_version(first.items.get(number=old)) == item
    roster = second.rosters.get()
    assert roster.item.number == NOW[PROJECTS_ITEM] and roster.identity == first.rosters.get().identity
    assert [entry.name for entry in roster.entries.all()] == ["甲项目", "乙项目"]
    assert queries.row_in_current_version(first.rosters.get()) == roster
    assert queries.row_in_current_version(TaskState.objects.get(item__plan=first, item__number=FIRMS)) is None
    dropped = ItemIdentity.objects.get(in_force=False)
    assert (dropped.pk, dropped.number, dropped.title) == (before[FIRMS], FIRMS, "培育出口企业")
    assert TaskState.objects.get(item__identity=dropped).text == f"进展{FIRMS}"


def test_an_identity_has_the_number_and_title_of_the_newest_version_with_the_item(
    amendment: PlanDraft, officer: User
) -> None:
    amended(amendment, officer)
    for identity in ItemIdentity.objects.all():
        newest = identity.items.order_by("-plan__version").first()
        assert newest is not None
        current = newest.plan == WorkPlan.objects.current(2014)
        assert (identity.number, identity.title, identity.in_force) == (newest.number, newest.title, current)


def test_the_publish_page_proposes_what_continues_and_lists_what_is_dropped(
    first: WorkPlan, amendment: PlanDraft, officer: User
) -> None:
    """By titles, then numbers: 招商签约 stands where 督促检查 stood and is new until an officer says otherwise."""
    page = publish_page(amendment)
    assert {number: row.number for number, row in page.continued.items()} == {1: CHECKS, 2: HALLS, 4: PORT}
    assert [dropped.item.number for dropped in page.dropped] == [PROJECTS_ITEM, FIRMS]
    client = signed_in_client(Role.PROVINCE_LEAD)
    shown = client.get(f"/plan/drafts/{amendment.pk}/publish/").content.decode()
    for words in ("第4条 培育出口企业", "推进中", "单位4", "（已列 2）", "撤下现行版第1条、第4条"):
        assert words in shown, words
    assert shown.count("标题不同") == 1  # of 新建产业用房, which is matched by its number alone
    assert "撤下的条目" not in client.get("/plan/?month=2014-01").content.decode()


def test_the_officer_changes_what_an_item_continues_on_the_publish_page(
    first: WorkPlan, amendment: PlanDraft, officer: User
) -> None:
    client = signed_in_client(Role.PROVINCE_LEAD)
    page = publish_page(amendment)
    sent = {f"item-{item.at}": page.initial_choice(item) for item in page.items} | {"version": str(amendment.version)}
    names = {item.number: f"item-{item.at}" for item in page.items}
    known = {number: str(key) for number, key in identities(first).items()}
    address = f"/plan/drafts/{amendment.pk}/continued/"
    twice = client.post(address, sent | {names[3]: known[PORT]})
    assert twice.status_code == 422 and "“第3条 抓好招商签约”已承接这一条" in twice.content.decode()
    assert client.post(address, sent | {names[3]: "999999"}).status_code == 422
    good = sent | {names[3]: known[PROJECTS_ITEM], names[2]: "new"}
    assert client.post(address, good).status_code == 302
    assert client.post(address, good).status_code == 409  # the page was that of the version before
    amendment.refresh_from_db()
    page = publish_page(amendment)
    assert {number: row.number for number, row in page.continued.items()} == {1: CHECKS, 3: PROJECTS_ITEM, 4: PORT}
    assert [dropped.item.number for dropped in page.dropped] == [HALLS, FIRMS]
    event = Event.objects.get(verb="draft.continued")
    assert event.after and "第3条：第1条 推进重大项目" in event.after["continued"]


def test_the_plan_page_lists_what_was_dropped_with_all_that_hung_on_it(amendment: PlanDraft, officer: User) -> None:
    amended(amendment, officer)
    client = signed_in_client(Role.CITY_REPORTER)
    page = client.get("/plan/2014/dropped/").content.decode()
    for words in ("第4条 培育出口企业", "单位4", "推进中", "/plan/2014/versions/1/"):
        assert words in page, words
    assert "推进重大项目" not in page and "抓好招商签约" not in page
    assert client.get("/plan/2015/dropped/").status_code == 404


def test_a_dropped_item_comes_back_as_the_same_one(amendment: PlanDraft, first: WorkPlan, officer: User) -> None:
    amended(amendment, officer)
    third = draft_of(FIRST, by=officer)
    page = publish_page(third)
    assert FIRMS not in page.continued  # nobody guesses it
    chosen = choose(third, officer, {FIRMS: identities(first)[FIRMS]})
    plan = publish_over_current(chosen, chosen.version, officer)
    assert identities(plan)[FIRMS] == identities(first)[FIRMS]
    assert TaskState.objects.get(item__plan=plan, item__number=FIRMS).text == f"进展{FIRMS}"
    assert ItemIdentity.objects.get(pk=identities(first)[FIRMS]).in_force


def test_a_draft_of_the_plan_itself_knows_every_item_whatever_its_new_title(first: WorkPlan, officer: User) -> None:
    draft = actions.create_amendment_draft(plan=first, by=officer)
    items = draft_items(draft.nodes)
    for seen, item in enumerate(items, start=1):
        draft = actions.edit_node(
            draft=draft, seen=seen, at=item.at, changed={**item.node, "title": f"新题{6 - item.number}"}, by=officer
        )
    draft = actions.join_node_with_previous(
        draft=draft, seen=draft.version, at=items[1].at, by=officer
    )  # 2 becomes part of 1
    page = publish_page(draft)
    assert {number: row.number for number, row in page.continued.items()} == {1: 1, 2: 3, 3: 4, 4: 5}
    assert [dropped.item.number for dropped in page.dropped] == [HALLS]


def test_a_new_roster_never_takes_the_code_of_a_dropped_one(first: WorkPlan, officer: User) -> None:
    """The code is the roster's identity, on which other registers hold."""
    draft = actions.create_amendment_draft(plan=first, by=officer)
    chosen = choose(draft, officer, {PROJECTS_ITEM: "new"})
    plan = publish_over_current(chosen, chosen.version, officer)
    old, new = first.rosters.get(), plan.rosters.get()
    assert old.code != new.code and old.identity != new.identity and not new.entries.exists()
    assert RosterIdentity.objects.count() == 2 and not old.entries.filter(is_current=True).exists()


def test_a_choice_that_names_no_item_of_the_year_is_refused(first: WorkPlan, officer: User) -> None:
    draft = actions.create_amendment_draft(plan=first, by=officer)
    for choices in ({draft_items(draft.nodes)[0].at: 999_999}, {999: node_edits.NEW_ITEM}):
        with pytest.raises(MoveRefused, match="没有这一条"):
            actions.save_continued_item_choices(draft=draft, seen=1, choices=choices, by=officer)


def test_an_identity_has_one_item_in_a_version_and_is_not_deleted(first: WorkPlan) -> None:
    one, other = first.items.all()[:2]
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanItem.objects.filter(pk=one.pk).update(identity=other.identity)
    for row in (one, first.rosters.get()):
        with pytest.raises(ProtectedError):
            row.identity.delete()


def test_what_a_target_needs_of_a_dropped_item_comes_along(officer: User) -> None:
    """A roster moves to the item whose target counts by it; a part of a dropped target stands alone."""
    plan = load_regions_and_plan()
    goal, other = plan.items.get(number=1), plan.items.get(number=2)
    needed = plan.rosters.exclude(item__in=(goal, other)).earliest("pk")
    share, part = plan.targets.filter(item=goal).order_by("position")[:2]
    dropped = plan.targets.exclude(item__in=(goal, other)).earliest("position")
    Target.objects.filter(pk=share.pk).update(roster=needed)
    Target.objects.filter(pk=part.pk).update(within=dropped)
    continued = {3: goal}
    rosters = {row["code"]: row["item"] for row in carried_over_rosters(continued)}
    assert rosters[needed.code] == 3
    targets = {row["code"]: row for row in carried_over_targets(continued, {3: {"quantities": []}})}
    assert targets[share.code]["roster"] == needed.code and "within" not in targets[part.code]
