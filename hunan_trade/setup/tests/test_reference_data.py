"""Tests that reference tables are loaded once and later changes are not overwritten."""

from __future__ import annotations

import pytest

from events.models import Event
from hunan_trade.audit.models import Event as LogEntry
from hunan_trade.regions.models import Region
from hunan_trade.setup import reference_data
from parks.models import Park
from targets.models import PlanItem, WorkPlan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def load_tables() -> None:
    reference_data.load_reference_tables()


def test_a_second_start_leaves_edited_rows_alone() -> None:
    Region.objects.filter(pk="430100").update(short_name="长沙市区")
    Park.objects.filter(name="郴州出口加工区").update(name="郴州综合保税区", certainty=Park.Certainty.SEEN)
    Event.objects.filter(code="processing-trade-fair").update(name="改名的展会", place="郴州")
    before = [list(model.objects.order_by("pk").values()) for model in (Region, Park, Event)]
    reference_data.load_reference_tables()
    assert [list(model.objects.order_by("pk").values()) for model in (Region, Park, Event)] == before


def test_a_second_start_leaves_deleted_rows_deleted() -> None:
    Park.objects.filter(name="郴州出口加工区").delete()
    Event.objects.filter(code="processing-trade-fair").delete()
    reference_data.load_reference_tables()
    assert not Park.objects.filter(name="郴州出口加工区").exists()
    assert not Event.objects.filter(code="processing-trade-fair").exists()


def test_a_second_start_leaves_an_amended_plan_alone() -> None:
    plan = WorkPlan.objects.get(year=2013)
    WorkPlan.objects.filter(pk=plan.pk).update(digest="0" * 64)  # as after a publishing: the text is another one
    PlanItem.objects.filter(plan=plan, number=1).update(title="改过的标题")
    log = LogEntry.objects.count()
    reference_data.load_reference_tables()
    assert WorkPlan.objects.filter(year=2013).count() == 1
    assert PlanItem.objects.get(plan=plan, number=1).title == "改过的标题"
    assert LogEntry.objects.count() == log
