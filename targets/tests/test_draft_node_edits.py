"""Tests edits of a plan draft's nodes (sections and items), and conflicts between two users' edits."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.test import Client
from pytest_django import Settings

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.audit.models import Event
from hunan_trade.files.models import StoredFile
from hunan_trade.regions import actions_load_reference_tables as regions
from targets.drafting import actions
from targets.drafting.models import HEAD_FIELDS, PlanDraft
from targets.tests.plan_and_user_factories import create_user, signed_in_client
from targets.tests.test_plan_drafts import GOAL, LAST, PLAN, PROJECTS, draft_of, filled_node_form, publish_over_current

HIDDEN = re.compile(r'<input type="hidden" name="(version|base)" value="([^"]*)"')
LONG_TERM = """2014年加工贸易工作要点
一、到2015年的目标
（一）进出口。加工贸易进出口额达到75亿美元。培育5家以上出口企业。
二、2013年工作回顾
（一）项目。引进项目20个。新增企业30家。
三、主要任务
（一）抓项目。推进12个项目开工。
"""


@pytest.fixture
def officer(db: None) -> User:
    regions.load_regions()
    return create_user()


@pytest.fixture
def draft_with_two_clients(officer: User) -> tuple[PlanDraft, Client, Client]:
    """Create a draft and two clients of different users who may edit it."""
    User.objects.filter(pk=officer.pk).update(username="reader", name="甄试一", role=Role.AUDITOR)
    return draft_of(by=officer), signed_in_client(Role.PROVINCE_OFFICER), signed_in_client(Role.PROVINCE_LEAD)


def node_position(draft: PlanDraft, words: str) -> int:
    """Return the position of the node whose text contains the words."""
    return next(at for at, node in enumerate(draft.nodes) if words in node["text"])


def kinds_and_horizons(draft: PlanDraft) -> dict[str, tuple[str, str | None]]:
    """Return the kind and due date of each quantity in a draft, by the quantity's text."""
    rows = [row for node in draft.nodes for row in node["quantities"]]
    return {row["text"]: (row["kind"], row["horizon"]) for row in rows}


# --- What a piece inherits ------------------------------------------------------------------------------------------
def test_a_node_split_off_keeps_the_horizon_of_the_heading_above_it(officer: User) -> None:
    draft = draft_of(LONG_TERM, officer)
    read = kinds_and_horizons(draft)
    assert (
        read["5家以上"] == ("target", "2015-12-31") and read["30家"][0] == "past" and read["12个"] == ("target", None)
    )
    for words in ("培育5家", "新增企业"):
        at = node_position(draft, words)
        place = draft.nodes[at]["text"].index(words)
        draft = actions.split_node(draft=draft, seen=draft.version, at=at, place=place, by=officer)
    assert kinds_and_horizons(draft) == read
    draft = actions.join_node_with_previous(
        draft=draft, seen=draft.version, at=node_position(draft, "培育5家"), by=officer
    )
    assert kinds_and_horizons(draft) == read


def test_manual_corrections_survive_splitting_and_joining_the_node(officer: User) -> None:
    draft = draft_of(by=officer)
    node = draft.nodes[PROJECTS]
    mended = [{**node["quantities"][0], "value": "13", "kind": "roster"}, *node["quantities"][1:]]
    draft = actions.edit_node(draft=draft, seen=1, at=PROJECTS, changed={**node, "quantities": mended}, by=officer)
    place = node["text"].index("培育")
    draft = actions.split_node(draft=draft, seen=2, at=PROJECTS, place=place, by=officer)
    assert draft.nodes[PROJECTS]["quantities"] == mended[:1] and draft.nodes[PROJECTS + 1]["quantities"] == mended[1:]
    draft = actions.join_node_with_previous(draft=draft, seen=3, at=PROJECTS + 1, by=officer)
    assert draft.nodes[PROJECTS]["quantities"] == mended


# --- Two people at one draft ----------------------------------------------------------------------------------------
def hidden_fields(client: Client, draft: PlanDraft, at: int, form: str = "node-form") -> dict[str, str]:
    """Return the hidden fields of a form on the draft page."""
    page = client.get(f"/plan/drafts/{draft.pk}/?node={at + 1}").content.decode()
    return dict(HIDDEN.findall(page[page.index(f'id="{form}"') :].partition("</form>")[0]))


def test_of_two_edits_of_one_node_the_second_is_shown_both_versions(
    draft_with_two_clients: tuple[PlanDraft, Client, Client],
) -> None:
    draft, early, late = draft_with_two_clients
    address = f"/plan/drafts/{draft.pk}/nodes/{GOAL + 1}/"
    mine = filled_node_form(draft, GOAL, **{"title": "后到的", "q-0-value": "90"}) | hidden_fields(late, draft, GOAL)
    theirs = filled_node_form(draft, GOAL, **{"title": "先到的", "q-0-value": "80"}) | hidden_fields(early, draft, GOAL)
    assert early.post(address, theirs).status_code == 302

    answer = late.post(address, mine)
    page = answer.content.decode()
    assert answer.status_code == 409 and 'class="conflict"' in page and "测试员" in page
    conflict_table = page[page.index('class="conflict"') :].partition("</table>")[0]
    for words in ("加工贸易目标", "先到的", "后到的", "75 亿美元", "80 亿美元", "90 亿美元"):
        assert words in conflict_table, words
    assert 'value="后到的"' in page and 'data-guard="unsaved"' in page
    draft.refresh_from_db()
    assert draft.nodes[GOAL]["title"] == "先到的" and draft.version == 2

    page = page[page.index('id="node-form"') :]
    assert late.post(address, mine | dict(HIDDEN.findall(page.partition("</form>")[0]))).status_code == 302
    draft.refresh_from_db()
    assert draft.nodes[GOAL]["title"] == "后到的" and draft.nodes[GOAL]["quantities"][0]["value"] == "90"


