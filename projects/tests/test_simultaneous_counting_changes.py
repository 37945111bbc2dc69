"""Tests that decisions made at once on rules, returns and steps leave each project counted by the newest state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import transaction

from hunan_trade.accounts.tests import factories as cast
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.registry import Source
from hunan_trade.periods import Month
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.simultaneous_calls import start_in_thread_until_blocked
from projects.choices import CountingEvent
from projects.counting.actions_counting_event import decide_counting
from projects.counting.monthly_counts import store_month_counts
from projects.models import Project, StageEntry
from projects.stages.actions import accept_steps, decide_step
from projects.tests.factories import listed_group, stepped_project


@contextmanager
def waiting_for_us(act: Callable[[], object]) -> Iterator[None]:
    """Context manager whose block has written; the act begins beside it and ends once the block's transaction has."""
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            yield
            beside = start_in_thread_until_blocked(threads, act)
        beside.result(30)


@pytest.mark.parametrize("first", ["acceptance", "decision"])
def test_of_an_acceptance_and_a_rule_at_once_the_rule_holds(first: str, cloned_database: ClonedDatabase) -> None:
    reporter, lead = cast.reporter(), cast.province_lead()
    made = stepped_project(reporter, "sign")

    def accept() -> None:
        accept_steps(steps=made.stage_entries.values_list("pk", flat=True), by=lead, reason="月报核定")

    def decide() -> None:
        decide_counting(year=2013, event=CountingEvent.REGISTRATION, reason="改按工商注册", by=lead)

    before, beside = (accept, decide) if first == "acceptance" else (decide, accept)
    with waiting_for_us(beside):
        before()
    made = Project.objects.get(pk=made.pk)
    assert (made.accepted_stage, made.verdict) == ("signed", "unaccepted")


def test_of_two_projects_of_a_group_accepted_at_once_one_makes_it_count(cloned_database: ClonedDatabase) -> None:
    lead = cast.province_lead()
    with transaction.atomic():
        listed_group(lead)
        made = [
            stepped_project(cast.reporter(city), "sign", investor_groups="演示寰宇集团")
            for city in (cast.CHANGSHA, cast.CHENZHOU)
        ]

    def accept(project: Project) -> None:
        accept_steps(steps=project.stage_entries.values_list("pk", flat=True), by=lead, reason="月报核定")

    with waiting_for_us(lambda: accept(made[0])):
        accept(made[1])
    found = {project.code[:2]: project.fortune_verdict for project in Project.objects.all()}
    assert found == {"CS": "counted", "CZ": "counted_elsewhere"}


def test_of_two_projects_voided_at_once_neither_is_counted_any_more(cloned_database: ClonedDatabase) -> None:
    reporter, lead = cast.reporter(), cast.province_lead()
    first, second = stepped_project(reporter, "sign"), stepped_project(reporter, "sign")
    steps = StageEntry.objects.filter(project__in=[first, second])
    with transaction.atomic():
        accept_steps(steps=steps.values_list("pk", flat=True), by=lead, reason="月报核定")
        store_month_counts(cast.CHANGSHA, Month.of(first.intended_on), by=lead, reason="月报核定")

    def void(made: Project) -> None:
        entry = StageEntry.objects.get(project=made)
        decide_step(pk=entry.pk, name="void", by=lead, seen=entry.version, reason="合同未生效")

    with waiting_for_us(lambda: void(second)):
        void(first)
    observed = Observation.objects.filter(source=Source.REGISTER).order_by("version")
    assert [int(row.value or 0) for row in observed] == [2, 1, 0]
