"""Tests that simultaneous changes of projects wait for each other in one order and never deadlock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial

import pytest
from django.db import connection, transaction

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.actions import deciding
from hunan_trade.intake.actions.return_state_change_checks import select_return_for_update
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.lists.editing.undo import undo
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.periods import Month
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.simultaneous_calls import start_in_thread_until_blocked
from hunan_trade.workflow import MoveRefused
from projects.actions import save_projects
from projects.batches.actions import join_or_leave_batches
from projects.closed_years.actions import decide_closing
from projects.counting.monthly_counts import store_month_counts
from projects.counting.project_locks import lock_with_linked_projects
from projects.duplicates.actions import decide_pair
from projects.fortune_500 import verdicts as fortune_verdicts
from projects.fortune_500.verdicts import lock_fortune_verdicts
from projects.models import CodeCounter, Project, StageEntry
from projects.monthly_progress.progress_sheet_data import lock_city_projects
from projects.stages.actions import accept_steps, decide_step
from projects.tables import PROJECTS
from projects.tests.factories import (
    decided_batch,
    listed_group,
    project,
    project_pair,
    project_values,
    saved,
    stepped_project,
    with_paid_in,
)

GROUP, DAY, MARCH = "演示寰宇集团", date(2013, 2, 4), Month(2013, 3)
_HOLDS_GROUPS = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid() AND classid = %s
"""


def edit(made: Project, **values: object) -> Callable[[], object]:
    change = RecordChange(values, made.pk, made.version)
    return partial(save_projects, changes=[change], by=cast.officer(), kind=Act.Kind.EDITED, reason="核对")


def void(made: Project) -> Callable[[], None]:
    entry = StageEntry.objects.get(project=made)
    return partial(decide_step, pk=entry.pk, name="void", by=cast.officer(), seen=entry.version, reason="合同未生效")


def accept(made: Project) -> None:
    steps = made.stage_entries.values_list("pk", flat=True)
    accept_steps(steps=steps, by=cast.officer(), reason="月报核定")


def holds_groups() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_HOLDS_GROUPS, [fortune_verdicts.LOCK_SPACE])
        return bool(cursor.fetchone() != (0,))


# --- Groups before projects -----------------------------------------------------------------------------------------
def first_group() -> tuple[Project, Callable[[], object]]:
    made = project(cast.reporter())
    return made, edit(made, investor_groups=GROUP)


def batch() -> tuple[Project, Callable[[], object]]:
    made = project(cast.reporter(cast.CHENZHOU), project_class="infrastructure", kind="water", investor_groups=GROUP)
    given = {made.pk: made.version}
    opened = decided_batch(cast.province_lead())
    return made, partial(
        join_or_leave_batches, seen=given, name="join_batch", by=cast.officer(), batch=opened, joined_on=DAY
    )


def undone_entry() -> tuple[Project, Callable[[], object]]:
    by = cast.reporter()
    made = project(by, investor_groups=GROUP)
    act = Act.objects.filter(listing="projects").latest("pk")
    return made, partial(undo, PROJECTS, reference=f"act:{act.pk}", by=by, reason="录错")


@pytest.mark.parametrize("case", [first_group, batch, undone_entry], ids=lambda case: case.__name__)
def test_who_writes_a_project_of_a_group_waits_for_who_judges_it(
    case: Callable[[], tuple[Project, Callable[[], object]]], cloned_database: ClonedDatabase
) -> None:
    with transaction.atomic():
        made, act = case()
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            lock_fortune_verdicts()
            beside = start_in_thread_until_blocked(threads, act)
            lock_with_linked_projects([made.pk])
        beside.result(30)
    assert made.version not in Project.objects.filter(pk=made.pk).values_list("version", flat=True)


def test_who_closes_a_year_waits_for_who_hands_a_group_on_to_an_earlier_entry(cloned_database: ClonedDatabase) -> None:
    """Of two projects of a group the one entered later counts; voided, it hands the group on to the other one."""
    lead = cast.province_lead()
    with transaction.atomic():
        listed_group(lead)
        heir = stepped_project(cast.reporter(), "sign", investor_groups=GROUP, intended_on=date(2013, 2, 5))
        made = stepped_project(cast.reporter(cast.CHENZHOU), "sign", investor_groups=GROUP)
        for each in (heir, made):
            accept(each)

    def open_again() -> None:
        with pytest.raises(MoveRefused, match="没有关账"):
            decide_closing(year=2013, closed=False, reason="核对", by=lead)

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            lock_with_linked_projects([made.pk])
            beside = start_in_thread_until_blocked(threads, open_again)
            void(made)()
        beside.result(30)
    heir.refresh_from_db()
    assert heir.fortune_verdict == "counted"


def test_of_two_who_accept_months_and_steps_of_a_group_the_second_waits_for_the_first(
    cloned_database: ClonedDatabase,
) -> None:
    cities = (cast.CHANGSHA, cast.CHENZHOU)
    with transaction.atomic():
        listed_group(cast.officer())
        made = [stepped_project(cast.reporter(city), "sign", investor_groups=GROUP) for city in cities]

    @transaction.atomic
    def accept_other() -> None:
        store_month_counts(cities[1], MARCH, by=cast.officer(), reason="月报核定")
        accept(made[1])

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            store_month_counts(cities[0], MARCH, by=cast.officer(), reason="月报核定")
            beside = start_in_thread_until_blocked(threads, accept_other)
            accept(made[0])
        beside.result(30)
    assert {each.code[:2]: each.fortune_verdict for each in Project.objects.all()} == {
        "CS": "counted",
        "CZ": "counted_elsewhere",
    }


