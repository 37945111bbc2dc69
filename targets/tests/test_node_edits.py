"""Tests correcting a draft node by node, edits by two people, and the deletion of discarded drafts."""

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
from hunan_trade.regions import actions as regions
from targets.drafting import actions
from targets.drafting.models import HEAD, PlanDraft
from targets.tests.factories import signed_in, user
from targets.tests.test_drafts import GOAL, LAST, PLAN, PROJECTS, draft_of, filled, published

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
    return user()


@pytest.fixture
def two(officer: User) -> tuple[PlanDraft, Client, Client]:
    """Create a draft and two people who have it open."""
    User.objects.filter(pk=officer.pk).update(username="reader", name="甄试一", role=Role.AUDITOR)
    return draft_of(by=officer), signed_in(Role.PROVINCE_OFFICER), signed_in(Role.PROVINCE_LEAD)


def at_of(draft: PlanDraft, words: str) -> int:
    return next(at for at, node in enumerate(draft.nodes) if words in node["text"])


def figures(draft: PlanDraft) -> dict[str, tuple[str, str | None]]:
    rows = [row for node in draft.nodes for row in node["quantities"]]
    return {row["text"]: (row["kind"], row["horizon"]) for row in rows}


# --- What a piece inherits ------------------------------------------------------------------------------------------
def test_a_piece_split_off_keeps_what_the_heading_above_it_says_of_time(officer: User) -> None:
    draft = draft_of(LONG_TERM, officer)
    read = figures(draft)
    assert (
        read["5家以上"] == ("target", "2015-12-31") and read["30家"][0] == "past" and read["12个"] == ("target", None)
    )
    for words in ("培育5家", "新增企业"):
        at = at_of(draft, words)
        place = draft.nodes[at]["text"].index(words)
        draft = actions.split_node(draft=draft, seen=draft.version, at=at, place=place, by=officer)
    assert figures(draft) == read
    draft = actions.join_node(draft=draft, seen=draft.version, at=at_of(draft, "培育5家"), by=officer)
    assert figures(draft) == read


def test_what_was_mended_by_hand_stays_when_its_piece_is_split_or_joined(officer: User) -> None:
    draft = draft_of(by=officer)
    node = draft.nodes[PROJECTS]
    mended = [{**node["quantities"][0], "value": "13", "kind": "roster"}, *node["quantities"][1:]]
    draft = actions.edit_node(draft=draft, seen=1, at=PROJECTS, changed={**node, "quantities": mended}, by=officer)
    place = node["text"].index("培育")
    draft = actions.split_node(draft=draft, seen=2, at=PROJECTS, place=place, by=officer)
    assert draft.nodes[PROJECTS]["quantities"] == mended[:1] and draft.nodes[PROJECTS + 1]["quantities"] == mended[1:]
    draft = actions.join_node(draft=draft, seen=3, at=PROJECTS + 1, by=officer)
    assert draft.nodes[PROJECTS]["quantities"] == mended


# --- Two people at one draft ----------------------------------------------------------------------------------------
def opened(client: Client, draft: PlanDraft, at: int, form: str = "node-form") -> dict[str, str]:
    page = client.get(f"/plan/drafts/{draft.pk}/?node={at + 1}").content.decode()
    return dict(HIDDEN.findall(page[page.index(f'id="{form}"') :].partition("</form>")[0]))


def test_of_two_at_one_piece_the_slower_sees_both_and_chooses(two: tuple[PlanDraft, Client, Client]) -> None:
    draft, early, late = two
    address = f"/plan/drafts/{draft.pk}/nodes/{GOAL + 1}/"
    mine = filled(draft, GOAL, **{"title": "后到的", "q-0-value": "90"}) | opened(late, draft, GOAL)
    theirs = filled(draft, GOAL, **{"title": "先到的", "q-0-value": "80"}) | opened(early, draft, GOAL)
    assert early.post(address, theirs).status_code == 302

    answer = late.post(address, mine)
    page = answer.content.decode()
    assert answer.status_code == 409 and 'class="conflict"' in page and "测试员" in page
    told = page[page.index('class="conflict"') :].partition("</table>")[0]
    for words in ("加工贸易目标", "先到的", "后到的", "75 亿美元", "80 亿美元", "90 亿美元"):
        assert words in told, words
    assert 'value="后到的"' in page and 'data-guard="unsaved"' in page
    draft.refresh_from_db()
    assert draft.nodes[GOAL]["title"] == "先到的" and draft.version == 2

    page = page[page.index('id="node-form"') :]
    assert late.post(address, mine | dict(HIDDEN.findall(page.partition("</form>")[0]))).status_code == 302
    draft.refresh_from_db()
    assert draft.nodes[GOAL]["title"] == "后到的" and draft.nodes[GOAL]["quantities"][0]["value"] == "90"


