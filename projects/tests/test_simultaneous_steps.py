"""Tests two people who enter steps of one project at once: one step stands, the other person is told."""

from __future__ import annotations

from functools import partial
from typing import Any

from hunan_trade.accounts.tests import factories as cast
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.simultaneous_calls import refusals_of_simultaneous_calls
from projects.models import StageEntry
from projects.stages.actions import enter_step
from projects.tests.factories import stepped_project


def test_of_two_who_step_at_once_one_wins_and_the_other_is_told(cloned_database: ClonedDatabase) -> None:
    """One registers 签约, the other has an older page or wants the stage after."""
    people = [cast.reporter(name="刘敏"), cast.officer(name="陈立")]
    made = stepped_project(people[0])
    given: dict[str, Any] = {"pk": made.pk, "name": "sign", "seen": made.version, "effective_on": made.intended_on}
    told = refusals_of_simultaneous_calls(*(partial(enter_step, by=by, **given) for by in people))
    assert sorted(map(bool, told)) == [False, True]
    assert "改动" in "".join(told)
    entry = StageEntry.objects.get()
    made.refresh_from_db()
    assert (made.signed_on, entry.entered_by) == (entry.effective_on, people[told.index("")])