def test_two_people_can_edit_two_nodes_of_one_draft_at_once(
    draft_with_two_clients: tuple[PlanDraft, Client, Client],
) -> None:
    draft, early, late = draft_with_two_clients
    mine = filled_node_form(draft, LAST, title="后到的") | hidden_fields(late, draft, LAST)
    head = {**_head_values(draft), "number": "商发〔2014〕3号"} | hidden_fields(late, draft, LAST, "head-form")
    place = draft.nodes[PROJECTS]["text"].index("培育")
    sent = {"version": "1", "place": str(place), "words": ""}
    assert early.post(f"/plan/drafts/{draft.pk}/nodes/{PROJECTS + 1}/split/", sent).status_code == 302
    assert late.post(f"/plan/drafts/{draft.pk}/nodes/{LAST + 1}/", mine).status_code == 302
    assert late.post(f"/plan/drafts/{draft.pk}/head/", head).status_code == 302
    draft.refresh_from_db()
    assert [node["title"] for node in draft.nodes[PROJECTS : LAST + 2]][-1] == "后到的"
    assert draft.number == "商发〔2014〕3号"


def _head_values(draft: PlanDraft) -> dict[str, str]:
    return {field: str(getattr(draft, field) or "") for field in HEAD_FIELDS}


def test_of_two_edits_of_the_head_the_second_is_shown_both_versions(
    draft_with_two_clients: tuple[PlanDraft, Client, Client],
) -> None:
    draft, early, late = draft_with_two_clients
    mine = {**_head_values(draft), "number": "后到的号"} | hidden_fields(late, draft, GOAL, "head-form")
    theirs = {**_head_values(draft), "number": "先到的号"} | hidden_fields(early, draft, GOAL, "head-form")
    assert early.post(f"/plan/drafts/{draft.pk}/head/", theirs).status_code == 302
    answer = late.post(f"/plan/drafts/{draft.pk}/head/", mine)
    page = answer.content.decode()
    assert answer.status_code == 409 and "先到的号" in page and 'value="后到的号"' in page


def test_an_edit_of_a_node_that_was_split_meanwhile_is_refused_and_its_input_shown(
    draft_with_two_clients: tuple[PlanDraft, Client, Client],
) -> None:
    draft, early, late = draft_with_two_clients
    mine = filled_node_form(draft, PROJECTS, title="后到的标题") | hidden_fields(late, draft, PROJECTS)
    place = draft.nodes[PROJECTS]["text"].index("培育")
    sent = {"version": "1", "place": str(place), "words": ""}
    early.post(f"/plan/drafts/{draft.pk}/nodes/{PROJECTS + 1}/split/", sent)
    answer = late.post(f"/plan/drafts/{draft.pk}/nodes/{PROJECTS + 1}/", mine)
    page = answer.content.decode()
    assert answer.status_code == 409 and "后到的标题" in page
    draft.refresh_from_db()
    assert draft.version == 2


def test_split_join_and_shift_from_an_outdated_page_are_refused_with_the_current_draft(
    draft_with_two_clients: tuple[PlanDraft, Client, Client],
) -> None:
    draft, early, late = draft_with_two_clients
    assert (
        early.post(
            f"/plan/drafts/{draft.pk}/nodes/{GOAL + 1}/", filled_node_form(draft, GOAL, title="先到的")
        ).status_code
        == 302
    )
    moves: dict[str, Any] = {"split": {"words": "各县市区10月份", "place": ""}, "join": {}, "shift": {"step": "1"}}
    for name, more in moves.items():
        answer = late.post(f"/plan/drafts/{draft.pk}/nodes/{LAST + 1}/{name}/", {"version": "1", **more})
        page = answer.content.decode()
        assert answer.status_code == 409 and "先到的" in page and "测试员" in page
        assert more.get("words", "") in page
    draft.refresh_from_db()
    assert draft.version == 2


# --- What is thrown away --------------------------------------------------------------------------------------------
def test_only_old_discarded_drafts_are_deleted(officer: User, settings: Settings, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path
    drafts = [draft_of(PLAN.replace("75亿", f"{amount}亿"), officer) for amount in (1, 2, 3)]
    old, young, open_ = drafts
    again = draft_of(PLAN.replace("75亿", "2亿"), officer)
    for draft in (old, young, again):
        actions.discard(draft=draft, seen=1, by=officer)
    past = clock.now() - portal.DRAFTS_KEPT - timedelta(minutes=1)
    PlanDraft.objects.filter(pk__in=[old.pk, again.pk, open_.pk]).update(changed_at=past)
    done = publish_over_current(open_, 1, officer)
    events = Event.objects.count()

    assert actions.delete_discarded() == 2
    assert set(PlanDraft.objects.values_list("pk", flat=True)) == {young.pk, open_.pk} and done.drafts.exists()
    stored = set(StoredFile.objects.values_list("pk", flat=True))
    assert old.source_id not in stored and {young.source_id, open_.source_id} <= stored, "its bytes are another's, too"
    assert actions.delete_discarded() == 0 and Event.objects.count() == events
    assert "targets.drafting.actions.delete_discarded" in portal.HOUSEKEEPING.values()
