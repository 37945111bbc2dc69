"""Tests that reference tables are loaded once and later changes are not overwritten."""

from __future__ import annotations

import pytest

from events.actions import save_events
from events.models import Event
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event as LogEntry
from hunan_trade.industries.models import Industry
from hunan_trade.lists.declaration import Save
from hunan_trade.lists.models import Act, Record
from hunan_trade.lists.record_change_preparation import RecordChange, writable_fields
from hunan_trade.regions.models import PlanRegion, Region, SourcePlace
from hunan_trade.setup import reference_data
from parks.actions import save_parks
from parks.models import Park
from targets.actions import load_plan
from targets.actions_rosters import save_roster_entries
from targets.models import PlanItem, Roster, RosterEntry, WorkPlan
from targets.tests.test_plan_loading_and_progress import amended_plan_data

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def load_tables() -> None:
    reference_data.load_reference_tables()


def test_a_second_start_leaves_edited_rows_alone() -> None:
    Region.objects.filter(pk="430100").update(short_name="长沙市区")
    Park.objects.filter(name="郴州出口加工区").update(name="郴州综合保税区", certainty=Park.Certainty.SEEN)
    Event.objects.filter(name="第二届加博会").update(name="改名的展会", place="郴州")
    before = [list(model.objects.order_by("pk").values()) for model in (Region, Park, Event)]
    reference_data.load_reference_tables()
    assert [list(model.objects.order_by("pk").values()) for model in (Region, Park, Event)] == before


def test_a_second_start_leaves_industries_and_source_places_alone() -> None:
    assert (Industry.objects.count(), SourcePlace.objects.count(), PlanRegion.objects.count()) == (548, 284, 7)
    Industry.objects.filter(pk="391").update(name="改名的行业")
    Industry.objects.filter(pk="392").delete()
    SourcePlace.objects.filter(pk="JPN").delete()
    PlanRegion.objects.filter(pk="asean").update(name="东盟十国")
    SourcePlace.objects.get(pk="460000").plan_regions.add(PlanRegion.objects.get(pk="beibu-gulf"))
    models = (Industry, SourcePlace, PlanRegion, SourcePlace.plan_regions.through)
    before = [list(model._default_manager.order_by("pk").values()) for model in models]
    reference_data.load_reference_tables()
    assert [list(model._default_manager.order_by("pk").values()) for model in models] == before


def test_a_second_start_leaves_deleted_rows_deleted() -> None:
    Park.objects.filter(name="郴州出口加工区").delete()
    Event.objects.filter(name="第二届加博会").delete()
    reference_data.load_reference_tables()
    assert not Park.objects.filter(name="郴州出口加工区").exists()
    assert not Event.objects.filter(name="第二届加博会").exists()


def test_a_second_start_leaves_alone_what_the_office_changed_in_the_lists() -> None:
    """One record of each list is edited, one deleted, one added; of parks none is left."""
    officer = cast.officer()
    written: dict[Save, tuple[type[Record], dict[str, object]]] = {
        save_events: (Event, {"name": "改名的展会"}),
        save_roster_entries: (RosterEntry, {"name": "改名的企业"}),
    }
    for save, (model, values) in written.items():
        first, second = model._default_manager.order_by("pk")[:2]
        same = {name: getattr(first, field.attname) for name, field in writable_fields(model).items()}
        changes = [RecordChange(values, first.pk, first.version), RecordChange({}, second.pk, second.version, True)]
        changes.append(RecordChange(same | {"name": "新添的"}))
        outcomes = save(changes=changes, by=officer, kind=Act.Kind.IMPORTED)
        assert [outcome.result for outcome in outcomes] == ["changed", "deleted", "created"]
    deletions = [RecordChange({}, park.pk, park.version, True) for park in Park.objects.all()]
    save_parks(changes=deletions, by=officer, kind=Act.Kind.DELETED)
    load_plan(amended_plan_data(), by=reference_data.SETUP)
    models = (Park, Event, Roster, RosterEntry, WorkPlan, Region)
    before = [list(model._default_manager.order_by("pk").values()) for model in models]
    reference_data.load_reference_tables()
    assert [list(model._default_manager.order_by("pk").values()) for model in models] == before
    assert not before[0] and {row["name"] for row in before[3]} >= {"改名的企业", "新添的"}


def test_a_second_start_leaves_an_amended_plan_alone() -> None:
    plan = WorkPlan.objects.get(year=2013)
    WorkPlan.objects.filter(pk=plan.pk).update(digest="0" * 64)  # as after a publishing: the text is another one
    PlanItem.objects.filter(plan=plan, number=1).update(title="改过的标题")
    log = LogEntry.objects.count()
    reference_data.load_reference_tables()
    assert WorkPlan.objects.filter(year=2013).count() == 1
    assert PlanItem.objects.get(plan=plan, number=1).title == "改过的标题"
    assert LogEntry.objects.count() == log
