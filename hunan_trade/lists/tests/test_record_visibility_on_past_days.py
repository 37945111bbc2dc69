"""Tests which records and related names a user sees in a list as of a past day.

Traps H3 and H4.
"""

from __future__ import annotations

from datetime import date

import pytest

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.lists.history import timeline
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.history.history_models import end_of_day
from hunan_trade.lists.models import Act
from hunan_trade.lists.tests import sample_workshop_models
from hunan_trade.lists.tests.sample_workshop_models import Stall, WorkshopHistory
from hunan_trade.lists.tests.test_history_tracking import park
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from parks.models import Park

pytestmark = pytest.mark.django_db
MAY_31, JUNE_1 = date(2013, 5, 31), date(2013, 6, 1)
MARCH, JUNE = clock.at(date(2013, 3, 1)), clock.at(JUNE_1, 9)


@pytest.fixture(autouse=True)
def places() -> None:
    regions.load_regions()


@pytest.fixture
def versions(places: None) -> None:
    """Create three workshops of 长沙 in March; in June the first moved to 郴州, the second was deleted."""
    sample_workshop_models.create_history_table()
    for key in (1, 2, 3):
        sample_workshop_models.add_version(key, 1, cast.CHANGSHA, MARCH, None if key == 3 else JUNE)
    sample_workshop_models.add_version(1, 2, cast.CHENZHOU, JUNE, None)
    sample_workshop_models.add_version(2, 2, cast.CHANGSHA, JUNE, JUNE, is_deletion=True)


def seen_by(user: User, day: date) -> list[tuple[int, str]]:
    rows = WorkshopHistory.objects.as_of(day).visible_to(user)
    return list(rows.order_by("id").values_list("id", "region_id"))


def test_a_record_that_moved_is_shown_to_who_may_see_it_today(versions: None) -> None:
    """(traps H4)"""
    assert seen_by(cast.reporter(cast.CHANGSHA), MAY_31) == [(2, cast.CHANGSHA), (3, cast.CHANGSHA)]
    assert seen_by(cast.reporter(cast.CHENZHOU), MAY_31) == [(1, cast.CHANGSHA)]
    assert seen_by(cast.reporter(cast.CHENZHOU), JUNE_1) == [(1, cast.CHENZHOU)]
    assert [key for key, _ in seen_by(cast.officer(), MAY_31)] == [1, 2, 3]
    assert seen_by(cast.auditor(), MAY_31) == []


def test_a_deleted_record_that_came_back_is_judged_by_what_it_is_now(versions: None) -> None:
    sample_workshop_models.add_version(2, 3, cast.CHENZHOU, clock.at(date(2013, 6, 5)), None)
    assert seen_by(cast.reporter(cast.CHENZHOU), MAY_31) == [(1, cast.CHANGSHA), (2, cast.CHANGSHA)]
    assert seen_by(cast.reporter(cast.CHANGSHA), MAY_31) == [(3, cast.CHANGSHA)]


def test_what_a_record_points_to_has_the_name_of_the_day() -> None:
    """(traps H3)"""
    with clock.frozen_at(MARCH), open_act(Act.Kind.CREATED, listing="parks", by=System("测试")):
        old = park("旧名园")
    next_transaction()
    with clock.frozen_at(JUNE), open_act(Act.Kind.EDITED, listing="parks", by=System("测试")):
        Park.objects.filter(pk=old.pk).update(name="新名园")
    stalls = [Stall(pk=1, park_id=old.pk), Stall(pk=2, park_id=None)]
    for day, name in ((MAY_31, "旧名园"), (JUNE_1, "新名园")):
        timeline.set_related_versions(stalls, end_of_day(day))
        assert (stalls[0].park and stalls[0].park.name, stalls[1].park) == (name, None)
