"""Tests drafts of plans from upload to publishing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.audit.models import Event
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.testing.response_type import Response
from hunan_trade.workflow import MoveRefused, Stale
from targets.actions import record_task_state
from targets.actions_rosters import add_roster_names
from targets.document_parser import Node
from targets.drafting import actions, node_edits
from targets.drafting.forms import NodeFormGroup
from targets.drafting.models import HEAD_FIELDS, PlanDraft
from targets.models import (
    Mention,
    PlanDate,
    PlanItem,
    Quantity,
    Roster,
    RosterEntryHistory,
    Target,
    TaskState,
    WorkPlan,
)
from targets.tests.plan_and_user_factories import create_user, load_regions_and_plan, signed_in_client

PLAN = """某市商务局关于印发2014年加工贸易工作要点的通知
各县市区商务局：
现将《2014年加工贸易工作要点》印发给你们，请认真贯彻落实。
某市商务局
2014年2月10日
2014年加工贸易工作要点
一、工作目标
1、加工贸易目标。全市加工贸易进出口额达到75亿美元，增长50%，加工贸易占外贸的比重进一步提高。
2、承接产业转移目标。全年承接产业转移项目300个以上，引进世界500强企业2-3家。
二、主要任务
3、推进重大项目。6月底前推进第一批12个重大项目开工。培育5家以上出口企业。（市发改委牵头）
4、加强督促检查。各县市区10月份报送自查情况。
"""
GOAL, PROJECTS, LAST = 3, 6, 7  # places of nodes in it


PLAN_2013 = """2013年全省承接产业转移发展加工贸易工作要点
一、工作目标
1、加工贸易目标。全省加工贸易进出口额以50亿美元为基数，增长60%，达到80亿美元。培育10家以上进出口额过亿美元的企业。
2、承接产业转移目标。全年承接产业转移项目3000个，引进世界500强企业2-3家。
二、主要任务
3、推进重大项目。支持衡阳市、郴州等地推进重大项目。
4、搭建平台。三市建设综合保税区。
湖南省商务厅
2013年2月28日
"""


@pytest.fixture
def officer(db: None) -> User:
    regions.load_regions()
    return create_user()


def draft_of(text: str = PLAN, by: User | None = None) -> PlanDraft:
    """Create a draft from the text of a document."""
    return actions.create_draft_from_document(data=text.encode(), name="要点.txt", by=by or create_user())


def publish_over_current(draft: PlanDraft, seen: int, by: User) -> WorkPlan:
    """Publish a draft as replacement of the current plan version."""
    current = WorkPlan.objects.current(draft.year or 0)
    return actions.publish(draft=draft, seen=seen, replaced_version=current.version if current else 0, by=by)


def upload(client: Client, data: bytes, name: str = "要点.txt") -> Response:
    """Upload a document on the page for reading a plan."""
    return client.post("/plan/drafts/new/", {"file": SimpleUploadedFile(name, data)})


def filled_node_form(draft: PlanDraft, at: int, **changed: str) -> dict[str, str]:
    """Return the POST data of a node's form in which only the fields `changed` differ."""
    forms, sent = NodeFormGroup(draft.nodes[at], draft.version), {}
    parts = [
        forms.own,
        *(part for rows in (forms.quantities, forms.deadlines) for part in (rows.management_form, *rows)),
    ]
    for part in parts:
        for bound in part:
            value = bound.value()
            if value is not None and value is not False:
                sent[bound.html_name] = str(value)
    return sent | changed


