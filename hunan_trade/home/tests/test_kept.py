"""What a process keeps for the desks goes by the versions of all tables it is made of, and by who may see it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import enterprises.queries as enterprises
import targets.queries as targets
from enterprises.indicators import TOTAL
from enterprises.models import Enterprise
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.accounts.tests.factories import CHANGSHA, CHENZHOU, HENGYANG
from hunan_trade.home import city as city_desk
from hunan_trade.home import province as province_desk
from hunan_trade.home.tests.factories import JULY_8, accepted, browse, city, settled
from hunan_trade.indicators import queries, registry
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region
from hunan_trade.testing.marks import unmarked
from targets.models import PlanItem, Target, TaskState
from targets.tests.factories import loaded_plan

pytestmark = pytest.mark.django_db
MAY, JUNE = Month(2013, 5), Month(2013, 6)
WORK: dict[str, tuple[Callable[[], object], tuple[str, ...]]] = {
    "panels": (lambda: queries._read([registry.get(TOTAL.code)], JUNE, None), queries._panels.marks),
    "histories": (lambda: queries._history(frozenset([TOTAL.code]), CHANGSHA, JUNE), queries._histories.marks),
    "cities": (lambda: list(Region.objects.cities()), ("regions_change",)),
    "leaders": (lambda: enterprises._found(JUNE, 3), enterprises._leaders.marks),
    "largest": (lambda: enterprises._largest(JUNE, count=3), enterprises._heads.marks),
    "firms above": (lambda: enterprises._firms_above(JUNE, Decimal(1)), enterprises._above.marks),
    "counts": (lambda: Enterprise.objects.count(), enterprises._counts.marks),
    "standings": (lambda: targets._standing(JUNE, None), targets._standings().marks),
    "late tasks": (lambda: tuple(province_desk._found(cast.officer(), 2013)), province_desk._late.marks),
    "own tasks": (lambda: tuple(city_desk._found(cast.reporter(), 2013)), city_desk._own_tasks.marks),
}


@pytest.mark.parametrize("name", WORK)
def test_what_is_kept_goes_by_the_version_of_every_table_it_was_made_of(name: str) -> None:
    loaded_plan()
    accepted(city(CHANGSHA), JUNE, "100", cast.officer())
    work, marks = WORK[name]
    assert set(unmarked(work, marks)) <= {"accounts_user"}  # which the work of two looks up to have somebody who asks


def test_standings_go_by_the_versions_of_whatever_an_indicator_counts() -> None:
    accepted(city(CHANGSHA), JUNE, "100", cast.officer())
    counted = [indicator for indicator in registry.declared() if indicator.measure is not None]
    assert counted
    for indicator in counted:
        assert indicator.measure
        enterprises._heads = type(enterprises._heads)(
            *enterprises._heads.marks, most=8
        )  # another asked for the same sum
        assert unmarked(partial(indicator.measure, JUNE, None), indicator.marks) == []
        assert set(indicator.marks) <= set(targets._standings().marks)


def test_what_is_drawn_once_for_the_province_goes_by_the_versions_of_all_its_parts() -> None:
    loaded_plan()
    parts = (queries._panels, targets._standings(), enterprises._leaders)
    assert {marks for part in parts for marks in part.marks} <= set(province_desk._figures().marks)
    province_desk._read(JUNE)
    with CaptureQueriesContext(connection) as asked:
        assert province_desk._read(JUNE).standings
    assert [query["sql"] for query in asked if not query["sql"].startswith("SELECT concat_ws(")] == []


def test_what_is_drawn_once_is_the_same_for_all_of_the_province_and_nobody_elses() -> None:
    loaded_plan()
    settled(MAY, {}, others=100)
    officer, lead = browse(cast.officer()), browse(cast.province_lead())
    drawn = province_desk._figures().of((MAY, JULY_8.date()), lambda: pytest.fail("nobody looked")).drawn
    assert drawn in officer and drawn in lead
    assert drawn.strip() not in browse(cast.reporter()) and 'id="targets"' not in browse(cast.reporter())


def test_a_task_and_a_target_that_change_are_told_changed() -> None:
    loaded_plan()
    settled(MAY, {}, others=100)
    officer, reporter = cast.officer(), city(CHENZHOU).reporter
    item = PlanItem.objects.filter(regions=CHENZHOU).current(2013).order_by("number").first()
    assert item is not None
    state, _ = TaskState.objects.update_or_create(
        item=item, region_id=CHENZHOU, defaults={"state": TaskState.State.DELAYED, "reason": "厂房未交付"}
    )
    assert "厂房未交付" in browse(officer) and "厂房未交付" in browse(reporter)
    TaskState.objects.filter(pk=state.pk).update(reason="用地未批")
    assert "用地未批" in browse(officer) and "用地未批" in browse(reporter)
    PlanItem.objects.filter(pk=item.pk).update(title="示范园改名")
    assert "示范园改名" in browse(officer) and "示范园改名" in browse(reporter)
    Target.objects.filter(indicator=TOTAL.code).update(title="加工贸易改名")
    assert "加工贸易改名" in browse(officer)


def test_one_citys_tasks_are_not_kept_for_another() -> None:
    loaded_plan()
    item = PlanItem.objects.filter(regions=CHENZHOU).current(2013).order_by("number").first()
    assert item is not None
    TaskState.objects.update_or_create(
        item=item, region_id=CHENZHOU, defaults={"state": TaskState.State.DELAYED, "reason": "郴州厂房未交付"}
    )
    chenzhou, hengyang = city(CHENZHOU).reporter, city(HENGYANG).reporter
    for _ in range(2):
        assert "郴州厂房未交付" in browse(chenzhou) and "郴州厂房未交付" not in browse(hengyang)
