"""Tests publishing several drafts of one year, at the same time or one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.workflow import MoveRefused, Stale
from targets.actions import load_plan_2013
from targets.drafting import actions, draft_to_plan
from targets.drafting.models import PlanDraft
from targets.models import Quantity, WorkPlan
from targets.tests.plan_and_user_factories import SETUP, create_user, signed_in_client
from targets.tests.test_plan_drafts import GOAL, PLAN, draft_of


def run_at_once(moves: list[Callable[[], object]]) -> Counter[str]:
    """Run functions at the same time and count their outcomes."""
    barrier = Barrier(len(moves))

    def run(move: Callable[[], object]) -> str:
        try:
            barrier.wait()
            move()
        except (MoveRefused, Stale) as refused:
            return type(refused).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(moves)) as pool:
        return Counter(pool.map(run, moves))


@pytest.mark.parametrize("amended", [False, True], ids=["the first version", "the next version"])
def test_of_drafts_published_at_the_same_time_one_succeeds_and_the_others_are_refused(
    amended: bool, cloned_database: object
) -> None:
    regions.load_regions()
    by = create_user()
    if amended:
        actions.publish(draft=draft_of(by=by), seen=1, replaced_version=0, by=by)
    drafts = [draft_of(PLAN.replace("75亿美元", f"{75 + more}亿美元"), by) for more in range(1, 5)]
    moves: list[Callable[[], object]] = [
        partial(actions.publish, draft=draft, seen=1, replaced_version=int(amended), by=by) for draft in drafts
    ]
    outcomes = run_at_once(moves)
    stored = list(WorkPlan.objects.order_by("version").values_list("year", "version"))
    assert (outcomes, stored) == ({"done": 1, "Stale": 3}, [(2014, 1), (2014, 2)][: 1 + amended])
    assert PlanDraft.objects.open().count() == 3, "the others stand as they were"


def test_a_first_version_published_between_the_check_and_the_storing_refuses_the_slower_draft(
    cloned_database: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    regions.load_regions()
    by = create_user()
    slower, faster = draft_of(by=by), draft_of(PLAN.replace("75亿美元", "76亿美元"), by)
    build_plan_data, turn = draft_to_plan.build_plan_data, iter([partial(actions.publish, draft=faster)])

    def publish_the_faster_one_first(*given: Any) -> dict[str, Any]:
        for publish in turn:
            assert run_at_once([partial(publish, seen=1, replaced_version=0, by=by)]) == {"done": 1}
        return build_plan_data(*given)

    monkeypatch.setattr(draft_to_plan, "build_plan_data", publish_the_faster_one_first)
    with pytest.raises(Stale):
        actions.publish(draft=slower, seen=1, replaced_version=0, by=by)
    assert WorkPlan.objects.get().version == 1


def test_the_same_plan_loaded_at_the_same_time_is_stored_once(cloned_database: object) -> None:
    regions.load_regions()
    assert run_at_once([lambda: load_plan_2013(by=SETUP)] * 3)["done"] >= 1
    assert WorkPlan.objects.count() == 1


@pytest.fixture
def officer(db: None) -> User:
    regions.load_regions()
    return create_user()


def test_a_draft_page_warns_of_a_version_published_meanwhile(officer: User) -> None:
    """Let two people amend one version; the second is warned of what the first has published."""
    first = actions.publish(draft=draft_of(by=officer), seen=1, replaced_version=0, by=officer)
    mine, theirs = (
        actions.create_amendment_draft(plan=first, by=officer),
        actions.create_amendment_draft(plan=first, by=officer),
    )
    client: Any = signed_in_client(Role.PROVINCE_LEAD)
    address = f"/plan/drafts/{mine.pk}/"
    assert "另发布" not in client.get(address).content.decode()
    assert 'name="over" value="1"' in client.get(f"{address}publish/").content.decode()

    node = theirs.nodes[GOAL]
    quantities = [{**node["quantities"][0], "value": "80"}, *node["quantities"][1:]]
    changed = actions.edit_node(draft=theirs, seen=1, at=GOAL, changed={**node, "quantities": quantities}, by=officer)
    actions.publish(draft=changed, seen=2, replaced_version=1, by=officer)

    refused = client.post(f"{address}publish/", {"version": 1, "over": 1})
    assert refused.status_code == 409 and "第2版" in refused.content.decode()
    assert WorkPlan.objects.count() == 2

    page = client.get(address).content.decode()
    assert "测试员" in page and "另发布第2版" in page and "/plan/2014/versions/2/" in page
    node = mine.nodes[GOAL]
    mine = actions.edit_node(draft=mine, seen=1, at=GOAL, changed={**node, "title": "目标"}, by=officer)
    assert client.post(f"{address}publish/", {"version": 2, "over": 2}).status_code == 302
    rows = Quantity.objects.filter(item__number=1, position=1).values_list("item__plan__version", "value")
    assert [value for _, value in sorted(rows)] == [75, 80, 75], "as the officer decided"


def test_a_draft_started_from_the_current_version_shows_no_warning(officer: User) -> None:
    first = actions.publish(draft=draft_of(by=officer), seen=1, replaced_version=0, by=officer)
    for draft in (actions.create_amendment_draft(plan=first, by=officer), draft_of(by=officer)):
        assert "另发布" not in signed_in_client(Role.PROVINCE_LEAD).get(f"/plan/drafts/{draft.pk}/").content.decode()
        User.objects.filter(role=Role.PROVINCE_LEAD).update(username=f"gone-{draft.pk}", role="")
