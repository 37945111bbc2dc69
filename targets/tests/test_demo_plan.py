"""Tests the demo's half year of the plan."""

from datetime import date

import pytest

from hunan_trade.audit.models import Event
from hunan_trade.demo import demo_work_plan
from targets.models import TaskState
from targets.tests.factories import loaded_plan, user

pytestmark = pytest.mark.django_db


def test_the_half_year_is_told_once_with_its_own_dates() -> None:
    loaded_plan()
    officer = user()
    demo_work_plan.record_half_year(by=officer)
    demo_work_plan.record_half_year(by=officer)
    assert Event.objects.filter(verb="task.reported").count() == len(demo_work_plan.PROGRESS)
    task = TaskState.objects.get(item__number=8, region_id="430400")
    assert (task.updated_on, task.state) == (date(2013, 7, 5), "under_way")