@pytest.mark.django_db
def test_an_uploaded_document_becomes_a_draft_and_then_a_published_plan() -> None:
    regions.load_regions()
    client: Any = signed_in_client(Role.PROVINCE_OFFICER)
    answer = upload(client, PLAN.encode())
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "条目 4，数量 6，时限 2，未识别 0" in page and '<mark class="quantity">75亿美元，增长50%</mark>' in page

    draft = PlanDraft.objects.get()
    assert (draft.year, draft.issuer, draft.addressees) == (2014, "某市商务局", "各县市区商务局")
    answer = client.post(f"/plan/drafts/{draft.pk}/publish/", {"version": draft.version, "over": 0}, follow=True)
    assert "已发布为" in (page := answer.content.decode()) and "还没有对应的指标" in page

    plan = WorkPlan.objects.get()
    assert [(row.code, row.label, row.title) for row in plan.sections.all()] == [
        ("1", "一", "工作目标"), ("2", "二", "主要任务")
    ]  # fmt: skip
    items = list(plan.items.values_list("number", "kind", "title", "section__code", "due_on", "named_units"))
    assert items == [
        (1, "goal", "加工贸易目标", "1", None, ""),
        (2, "goal", "承接产业转移目标", "1", date(2014, 12, 31), ""),
        (3, "task", "推进重大项目", "2", date(2014, 6, 30), "市发改委"),
        (4, "task", "加强督促检查", "2", date(2014, 10, 31), ""),
    ]
    rows = Quantity.objects.filter(item__plan=plan).values_list("item__number", "value", "upper", "unit", "qualifier")
    assert [tuple(row) for row in rows] == [
        (1, Decimal(75), None, "亿美元", "增长 50%"),
        (1, None, None, "", "进一步提高"),
        (2, Decimal(300), None, "个", "以上"),
        (2, Decimal(2), Decimal(3), "家", ""),
        (3, Decimal(12), None, "个", ""),
        (3, Decimal(5), None, "家", "以上"),
    ]
    dates = [(row.what, row.text) for row in PlanDate.objects.filter(item__plan=plan)]
    assert dates == [("6月底前", "6月30日"), ("", "10月")]
    assert TaskState.objects.filter(item__plan=plan).count() == 2
    page = client.get("/plan/2014/versions/1/").content.decode()
    assert "引进世界500强企业" in page and "进一步提高" in page


def test_publishing_an_amendment_adds_a_version_and_keeps_the_earlier_one(officer: User) -> None:
    draft = draft_of(by=officer)
    node = draft.nodes[PROJECTS]
    listed = [{**node["quantities"][0], "kind": "roster"}, *node["quantities"][1:]]
    actions.edit_node(draft=draft, seen=1, at=PROJECTS, changed={**node, "quantities": listed}, by=officer)
    first = publish_over_current(draft, 2, officer)
    add_roster_names(roster=Roster.objects.get(plan=first, required=12), names=["甲项目", "乙项目"], seen=1, by=officer)
    task = TaskState.objects.get(item__plan=first, item__number=3)
    record_task_state(task=task, state="under_way", text="已开工 4 个", reason="", seen=1, by=officer)

    amended = actions.create_amendment_draft(plan=first, by=officer)
    changed = {**amended.nodes[GOAL]}
    changed["quantities"] = [{**changed["quantities"][0], "value": "80"}, *changed["quantities"][1:]]
    amended = actions.edit_node(draft=amended, seen=1, at=GOAL, changed=changed, by=officer)
    second = publish_over_current(amended, amended.version, officer)

    assert (second.year, second.version) == (2014, 2)
    figures = Quantity.objects.filter(item__number=1, position=1).values_list("item__plan__version", "value")
    assert sorted(figures) == [(1, Decimal(75)), (2, Decimal(80))]
    assert TaskState.objects.get(item__plan=second, item__number=3).text == "已开工 4 个"
    assert [entry.name for entry in Roster.objects.get(plan=second).entries.all()] == ["甲项目", "乙项目"]
    assert Target.objects.get(plan=second).roster == Roster.objects.get(plan=second)
    copied = RosterEntryHistory.objects.filter(roster__plan=second).values_list("act__kind", "act__by", "act__reason")
    assert set(copied) == {("published", officer.pk, "2014年工作要点第2版")}
    reader = signed_in_client(Role.CITY_REPORTER)
    assert "75 亿美元" in reader.get("/plan/2014/versions/1/").content.decode()
    assert "80 亿美元" in reader.get("/plan/2014/versions/2/").content.decode()
    assert PlanDraft.objects.get(pk=draft.pk).plan == first


