"""Tests that rows are created only once when several threads create them at the same time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from threading import Barrier

import pytest
from django.db import connection
from django.http import QueryDict

from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.audit.models import Event
from hunan_trade.intake.actions import opening
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.lists.models import SavedView
from hunan_trade.lists.pages.saved_views import delete_view, save_view, set_group_default_view, update_view
from hunan_trade.periods import Month
from hunan_trade.setup import reference_data
from hunan_trade.workflow import MoveRefused
from parks.tables import PARKS
from reporting import actions, kinds
from reporting.content_gathering_and_hashing import gather_content
from reporting.models import Report
from reporting.tests import factories
from reporting.tests.factories import JANUARY

pytestmark = pytest.mark.usefixtures("cloned_database")


def run_at_once(times: int, act: Callable[[], object]) -> None:
    """Run a function in several threads at the same time, and raise any thread's exception."""
    run_all_at_once([act] * times)


def run_all_at_once(acts: Sequence[Callable[[], object]]) -> None:
    """Run the functions at the same time, in a thread each, and raise any thread's exception."""
    times = len(acts)
    barrier = Barrier(times, timeout=30)

    def run_in_thread(act: Callable[[], object]) -> None:
        try:
            barrier.wait()
            with clock.frozen_at(clock.at(date(2013, 2, 8), 10)):
                act()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        list(pool.map(run_in_thread, acts))


def test_reference_data_loaded_by_several_at_once_is_created_once() -> None:
    run_at_once(3, reference_data.load_reference_tables)
    loaded = Counter(Event.objects.values_list("verb", flat=True))
    assert loaded == {"plan.loaded": 1, "parks.loaded": 1, "events.loaded": 1}


def test_a_month_opened_by_several_at_once_is_opened_once_per_city() -> None:
    reference_data.load_reference_tables()
    run_at_once(6, lambda: opening.open_month(Month(2013, 1), by=System("测试")))
    assert MonthlyReturn.objects.count() == Event.objects.filter(verb="return.opened").count() == 14


def test_a_report_drafted_by_several_at_once_gets_one_draft() -> None:
    people = factories.create_province()
    factories.accepted(factories.create_city("430100"), JANUARY, ("150", "50"), people.officer)
    kind = kinds.get("monthly-bulletin")
    content = gather_content(kind, JANUARY)
    run_at_once(4, lambda: actions.store_draft(kind, JANUARY, content, by=System("测试")))
    assert Report.objects.get().edition == 1


def test_of_shared_views_made_default_at_once_one_is() -> None:
    reference_data.load_reference_tables()
    officers = [cast.officer() for _ in range(4)]
    asked = [ListQuery(PARKS, officer, QueryDict("kind=park")) for officer in officers]
    views = [
        save_view(query, title=f"{at}", shared=True, is_default=False, by=query.user) for at, query in enumerate(asked)
    ]
    for _ in range(5):
        run_all_at_once([partial(set_group_default_view, view, is_default=True, by=view.owner) for view in views])
        assert SavedView.objects.filter(is_default=True).count() == 1


def test_a_shared_view_deleted_at_the_moment_of_a_change_is_refused_in_a_sentence() -> None:
    reference_data.load_reference_tables()
    officer = cast.officer()
    query = ListQuery(PARKS, officer, QueryDict("kind=park"))
    view = save_view(query, title="园区", shared=True, is_default=False, by=officer)
    SavedView.objects.filter(pk=view.pk).delete()
    for change in (
        partial(update_view, view, query),
        partial(set_group_default_view, view, is_default=True),
        partial(delete_view, view),
    ):
        with pytest.raises(MoveRefused, match="刚被删去"):
            change(by=officer)
    assert not Event.objects.filter(verb="view.deleted").exists()