def test_two_at_two_pieces_of_one_draft_do_not_stop_each_other(two: tuple[PlanDraft, Client, Client]) -> None:
    draft, early, late = two
    mine = filled(draft, LAST, title="后到的") | opened(late, draft, LAST)
    head = {**_head(draft), "number": "商发〔2014〕3号"} | opened(late, draft, LAST, "head-form")
    place = draft.nodes[PROJECTS]["text"].index("培育")
    sent = {"version": "1", "place": str(place), "words": ""}
    assert early.post(f"/plan/drafts/{draft.pk}/nodes/{PROJECTS + 1}/split/", sent).status_code == 302
    assert late.post(f"/plan/drafts/{draft.pk}/nodes/{LAST + 1}/", mine).status_code == 302
    assert late.post(f"/plan/drafts/{draft.pk}/head/", head).status_code == 302
    draft.refresh_from_db()
    assert [node["title"] for node in draft.nodes[PROJECTS : LAST + 2]][-1] == "后到的"
    assert draft.number == "商发〔2014〕3号"


def _head(draft: PlanDraft) -> dict[str, str]:
    return {field: str(getattr(draft, field) or "") for field in HEAD}


def test_of_two_at_the_head_the_slower_sees_both(two: tuple[PlanDraft, Client, Client]) -> None:
    draft, early, late = two
    mine = {**_head(draft), "number": "后到的号"} | opened(late, draft, GOAL, "head-form")
    theirs = {**_head(draft), "number": "先到的号"} | opened(early, draft, GOAL, "head-form")
    assert early.post(f"/plan/drafts/{draft.pk}/head/", theirs).status_code == 302
    answer = late.post(f"/plan/drafts/{draft.pk}/head/", mine)
    page = answer.content.decode()
    assert answer.status_code == 409 and "先到的号" in page and 'value="后到的号"' in page


def test_a_piece_that_somebody_took_apart_meanwhile_gives_the_typing_back(
    two: tuple[PlanDraft, Client, Client],
) -> None:
    draft, early, late = two
    mine = filled(draft, PROJECTS, title="后到的标题") | opened(late, draft, PROJECTS)
    place = draft.nodes[PROJECTS]["text"].index("培育")
    sent = {"version": "1", "place": str(place), "words": ""}
    early.post(f"/plan/drafts/{draft.pk}/nodes/{PROJECTS + 1}/split/", sent)
    answer = late.post(f"/plan/drafts/{draft.pk}/nodes/{PROJECTS + 1}/", mine)
    page = answer.content.decode()
    assert answer.status_code == 409 and "后到的标题" in page
    draft.refresh_from_db()
    assert draft.version == 2


def test_a_button_pressed_on_an_older_draft_is_answered_with_the_draft_as_it_stands(
    two: tuple[PlanDraft, Client, Client],
) -> None:
    draft, early, late = two
    assert (
        early.post(f"/plan/drafts/{draft.pk}/nodes/{GOAL + 1}/", filled(draft, GOAL, title="先到的")).status_code == 302
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
def test_a_discarded_draft_goes_after_its_time_and_every_other_stays(
    officer: User, settings: Settings, tmp_path: Path
) -> None:
    settings.FILES_DIR = tmp_path
    drafts = [draft_of(PLAN.replace("75亿", f"{amount}亿"), officer) for amount in (1, 2, 3)]
    old, young, open_ = drafts
    again = draft_of(PLAN.replace("75亿", "2亿"), officer)
    for draft in (old, young, again):
        actions.discard(draft=draft, seen=1, by=officer)
    past = clock.now() - portal.DRAFTS_KEPT - timedelta(minutes=1)
    PlanDraft.objects.filter(pk__in=[old.pk, again.pk, open_.pk]).update(changed_at=past)
    done = published(open_, 1, officer)
    events = Event.objects.count()

    assert actions.delete_discarded() == 2
    assert set(PlanDraft.objects.values_list("pk", flat=True)) == {young.pk, open_.pk} and done.drafts.exists()
    kept = set(StoredFile.objects.values_list("pk", flat=True))
    assert old.source_id not in kept and {young.source_id, open_.source_id} <= kept, "its bytes are another's, too"
    assert actions.delete_discarded() == 0 and Event.objects.count() == events
    assert "targets.drafting.actions.delete_discarded" in portal.HOUSEKEEPING.values()