def test_recorded_progress_follows_an_item_whose_number_changes(officer: User) -> None:
    first = publish_over_current(draft_of(by=officer), 1, officer)
    for number, text in ((3, "已开工 4 个"), (4, "已部署")):
        task = TaskState.objects.get(item__plan=first, item__number=number)
        record_task_state(task=task, state="under_way", text=text, reason="", seen=1, by=officer)
    text = PLAN.replace("4、加强督促检查", "5、加强督促检查").replace("3、推进", "4、推进")
    text = text.replace("二、主要任务\n", "二、主要任务\n3、完善口岸功能。10月底前建成口岸作业区。\n")
    second = publish_over_current(draft_of(text, by=officer), 1, officer)
    states = TaskState.objects.filter(item__plan=second).order_by("item__number")
    numbers_and_texts = list(states.values_list("item__number", "item__title", "text"))
    assert numbers_and_texts == [
        (3, "完善口岸功能", ""),
        (4, "推进重大项目", "已开工 4 个"),
        (5, "加强督促检查", "已部署"),
    ]


@pytest.mark.django_db
def test_a_draft_is_invisible_to_roles_that_do_not_maintain_the_plan() -> None:
    regions.load_regions()
    draft = draft_of(by=(officer := create_user()))
    for role in (Role.CITY_LEAD, Role.ADMINISTRATOR):
        client = signed_in_client(role)
        assert client.get(f"/plan/drafts/{draft.pk}/").status_code == 403
        assert not PlanDraft.objects.visible_to(User.objects.get(role=role)).exists()
    assert PlanDraft.objects.visible_to(officer).exists()


def test_each_change_of_a_draft_is_logged_once(officer: User) -> None:
    draft = draft_of(by=officer)
    place = draft.nodes[PROJECTS]["text"].index("培育")
    draft = actions.split_node(draft=draft, seen=1, at=PROJECTS, place=place, by=officer)
    draft = actions.join_node_with_previous(draft=draft, seen=2, at=PROJECTS + 1, by=officer)
    draft = actions.shift_node_level(draft=draft, seen=3, at=LAST, step=1, by=officer)
    head = {field: getattr(draft, field) for field in HEAD_FIELDS} | {"number": "商发〔2014〕3号"}
    draft = actions.edit_head(draft=draft, seen=4, head=head, by=officer)
    actions.discard(draft=draft, seen=5, by=officer)
    verbs = list(Event.objects.filter(verb__startswith="draft.").order_by("seq").values_list("verb", flat=True))
    expected = ["draft.read", "draft.split", "draft.joined", "draft.shifted", "draft.headed", "draft.discarded"]
    assert verbs == expected


def test_split_and_join_read_the_resulting_nodes_again(officer: User) -> None:
    draft = draft_of(by=officer)
    whole = draft.nodes[PROJECTS]
    place = whole["text"].index("培育")
    split = actions.split_node(draft=draft, seen=1, at=PROJECTS, place=place, by=officer).nodes
    assert [row["text"] for row in split[PROJECTS]["quantities"]] == ["12个"]
    assert [row["text"] for row in split[PROJECTS + 1]["quantities"]] == ["5家以上"]
    assert split[PROJECTS + 1]["units"] == ["市发改委"] and split[PROJECTS + 1]["level"] == whole["level"]
    joined = actions.join_node_with_previous(draft=draft, seen=2, at=PROJECTS + 1, by=officer).nodes
    assert [row["text"] for row in joined[PROJECTS]["quantities"]] == ["12个", "5家以上"]


def test_an_edit_of_an_outdated_draft_is_refused(officer: User) -> None:
    draft = draft_of(by=officer)
    mine, theirs = signed_in_client(Role.PROVINCE_LEAD), signed_in_client(Role.SECURITY_OFFICER)
    assert theirs.get(f"/plan/drafts/{draft.pk}/").status_code == 403
    address = f"/plan/drafts/{draft.pk}/nodes/{GOAL + 1}/"
    assert mine.post(address, filled_node_form(draft, GOAL, title="先到的")).status_code == 302
    answer = mine.post(address, filled_node_form(draft, GOAL, title="后到的"))
    assert answer.status_code == 409 and "改过这份校核稿" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.nodes[GOAL]["title"] == "先到的" and draft.version == 2
    with pytest.raises(Stale):
        publish_over_current(draft, 1, officer)


