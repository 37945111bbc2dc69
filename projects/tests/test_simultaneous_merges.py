"""Tests two people who decide at once on the same pair of possibly duplicate projects: one decision is kept."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from django.db import transaction

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.simultaneous_calls import refusals_of_simultaneous_calls
from projects.duplicates.actions import decide_pair
from projects.models import Project, ProjectPair
from projects.tests.factories import project_pair, stepped_project, take_step
from projects.tests.test_simultaneous_counting_changes import waiting_for_us

WHY = "核对合同原件"


def decision(pair: ProjectPair, name: str, by: User) -> partial[None]:
    return partial(decide_pair, pk=pair.pk, name=name, by=by, seen=pair.version, reason=WHY)


def three_alike(reporter: User, *days: int) -> tuple[ProjectPair, ProjectPair]:
    """Create three alike projects that were signed in March, if days are given; return the pairs 1–2 and 2–3."""
    with transaction.atomic():
        pair = project_pair(reporter)
        third = stepped_project(reporter, name=f"{pair.second.name}厂")
        for made, day in zip((pair.first, pair.second, third), days, strict=False):
            take_step(made, "sign", date(2013, 3, day), by=reporter, confirmed_by=cast.officer())
    return ProjectPair.objects.get(pk=pair.pk), ProjectPair.objects.get(first=pair.second_id, second=third.pk)


@pytest.mark.parametrize("names", [("merge_first", "merge_first"), ("merge_first", "merge_second")])
def test_of_two_who_merge_a_pair_at_once_one_wins_and_the_other_is_told(
    names: tuple[str, str], cloned_database: ClonedDatabase
) -> None:
    people = [cast.officer(name="陈立"), cast.officer(name="王芳")]
    pair = project_pair(cast.reporter())
    told = refusals_of_simultaneous_calls(*(decision(pair, name, by) for name, by in zip(names, people, strict=True)))
    assert sorted(map(bool, told)) == [False, True]
    assert "改过" in "".join(told)
    winner = told.index("")
    pair.refresh_from_db()
    assert (pair.state, pair.decided_by) == (names[winner].replace("merge_", "") + "_merged", people[winner])
    assert Project.objects.filter(verdict="merged").count() == 1


def test_of_two_who_merge_one_project_into_two_others_at_once_one_wins(cloned_database: ClonedDatabase) -> None:
    people = [cast.officer(), cast.officer()]
    upper, lower = three_alike(cast.reporter())
    told = refusals_of_simultaneous_calls(
        decision(upper, "merge_second", people[0]), decision(lower, "merge_first", people[1])
    )
    assert sorted(map(bool, told)) == [False, True]
    assert f"{upper.second.code} 已并入别的项目" in "".join(told)
    assert ProjectPair.objects.linked().count() == 1 and Project.objects.filter(verdict="merged").count() == 1


def test_of_three_projects_that_two_people_link_at_once_one_counts(cloned_database: ClonedDatabase) -> None:
    """The last of the three was signed first; it takes over from both, also from the one it is not paired with."""
    people = [cast.officer(), cast.officer()]
    upper, lower = three_alike(cast.reporter(), 11, 18, 4)
    with waiting_for_us(decision(lower, "confirm_same", people[1])):
        decision(upper, "confirm_same", people[0])()
    assert ProjectPair.objects.linked().count() == 2
    counted = Project.objects.filter(verdict="counted").values_list("pk", flat=True)
    assert list(counted) == [lower.second_id]


def test_a_step_of_a_project_that_is_merged_at_once_is_refused_or_comes_first(cloned_database: ClonedDatabase) -> None:
    reporter, officer = cast.reporter(), cast.officer()
    pair = project_pair(reporter)
    told: list[str] = []

    def sign() -> None:
        told.extend(
            refusals_of_simultaneous_calls(partial(take_step, pair.second, "sign", date(2013, 3, 4), by=reporter))
        )

    with waiting_for_us(sign):
        decision(pair, "merge_second", officer)()
    assert told == [f"项目已并入 {pair.first.code}，到 {pair.first.code} 办理"]
    assert not pair.second.stage_entries.exists()
