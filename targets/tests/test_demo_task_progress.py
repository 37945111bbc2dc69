"""Tests that the demo records half a year of progress on the plan."""

from datetime import date

import pytest

from hunan_trade.audit.models import Event
from hunan_trade.demo import demo_task_progress
from targets.models import TaskState
from targets.tests.plan_and_user_factories import create_user, load_regions_and_plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_tables")]


def test_recording_the_demo_half_year_twice_stores_each_entry_once_with_its_date() -> None:
    load_regions_and_plan()
    officer = create_user()
    demo_task_progress.record_task_progress(by=officer)
    demo_task_progress.record_task_progress(by=officer)
    assert Event.objects.filter(verb="task.reported").count() == len(demo_task_progress.PROGRESS)
    task = TaskState.objects.get(item__number=8, region_id="430400")
    assert (task.updated_on, task.state) == (date(2013, 7, 5), "under_way")