def test_a_published_draft_cannot_be_published_or_discarded_again(officer: User) -> None:
    draft = draft_of(by=officer)
    publish_over_current(draft, 1, officer)
    for again in (publish_over_current, lambda *args: actions.discard(draft=args[0], seen=args[1], by=args[2])):
        with pytest.raises(MoveRefused, match="已发布"):
            again(draft, 2, officer)
    with pytest.raises(MoveRefused, match="不用再发布"):
        publish_over_current(draft_of(by=officer), 1, officer)
    assert WorkPlan.objects.count() == 1


def test_a_corrected_number_is_saved_and_an_invalid_one_is_refused(officer: User) -> None:
    draft = draft_of(by=officer)
    client = signed_in_client(Role.PROVINCE_LEAD)
    address = f"/plan/drafts/{draft.pk}/nodes/{GOAL + 1}/"
    bad = client.post(
        address, filled_node_form(draft, GOAL, **{"q-0-op": "range", "q-0-value": "80", "q-0-high": "75"})
    )
    assert bad.status_code == 422 and "上限要大于下限" in bad.content.decode()
    good = filled_node_form(draft, GOAL, **{"q-0-value": "1,080.5", "q-1-DELETE": "on", "q-2-metric": "新增企业"})
    good |= {
        "q-2-value": "6",
        "q-2-unit": "家",
        "d-0-text": "年底前",
        "d-0-end": "2014-12-31",
        "units": "市商务局、市财政局",
    }
    assert client.post(address, good).status_code == 302
    draft.refresh_from_db()
    node = draft.nodes[GOAL]
    figures = [(row["metric"], row["op"], row["value"], row["unit"]) for row in node["quantities"]]
    assert figures == [("全市加工贸易进出口额", "=", "1080.5", "亿美元"), ("新增企业", "=", "6", "家")]
    assert node["deadlines"] == [{"text": "年底前", "start": None, "end": "2014-12-31", "recurring": False}]
    assert node["units"] == ["市商务局", "市财政局"] and node_edits.text_digest(draft.nodes) == draft.text_digest


def test_saving_a_node_without_input_changes_nothing(officer: User) -> None:
    draft = draft_of(by=officer)
    client = signed_in_client(Role.PROVINCE_LEAD)
    for at, node in enumerate(draft.nodes):
        if node["level"]:
            draft.refresh_from_db()
            assert (
                client.post(f"/plan/drafts/{draft.pk}/nodes/{at + 1}/", filled_node_form(draft, at)).status_code == 302
            )
    assert PlanDraft.objects.get().nodes == draft.nodes


@pytest.mark.parametrize(
    ("field", "message"), [("year", "没有年度"), ("title", "没有标题"), ("issued_on", "没有印发日期")]
)
def test_a_draft_without_year_title_or_date_is_not_published(officer: User, field: str, message: str) -> None:
    draft = draft_of(by=officer)
    head: dict[str, Any] = {name: getattr(draft, name) for name in HEAD_FIELDS} | {
        field: None if field != "title" else ""
    }
    actions.edit_head(draft=draft, seen=1, head=head, by=officer)
    with pytest.raises(MoveRefused, match=message):
        publish_over_current(draft, 2, officer)
    assert message in signed_in_client(Role.PROVINCE_LEAD).get(f"/plan/drafts/{draft.pk}/").content.decode()


BLANK_NODE = Node("", 0, None, "标题", "").as_json()


def test_nodes_not_understood_can_be_listed_alone_until_they_are_saved(officer: User) -> None:
    draft = draft_of(by=officer)
    draft.nodes[LAST]["understood"] = False
    draft.save()
    client = signed_in_client(Role.PROVINCE_LEAD)
    page = client.get(f"/plan/drafts/{draft.pk}/?only=unread").content.decode()
    assert "未识别 1" in page and "加强督促检查" in page and "推进重大项目" not in page
    client.post(f"/plan/drafts/{draft.pk}/nodes/{LAST + 1}/?only=unread", filled_node_form(draft, LAST))
    assert "未识别 0" in client.get(f"/plan/drafts/{draft.pk}/").content.decode()
    queries = ["only=all", "node=x", "node=0", "node=99", "page=1"]
    answers = [client.get(f"/plan/drafts/{draft.pk}/?{query}").status_code for query in queries]
    assert answers == [400, 400, 200, 200, 400]


