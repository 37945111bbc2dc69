"""Tests that every action on projects takes its locks in the order documented in docs/projects.md."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.actions import deciding
from hunan_trade.lists.editing.undo import undo
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.periods import Month
from projects.actions import save_projects
from projects.actions_status import change_statuses
from projects.batches.actions import join_or_leave_batches
from projects.closed_years.actions import decide_closing
from projects.counting.actions_counting_event import decide_counting
from projects.duplicates.actions import decide_pair
from projects.monthly_progress.progress_sheet_data import lock_city_projects
from projects.stages.actions import accept_steps, enter_step
from projects.tables import PROJECTS
from projects.terminations.actions import enter_termination
from projects.tests.factories import decided_batch, project, project_pair, project_values, stepped_project
from projects.tests.test_project_progress_in_returns import at, fill, opened

pytestmark = pytest.mark.django_db
GROUP, DAY = "演示寰宇集团", date(2013, 2, 4)
LOCKS = {
    "return": r'FROM "intake_monthlyreturn".* FOR NO KEY UPDATE',
    "counter": r'"projects_codecounter".* FOR UPDATE|INSERT INTO projects_codecounter',
    "groups": r"pg_advisory_xact_lock(_shared)?\(20130500,",
    "projects": r'FROM "projects_project".* FOR (NO KEY )?UPDATE',
    "counts": r"pg_advisory_xact_lock\(20130710,",
    "candidates": r"pg_advisory_xact_lock\(20130711,",
}
HELD_AGAINST_REFERENCES = r'FROM "projects_project".* FOR UPDATE'
Case = Callable[[], object]


# --- What takes locks: each of a project with a group ---------------------------------------------------------------
def register_and_edit() -> Case:
    """An import with a new project and an edited one."""
    by = cast.reporter()
    made = project(by)
    new = RecordChange(project_values(cast.CHANGSHA, investor_groups=GROUP))
    edit = RecordChange({"note": "核对"}, made.pk, made.version)
    return partial(save_projects, changes=[edit, new], by=by, kind=Act.Kind.IMPORTED)


def give_a_first_group() -> Case:
    by = cast.reporter()
    made = project(by)
    change = RecordChange({"investor_groups": GROUP}, made.pk, made.version)
    return partial(save_projects, changes=[change], by=by, kind=Act.Kind.EDITED)


def undo_an_entry() -> Case:
    by = cast.reporter()
    project(by, investor_groups=GROUP)
    act = Act.objects.filter(listing="projects").latest("pk")
    return partial(undo, PROJECTS, reference=f"act:{act.pk}", by=by, reason="录错")


def list_in_a_batch() -> Case:
    batch = decided_batch(cast.province_lead())
    made = project(cast.reporter(cast.CHENZHOU), project_class="infrastructure", kind="water", investor_groups=GROUP)
    seen = {made.pk: made.version}
    return partial(join_or_leave_batches, seen=seen, name="join_batch", by=cast.officer(), batch=batch, joined_on=DAY)


def delay() -> Case:
    by = cast.reporter()
    made = project(by, investor_groups=GROUP)
    return partial(change_statuses, seen={made.pk: made.version}, name="delay", by=by, reason="等批复")


def terminate() -> Case:
    made = project(cast.reporter(), investor_groups=GROUP)
    return partial(
        enter_termination,
        pk=made.pk,
        name="terminate",
        by=cast.officer(),
        seen=None,
        reason="投资方撤资",
        effective_on=DAY,
    )


def sign() -> Case:
    by = cast.reporter()
    made = stepped_project(by, investor_groups=GROUP)
    return partial(enter_step, pk=made.pk, name="sign", by=by, seen=None, effective_on=DAY)


def accept_a_step() -> Case:
    made = stepped_project(cast.reporter(), "sign", investor_groups=GROUP)
    steps = list(made.stage_entries.values_list("pk", flat=True))
    return partial(accept_steps, steps=steps, by=cast.officer(), reason="月报核定")


def decide_a_pair() -> Case:
    pair = project_pair(cast.reporter(), investor_groups=GROUP)
    return partial(
        decide_pair, pk=pair.pk, name="confirm_same", by=cast.officer(), seen=pair.version, reason="合同相同"
    )


def decide_a_rule() -> Case:
    stepped_project(cast.reporter(), "sign", investor_groups=GROUP)
    return partial(decide_counting, year=2013, event="registration", reason="改按工商注册", by=cast.province_lead())


def close_a_year() -> Case:
    project(cast.reporter(), investor_groups=GROUP)

    def close() -> None:
        with clock.frozen_at(clock.at(date(2014, 2, 4), 9)):
            decide_closing(year=2013, closed=True, reason="年度过完", by=cast.province_lead())

    return close


def hand_up() -> Case:
    project(cast.reporter(), investor_groups=GROUP)
    return partial(lock_city_projects, cast.CHANGSHA)


def accept_a_return() -> Case:
    """A return with a new day of a project and the first step of another one, which is entered earlier."""
    reporter, lead, officer = cast.reporter(), cast.lead(), cast.officer()
    with at(3, 20):
        signed = stepped_project(reporter, name="电机", investor_groups=GROUP, intended_on=DAY)
        enter_step(pk=signed.pk, name="sign", by=reporter, seen=None, effective_on=date(2013, 3, 18))
        stepped_project(reporter, name="触控模组", investor_groups=GROUP, intended_on=DAY)
    with at(4, 2):
        march = opened(Month(2013, 3))
        fill(march, reporter, 触控模组={"expected_produced_on": "2013-12-1", "reason": "用地批复晚了"})
        round_ = return_factories.handed_up_and_signed(march, reporter, lead)

    def accept() -> None:
        with clock.frozen_at(clock.at(date(2013, 4, 3), 9)):
            deciding.accept(march.pk, by=officer, seen=round_.digest)

    return accept


CASES = [
    register_and_edit,
    give_a_first_group,
    undo_an_entry,
    list_in_a_batch,
    delay,
    terminate,
    sign,
    accept_a_step,
    decide_a_pair,
    decide_a_rule,
    close_a_year,
    hand_up,
    accept_a_return,
]


# --- The order ------------------------------------------------------------------------------------------------------
def queries_of(act: Case) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        act()
    return [query["sql"] for query in captured.captured_queries]


def locks_in(queries: list[str]) -> list[str]:
    """Return the names of the locks that these queries take, in the order in which each is taken first."""
    taken = (name for sql in queries for name, pattern in LOCKS.items() if re.search(pattern, sql, re.DOTALL))
    return list(dict.fromkeys(taken))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_locks_are_taken_in_one_order_before_projects_are_judged(case: Callable[[], Case]) -> None:
    queries = queries_of(case())
    found = locks_in(queries)
    assert found == [name for name in LOCKS if name in found]
    assert {"groups", "projects"} <= set(found)
    if case is not undo_an_entry:  # which deletes the project
        assert not [sql for sql in queries if re.search(HELD_AGAINST_REFERENCES, sql, re.DOTALL)]
