"""Tests that caches of the home pages expire when a table they were computed from changes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest

import enterprises.queries as enterprises
import targets.queries as targets
from enterprises.indicator_declarations import TOTAL
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.accounts.tests.factories import CHANGSHA, CHENZHOU, HENGYANG
from hunan_trade.home.tests.factories import accept_return, filing_city, home_page_of, record_settled_months
from hunan_trade.indicators import queries_observations, registry
from hunan_trade.periods import Month
from hunan_trade.testing.cache_invalidation_checks import untracked_tables
from targets.models import PlanItem, Target, TaskState
from targets.tests.plan_and_user_factories import load_regions_and_plan

pytestmark = pytest.mark.django_db
MAY, JUNE = Month(2013, 5), Month(2013, 6)
WORK: dict[str, tuple[Callable[[], object], tuple[str, ...]]] = {
    "panels": (
        lambda: queries_observations._read_panels([registry.get(TOTAL.code)], JUNE, None),
        queries_observations._panels.version_tables,
    ),
    "leaders": (lambda: enterprises._read_largest_enterprises(JUNE, 3), enterprises._largest_cache.version_tables),
    "firms above": (
        lambda: enterprises._count_enterprises_above(JUNE, Decimal(1)),
        enterprises._above_cache.version_tables,
    ),
    "statuses": (lambda: targets._compute_newest_plan_statuses(JUNE, None), targets._status_cache().version_tables),
}


@pytest.mark.parametrize("name", WORK)
def test_each_cache_depends_on_every_table_it_reads(name: str) -> None:
    load_regions_and_plan()
    accept_return(filing_city(CHANGSHA), JUNE, "100", cast.officer())
    work, version_tables = WORK[name]
    assert set(untracked_tables(work, version_tables)) <= {
        "accounts_user"
    }  # which the work of two looks up to have somebody who asks


def test_target_statuses_depend_on_the_tables_of_every_counted_indicator() -> None:
    accept_return(filing_city(CHANGSHA), JUNE, "100", cast.officer())
    counted = [indicator for indicator in registry.declared() if indicator.measure is not None]
    assert counted
    for indicator in counted:
        assert indicator.measure
        assert untracked_tables(partial(indicator.measure, JUNE, None), indicator.version_tables) == []
        assert set(indicator.version_tables) <= set(targets._status_cache().version_tables)


def test_home_pages_show_changed_tasks_and_targets_at_once() -> None:
    load_regions_and_plan()
    record_settled_months(MAY, {}, others=100)
    officer, reporter = cast.officer(), filing_city(CHENZHOU).reporter
    item = PlanItem.objects.filter(regions=CHENZHOU).current(2013).order_by("number").first()
    assert item is not None
    state, _ = TaskState.objects.update_or_create(
        item=item, region_id=CHENZHOU, defaults={"state": TaskState.State.DELAYED, "reason": "厂房未交付"}
    )
    assert "厂房未交付" in home_page_of(officer) and "厂房未交付" in home_page_of(reporter)
    TaskState.objects.filter(pk=state.pk).update(reason="用地未批")
    assert "用地未批" in home_page_of(officer) and "用地未批" in home_page_of(reporter)
    PlanItem.objects.filter(pk=item.pk).update(title="示范园改名")
    assert "示范园改名" in home_page_of(officer) and "示范园改名" in home_page_of(reporter)
    Target.objects.filter(indicator=TOTAL.code).update(title="加工贸易改名")
    assert "加工贸易改名" in home_page_of(officer)


def test_a_citys_cached_tasks_are_not_shown_to_another_city() -> None:
    load_regions_and_plan()
    item = PlanItem.objects.filter(regions=CHENZHOU).current(2013).order_by("number").first()
    assert item is not None
    TaskState.objects.update_or_create(
        item=item, region_id=CHENZHOU, defaults={"state": TaskState.State.DELAYED, "reason": "郴州厂房未交付"}
    )
    chenzhou, hengyang = filing_city(CHENZHOU).reporter, filing_city(HENGYANG).reporter
    for _ in range(2):
        assert "郴州厂房未交付" in home_page_of(chenzhou) and "郴州厂房未交付" not in home_page_of(hengyang)