def test_the_plan_page_links_to_earlier_versions_and_to_amending(officer: User) -> None:
    load_regions_and_plan()
    publish_over_current(draft_of(PLAN_2013, by=officer), 1, officer)
    publish_over_current(draft_of(by=officer), 1, officer)
    page = signed_in_client(Role.CITY_REPORTER).get("/plan/").content.decode()
    assert "/plan/2013/versions/1/" in page and "/plan/2014/versions/1/" in page and "修订要点" not in page
    client: Any = signed_in_client(Role.PROVINCE_LEAD)
    assert "修订要点" in client.get("/plan/").content.decode()
    newest = WorkPlan.objects.get(year=2013, version=2)
    answer = client.post(f"/plan/versions/{newest.pk}/amend/", follow=True)
    assert "条目 4" in answer.content.decode()
    first = WorkPlan.objects.get(year=2013, version=1)
    assert client.post(f"/plan/versions/{first.pk}/amend/").status_code == 409


TEXTS = [
    "一、总体目标。",
    "（一）出口增长10%以上。力争达到5亿美元；",
    "3.一是抓项目，二是抓企业。",
    "说明\n第二行，6月底前完成。",
]


@settings(max_examples=60)
@given(data=st.data(), texts=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=5))
def test_splitting_joining_and_shifting_never_lose_text(data: st.DataObject, texts: list[str]) -> None:
    nodes = node_edits.with_kind_and_scope(
        [{**BLANK_NODE, "text": text, "level": min(at, 2)} for at, text in enumerate(texts)]
    )
    whole = node_edits.text_digest(nodes)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(nodes) - 1))
        move = data.draw(st.sampled_from(["split", "join", "up", "down"]))
        try:
            if move == "split":
                nodes = node_edits.split_node(nodes, at, data.draw(st.integers(0, len(nodes[at]["text"]))), 2014)
            elif move == "join":
                nodes = node_edits.join_with_previous(nodes, at, 2014)
            else:
                nodes = node_edits.shift_level(nodes, at, -1 if move == "up" else 1, 2014)
        except MoveRefused:
            continue
        assert node_edits.text_digest(nodes) == whole and all(node["text"].strip() for node in nodes)


def test_amending_the_2013_plan_from_a_document_keeps_its_targets_and_regions(officer: User) -> None:
    before = WorkPlan.objects.count()
    plan = load_regions_and_plan()
    second = publish_over_current(draft_of(PLAN_2013, by=officer), 1, officer)
    assert (before, second.version) == (0, 2)
    earlier, now = (
        {target.code: target for target in Target.objects.filter(plan=each, item__number__in=(1, 2))}
        for each in (plan, second)
    )
    assert set(earlier) == set(now) and all(now[code].indicator == earlier[code].indicator for code in now)
    changed = {code: now[code].value for code in now if now[code].value != earlier[code].value}
    assert changed == {"processing_trade": Decimal(80)}  # as the document says now
    assert now["processing_trade"].base == 50 and now["processing_trade"].growth_pct == 60
    assert PlanItem.objects.filter(plan=plan).count() == 28
    cities = TaskState.objects.filter(item__plan=second, item__number=4).values_list("region", flat=True)
    assert set(cities) == {"430400", "431000", "431100"}
    mentions = Mention.objects.filter(item__plan=second).values_list("kind", "name")
    assert ("place", "衡阳市") in mentions and ("place", "郴州") in mentions


def test_sections_that_review_last_year_are_left_out(officer: User) -> None:
    review = "一、2013年工作回顾\n（一）加工贸易。全年进出口完成50亿美元。\n（二）项目。引进20个。\n二、工作目标\n"
    publish_over_current(draft_of(PLAN.replace("一、工作目标\n", review), by=officer), 1, officer)
    plan = WorkPlan.objects.get()
    assert [section.title for section in plan.sections.all()] == ["工作目标", "主要任务"]
    assert plan.items.count() == 4
