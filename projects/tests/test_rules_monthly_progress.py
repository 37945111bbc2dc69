"""Tests of the rules that check what a return says of the progress of projects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hunan_trade import clock
from hunan_trade.periods import Month
from hunan_trade.tabular.findings import Severity
from hunan_trade.tabular.table_types import ParsedTable
from projects.choices import EntryState, Stage, Status
from projects.monthly_progress.intake_sheet import PROJECT_PROGRESS
from projects.monthly_progress.progress_sheet_data import ProgressSheetData
from projects.monthly_progress.rules_for_checking_sheet import FINDING_LABELS, RULES, ProgressThresholds
from projects.monthly_progress.rules_late_reported_steps import (
    AcceptedMonth,
    EarlierReturn,
    ProjectSnapshot,
    is_reported_late,
)
from projects.stages.rules import Entry

JUNE = Month(2013, 6)
KEY = "CS-2013-0001/当月"
INTENDED = Entry(Stage.INTENDED, date(2013, 2, 4))
SIGNED = Entry(Stage.SIGNED, date(2013, 6, 3), EntryState.UNACCEPTED, 1)
FACTS = ProjectSnapshot(
    1, "CS-2013-0001", "触控模组", Status.ACTIVE, Decimal(2_000_000), Decimal(1_000_000), {}, (INTENDED, SIGNED)
)
TYPED: Mapping[str, Any] = {
    "stage": "签约",
    "stage_on": date(2013, 6, 3),
    "expected_produced_on": None,
    "paid_in_cny": Decimal(0),
    "paid_in_usd": Decimal(0),
    "obstacle": "无",
    "obstacle_text": None,
    "reason": None,
}


def still(stage: Stage = Stage.SIGNED, cny: int = 0) -> AcceptedMonth:
    return AcceptedMonth(stage, None, Decimal(cny), Decimal(0))


def found(
    facts: ProjectSnapshot = FACTS,
    *,
    was_accepted: bool = False,
    is_older: bool = False,
    thresholds: tuple[int, int] = (100, 3),
    **typed: Any,
) -> list[tuple[str, str, Severity]]:
    """Return column, code and severity of what the rules find in the row of one project."""
    limits = ProgressThresholds(*map(Decimal, thresholds))
    known = ProgressSheetData(projects={KEY: facts}, was_accepted=was_accepted, is_older=is_older, thresholds=limits)
    values = {key: [value] for key, value in {**TYPED, **typed}.items()}
    table = ParsedTable(PROJECT_PROGRESS, JUNE, known, [4], [KEY], [facts.name], values)
    return [(each.column, each.code, each.severity) for rule in RULES for each in rule(table, {})]


def test_a_row_as_the_register_has_it_is_asked_nothing() -> None:
    assert not found()


@pytest.mark.parametrize(
    ("last", "steps", "typed", "expected"),
    [
        (Stage.SIGNED, (INTENDED, SIGNED), {"stage": "意向"}, ("stage", "progress.back", Severity.BLOCKING)),
        (None, (INTENDED, SIGNED), {"stage": "意向"}, ("stage", "progress.stage", Severity.BLOCKING)),
        (None, (INTENDED, SIGNED), {"stage": "落地"}, ("stage", "progress.stage", Severity.BLOCKING)),
        (Stage.SIGNED, (INTENDED,), {"stage": "意向"}, ("stage", "progress.back", Severity.EXPLAIN)),
        (None, (INTENDED, SIGNED), {"stage_on": date(2013, 6, 4)}, ("stage_on", "progress.stage", Severity.BLOCKING)),
    ],
)
def test_a_stage_is_what_the_steps_say_and_goes_back_only_with_a_voided_step(
    last: Stage | None, steps: tuple[Entry, ...], typed: dict[str, Any], expected: tuple[str, str, Severity]
) -> None:
    months = {JUNE.previous: still(last)} if last else {}
    assert found(replace(FACTS, steps=steps, months=months), **typed) == [expected]


def test_a_step_of_a_later_month_is_no_stage_of_this_one() -> None:
    later = replace(SIGNED, effective_on=date(2013, 7, 1))
    assert not found(replace(FACTS, steps=(INTENDED, later)), stage="意向", stage_on=INTENDED.effective_on)


def test_a_step_that_stays_valid_in_a_reopened_return_is_noted() -> None:
    valid = replace(FACTS, steps=(INTENDED, replace(SIGNED, state=EntryState.VALID)))
    assert found(valid, was_accepted=True) == [("stage", "progress.kept", Severity.NOTE)]
    assert not found(valid) and not found(was_accepted=True)


@pytest.mark.parametrize(
    ("before", "typed", "expected"),
    [
        (100, {"paid_in_cny": Decimal(100)}, []),
        (100, {"paid_in_cny": Decimal("100.000001")}, [("paid_in_cny", "progress.paid_above", Severity.EXPLAIN)]),
        (0, {"paid_in_usd": Decimal("100.01")}, [("paid_in_usd", "progress.paid_above", Severity.EXPLAIN)]),
        (999, {}, []),  # told in the month in which it came
    ],
)
def test_paid_in_above_contracted_is_asked_about_by_currency(
    before: int, typed: dict[str, Any], expected: list[Any]
) -> None:
    assert found(replace(FACTS, paid_before=(Decimal(before * 10_000), Decimal(0))), **typed) == expected


def test_the_share_above_the_contract_is_a_threshold() -> None:
    assert found(paid_in_cny=Decimal(220))
    assert not found(thresholds=(110, 3), paid_in_cny=Decimal(220))


def test_money_without_a_contract_in_its_currency_is_refused() -> None:
    facts = replace(FACTS, contracted_usd=None)
    assert found(facts, paid_in_usd=Decimal(1)) == [("paid_in_usd", "progress.without_contract", Severity.BLOCKING)]
    assert not found(facts)


def test_money_of_a_finished_project_is_asked_about() -> None:
    closed = replace(FACTS, status=Status.FINISHED)
    empty: dict[str, Any] = dict.fromkeys(("stage", "stage_on", "obstacle"))
    assert found(closed, paid_in_cny=Decimal(1), **empty) == [("paid_in_cny", "progress.closed", Severity.EXPLAIN)]
    assert not found(closed, **empty)


def test_three_months_without_step_and_money_are_asked_about() -> None:
    old = replace(SIGNED, effective_on=date(2013, 3, 31), state=EntryState.VALID)
    months = {Month(2013, 4): still(), Month(2013, 5): still()}
    idle = replace(FACTS, steps=(INTENDED, old), months=months)
    typed: dict[str, Any] = {"stage_on": old.effective_on}
    assert found(idle, **typed) == [("stage", "progress.idle", Severity.EXPLAIN)]
    assert not found(idle, **typed, paid_in_usd=Decimal(1))
    assert not found(idle, **typed, thresholds=(100, 4))
    assert not found(replace(idle, months={Month(2013, 5): still()}), **typed)
    assert not found(replace(idle, months={**months, Month(2013, 4): still(cny=1)}), **typed)
    moved = replace(old, effective_on=date(2013, 4, 1))
    assert not found(replace(idle, steps=(INTENDED, moved)), stage_on=moved.effective_on)


def test_a_date_that_passed_without_a_new_one_is_asked_about_where_it_can_be_changed() -> None:
    promised = replace(FACTS, expected={Stage.PRODUCED: date(2013, 6, 30)})
    assert found(promised, expected_produced_on=date(2013, 6, 30)) == [
        ("expected_produced_on", "progress.overdue", Severity.EXPLAIN)
    ]
    assert not found(
        replace(promised, expected={Stage.PRODUCED: date(2013, 7, 1)}), expected_produced_on=date(2013, 7, 1)
    )
    other = replace(FACTS, expected={Stage.LANDED: date(2013, 6, 29)})
    assert found(other) == [("stage", "progress.overdue", Severity.EXPLAIN)]


def test_a_new_day_of_production_asks_for_a_reason_and_follows_the_stages_before() -> None:
    promised = replace(FACTS, expected={Stage.LANDED: date(2013, 8, 1), Stage.PRODUCED: date(2013, 10, 1)})
    moved = ("expected_produced_on", "progress.moved", Severity.EXPLAIN)
    assert found(promised, expected_produced_on=date(2013, 12, 1)) == [moved] == found(promised)  # or taken away
    assert not found(promised, expected_produced_on=date(2013, 10, 1))
    assert not found(promised, is_older=True)
    assert found(promised, expected_produced_on=date(2013, 7, 31)) == [
        ("expected_produced_on", "progress.dates", Severity.BLOCKING)
    ]


@pytest.mark.parametrize(("chosen", "text"), [("有", None), ("无", "用地指标未落实")])
def test_an_obstacle_is_told_in_words(chosen: str, text: str | None) -> None:
    assert found(obstacle=chosen, obstacle_text=text) == [("obstacle_text", "progress.obstacle", Severity.BLOCKING)]
    assert not found(obstacle="有", obstacle_text="用地指标未落实")


def test_every_label_has_a_finding_code_of_the_rules() -> None:
    assert all(code.startswith("progress.") for code in FINDING_LABELS) and len(FINDING_LABELS) == 11


@pytest.mark.parametrize(
    ("returns", "late"),
    [
        ({}, True),  # before there were returns
        ({Month(2013, 3): (True, 10)}, True),
        ({Month(2013, 3): (False, 10)}, False),  # its own return can still take it up
        ({Month(2013, 3): (False, 1)}, True),  # locked before it was entered
        ({Month(2013, 3): (True, 10), Month(2013, 4): (False, 10)}, False),  # the next one will
        ({Month(2013, 2): (False, 10), Month(2013, 3): (True, 10)}, True),
    ],
)
def test_a_step_is_told_late_once_no_earlier_return_can_take_it_up(
    returns: dict[Month, tuple[bool, int]], late: bool
) -> None:
    step = Entry(Stage.SIGNED, date(2013, 3, 18), EntryState.UNACCEPTED, 1)
    known = {month: EarlierReturn(yes, clock.at(date(2013, 4, day), 17)) for month, (yes, day) in returns.items()}
    entered = clock.at(date(2013, 4, 5), 9)
    assert is_reported_late(step, entered, Month(2013, 5), known) is late
    assert not is_reported_late(step, entered, Month(2013, 3), known)
    assert not is_reported_late(replace(step, state=EntryState.VALID), entered, Month(2013, 5), known)