def test_who_accepts_several_returns_holds_them_all_before_the_groups(cloned_database: ClonedDatabase) -> None:
    cities, officer = (cast.CHANGSHA, cast.CHENZHOU), cast.officer()
    with clock.frozen_at(clock.at(date(2013, 4, 2), 9)):
        rounds = []
        for city in cities:
            opened, reporter = return_factories.opened(city, MARCH), cast.reporter(city)
            return_factories.filled(opened, reporter, {})
            rounds.append(return_factories.handed_up_and_signed(opened, reporter, cast.lead(city)))

    def accept_both() -> None:
        with clock.frozen_at(clock.at(date(2013, 4, 3), 9)):
            deciding.accept_many({each.monthly_return_id: each.digest for each in rounds}, by=officer)

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            select_return_for_update(rounds[1].monthly_return_id)
            beside = start_in_thread_until_blocked(threads, accept_both)
            lock_fortune_verdicts()
        beside.result(30)
    assert set(MonthlyReturn.objects.filter(region__in=cities, month=MARCH.first).values_list("status", flat=True)) == {
        "accepted"
    }


# --- Counters before both -------------------------------------------------------------------------------------------
def test_who_imports_new_and_edited_projects_waits_for_the_hand_up(cloned_database: ClonedDatabase) -> None:
    by = cast.reporter()
    made = project(by)
    changes = [RecordChange({"note": "核对"}, made.pk, made.version), RecordChange(project_values(cast.CHANGSHA))]
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():  # as `lock_city_projects` locks
            list(CodeCounter.objects.filter(city=cast.CHANGSHA).select_for_update())
            beside = start_in_thread_until_blocked(
                threads, partial(save_projects, changes=changes, by=by, kind=Act.Kind.IMPORTED, reason="导入")
            )
            lock_with_linked_projects([made.pk])
        assert [outcome.result for outcome in beside.result(30)] == ["changed", "created"]


def test_who_hands_up_waits_for_who_enters_a_project_of_a_group(cloned_database: ClonedDatabase) -> None:
    by = cast.reporter()
    project(by, investor_groups=GROUP)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            saved(by, project_values(cast.CHANGSHA))
            beside = start_in_thread_until_blocked(
                threads, transaction.atomic(partial(lock_city_projects, cast.CHANGSHA))
            )
            saved(by, project_values(cast.CHANGSHA, investor_groups=GROUP))
        beside.result(30)
    assert Project.objects.count() == 3


# --- References to projects that somebody holds ---------------------------------------------------------------------
def test_who_accepts_a_month_does_not_wait_for_who_voids_a_step(cloned_database: ClonedDatabase) -> None:
    """The acceptance holds the city's counts, and at its end its rows refer to the project."""
    by = cast.reporter()
    made = stepped_project(by, "sign")
    with transaction.atomic():
        accept(made)
        store_month_counts(cast.CHANGSHA, Month.of(DAY), by=cast.officer(), reason="月报核定")
    voiding = void(made)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            store_month_counts(cast.CHANGSHA, Month.of(DAY), by=cast.officer(), reason="月报核定")
            beside = start_in_thread_until_blocked(threads, voiding)
            with_paid_in(made, by)
        beside.result(30)
    assert Project.objects.get().verdict == "not_signed"


def test_who_refers_to_a_project_does_not_wait_for_who_renames_it(cloned_database: ClonedDatabase) -> None:
    """Who enters one alike refers to it by the pair, while the other one waits for what only the first may write."""
    made = project(cast.reporter())

    def refer() -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT id FROM projects_project WHERE id = %s FOR KEY SHARE NOWAIT", [made.pk])
            return int(cursor.fetchone()[0])

    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        edit(made, name="改过名的项目")()
        assert start_in_thread_until_blocked(threads, refer).result(30) == made.pk


# --- What was linked or got a group meanwhile -----------------------------------------------------------------------
def test_projects_that_were_linked_while_somebody_waited_are_locked_along(cloned_database: ClonedDatabase) -> None:
    with transaction.atomic():
        pair = project_pair(cast.reporter())
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            decide_pair(pk=pair.pk, name="confirm_same", by=cast.officer(), seen=pair.version, reason="合同相同")
            beside = start_in_thread_until_blocked(
                threads, transaction.atomic(partial(lock_with_linked_projects, [pair.second_id]))
            )
        assert beside.result(30) == [pair.first_id, pair.second_id]


def test_a_group_that_a_project_got_while_somebody_waited_is_locked_along(cloned_database: ClonedDatabase) -> None:
    made = project(cast.reporter())

    @transaction.atomic
    def lock_beside() -> bool:
        lock_with_linked_projects([made.pk])
        return holds_groups()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            edit(made, investor_groups=GROUP)()
            beside = start_in_thread_until_blocked(threads, lock_beside)
        assert beside.result(30)
