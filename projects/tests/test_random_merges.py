"""Tests that random sequences of signings, increases, merges and rules count each project once and lose no money.

What is expected is computed here in plain Python from the moves that were made, without the rules of the portal.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.registry import Source
from hunan_trade.periods import Month
from projects.capital_increases.actions import decide_increase, propose_increase
from projects.choices import CountingEvent
from projects.counting.actions_counting_event import decide_counting
from projects.counting.monthly_counts import store_month_counts
from projects.duplicates.actions import decide_pair
from projects.models import IndicatorCode, Project, ProjectPair, StageEntry
from projects.queries_list_summaries import counts_and_capital_in_words
from projects.stages.actions import decide_step
from projects.tests.factories import stepped_project, take_step

CITIES = (cast.CHANGSHA, cast.CHENZHOU)
DAYS = (date(2012, 12, 20), date(2013, 3, 11), date(2013, 3, 18), date(2013, 4, 2))
MONTHS = (Month(2013, 3), Month(2013, 4))
NAMES = ("蓝思触控玻璃项目", "蓝思触控玻璃加工项目", "蓝思触控玻璃基地项目")
YI = 100_000_000
SOURCES = {  # move: from which states of the pair, to which, the verb of its event
    "confirm_same": ({"waiting"}, "same", "confirmed"),
    "confirm_different": ({"waiting"}, "different", "refuted"),
    "merge_second": ({"waiting", "same"}, "second_merged", "merged"),
    "merge_first": ({"waiting", "same"}, "first_merged", "merged"),
    "withdraw": ({"same", "first_merged", "second_merged", "different"}, "waiting", "withdrawn"),
}


@dataclass
class ModelProject:
    """A project as the model knows it; `capital` is that of the first contract, `increases` what was added, in 亿."""

    pk: int
    code: str
    city: str
    capital: int
    signed_on: date | None = None
    increases: list[int] = field(default_factory=list)


class MergingStateMachine(RuleBasedStateMachine):
    """Makes random moves on projects and their pairs, and compares the portal with the model after each."""

    def __init__(self) -> None:
        super().__init__()
        self.everything = transaction.atomic()
        self.everything.__enter__()
        self.clock = clock.frozen_at(clock.at(date(2013, 7, 8), 9))
        self.clock.__enter__()
        self.reporters = {city: cast.reporter(city) for city in CITIES}
        self.leads = {city: cast.lead(city) for city in CITIES}
        self.officer, self.other, self.boss = cast.officer(), cast.officer(), cast.province_lead()
        self.projects: dict[int, ModelProject] = {}
        self.pairs: dict[tuple[int, int], str] = {}
        self.verbs: list[str] = []
        self.event = CountingEvent.SIGNING
        for city in CITIES:
            for month in MONTHS:
                store_month_counts(city, month, by=self.officer, reason="月报核定")

    def teardown(self) -> None:
        self.clock.__exit__(None, None, None)
        transaction.set_rollback(True)
        self.everything.__exit__(None, None, None)

    # --- Moves --------------------------------------------------------------------------------------------------------
    @rule(city=st.sampled_from(CITIES), name=st.sampled_from(NAMES))
    def enter(self, city: str, name: str) -> None:
        if len(self.projects) == 6:
            return
        capital = 7  # of all, so that it does not matter which of two equal contracts is summed
        given: dict[str, Any] = {"name": name, "intended_on": date(2012, 12, 3), "contracted_cny": capital * YI}
        made = stepped_project(self.reporters[city], **given)
        self.projects[made.pk] = ModelProject(made.pk, made.code, city, capital)
        for first, second in ProjectPair.objects.values_list("first_id", "second_id"):
            self.pairs.setdefault((first, second), "waiting")

    @precondition(lambda self: self.projects)
    @rule(data=st.data(), day=st.sampled_from(DAYS))
    def sign(self, data: st.DataObject, day: date) -> None:
        found = self.draw_project(data)
        if found.signed_on is None and not self.is_merged(found):
            made = Project.objects.get(pk=found.pk)
            take_step(made, "sign", day, by=self.reporters[found.city], confirmed_by=self.officer)
            found.signed_on = day

    @precondition(lambda self: self.projects)
    @rule(data=st.data())
    def void_signing(self, data: st.DataObject) -> None:
        found = self.draw_project(data)
        if found.signed_on and not found.increases:
            step = StageEntry.objects.get(project=found.pk, state="valid")
            decide_step(pk=step.pk, name="void", by=self.other, seen=step.version, reason="合同未生效")
            found.signed_on = None

    @precondition(lambda self: self.projects)
    @rule(data=st.data(), amount=st.integers(1, 9))
    def increase(self, data: st.DataObject, amount: int) -> None:
        found = self.draw_project(data)
        if found.signed_on and not self.is_merged(found):
            made: dict[str, Any] = {"amount_cny": Decimal(amount * YI), "amount_usd": None, "effective_on": DAYS[-1]}
            by = self.reporters[found.city]
            row = propose_increase(pk=found.pk, name="increase", by=by, seen=None, reason="二期", **made)
            decide_increase(pk=row.pk, name="confirm", by=self.leads[found.city], seen=row.version)
            found.increases.append(amount)

    @precondition(lambda self: self.pairs)
    @rule(data=st.data(), name=st.sampled_from(sorted(SOURCES)))
    def decide(self, data: st.DataObject, name: str) -> None:
        keys = data.draw(st.sampled_from(sorted(self.pairs)))
        sources, target, verb = SOURCES[name]
        merged_elsewhere = {gone for pair, gone in self.merged() if pair != keys}
        if self.pairs[keys] in sources and not (name.startswith("merge") and merged_elsewhere & set(keys)):
            pair = ProjectPair.objects.get(first=keys[0], second=keys[1])
            decide_pair(pk=pair.pk, name=name, by=self.officer, seen=pair.version, reason="核对合同")
            self.pairs[keys] = target
            self.verbs.append(f"duplicate.{verb}")

    @rule(event=st.sampled_from(list(CountingEvent)))
    def change_rule(self, event: CountingEvent) -> None:
        if event != self.event:
            decide_counting(year=2013, event=event, reason="改计数环节", by=self.boss)
            self.event = event

    def draw_project(self, data: st.DataObject) -> ModelProject:
        return self.projects[data.draw(st.sampled_from(sorted(self.projects)))]

    # --- The model ----------------------------------------------------------------------------------------------------
    def merged(self) -> list[tuple[tuple[int, int], int]]:
        """Return each pair in which one project is merged, with the key of that one."""
        gone = {"first_merged": 0, "second_merged": 1}
        return [(pair, pair[gone[state]]) for pair, state in self.pairs.items() if state in gone]

    def is_merged(self, found: ModelProject) -> bool:
        """Return whether a project is merged, so that it takes neither a step nor an increase."""
        return found.pk in {gone for _, gone in self.merged()}

    def sets_linked_by(self, states: set[str]) -> list[set[int]]:
        """Return the projects in sets that pairs in these states link."""
        sets = [{pk} for pk in self.projects]
        for pair, state in self.pairs.items():
            if state in states:
                touched = [found for found in sets if found & set(pair)]
                sets = [found for found in sets if not found & set(pair)] + [set().union(*touched)]
        return sets

    def counted(self) -> dict[str, date]:
        """Return the day of each project that counts, by code."""
        found = {}
        gone = {pk for _, pk in self.merged()}
        for one in self.sets_linked_by({"same", "first_merged", "second_merged"}):
            signed = [self.projects[pk] for pk in one - gone if self.projects[pk].signed_on]
            competing = [
                each
                for each in signed
                if each.signed_on and (each.signed_on.year < 2013 or self.event == CountingEvent.SIGNING)
            ]
            first = min(competing, key=lambda each: (each.signed_on, each.code), default=None)
            if first and first.signed_on and first.signed_on.year == 2013:
                found[first.code] = first.signed_on
        return found

    def contracts(self) -> int:
        """Return the sum of the first contracts, of those of one project one, in 亿. Alike projects have equal ones."""
        return sum(self.projects[min(one)].capital for one in self.sets_linked_by({"same"}))

    # --- What holds ---------------------------------------------------------------------------------------------------
    @invariant()
    def each_project_counts_once(self) -> None:
        expected = self.counted()
        found = Project.objects.exclude(counted_on=None).values_list("code", "counted_on")
        assert dict(found) == expected
        assert set(Project.objects.filter(verdict="counted").values_list("code", flat=True)) == set(expected)

    @invariant()
    def the_observed_counts_are_those_of_the_projects(self) -> None:
        expected = self.counted()
        cities = {each.code: each.city for each in self.projects.values()}
        counts = Counter((cities[code], Month.of(day)) for code, day in expected.items())
        register = Observation.objects.of_sources([Source.REGISTER]).filter(indicator=IndicatorCode.UNDERTAKEN)
        rows = register.ordered_newest_versions().values_list("region_id", "month", "value")
        observed = {(region, Month.of(day)): int(value or 0) for region, day, value in rows}
        assert observed == {(city, month): counts[city, month] for city in CITIES for month in MONTHS}

    @invariant()
    def no_money_is_lost_or_summed_twice(self) -> None:
        contracts = self.contracts()
        increases = sum(sum(each.increases) for each in self.projects.values())
        words = counts_and_capital_in_words(Project.objects.all())
        assert words.endswith(f"合同内资 {contracts + increases}.00 亿元"), words

    @invariant()
    def the_log_holds_the_decisions(self) -> None:
        events = Event.objects.filter(verb__startswith="duplicate.").exclude(verb="duplicate.found").order_by("pk")
        assert list(events.values_list("verb", flat=True)) == self.verbs
        rows = ProjectPair.objects.values_list("first_id", "second_id", "state")
        assert {(first, second): state for first, second, state in rows} == self.pairs


@pytest.mark.slow
@pytest.mark.django_db
def test_random_moves_count_each_project_once_and_lose_no_money() -> None:
    assert connection.vendor == "postgresql"
    run_state_machine_as_test(
        MergingStateMachine,
        settings=settings(
            max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
