"""Tests the database triggers that keep the history of registers (traps H).

They cover order, days, authors, columns and rights.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from threading import Event as Flag
from threading import Thread
from typing import Any

import psycopg2
import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.migrations.state import ProjectState

from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.lists.declaration import declared
from hunan_trade.lists.history import act_recording
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.history.history_models import find_history_model, keeps_history
from hunan_trade.lists.history.history_trigger_migration_operation import track_history
from hunan_trade.lists.models import Act
from hunan_trade.lists.tests.records_of_every_list import ROWS
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.setup.database_owner import as_owner
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from parks.models import Park, ParkHistory

JUNE_30, JULY_1 = date(2013, 6, 30), date(2013, 7, 1)
TRACKED = [model for model in apps.get_models() if keeps_history(model)]


def park(name: str = "长沙试验园", **values: Any) -> Park:
    standard = {"city_id": "430100", "kind": "park", "level": "county", "as_of_2013": True, "certainty": "seen"}
    return Park.objects.create(name=name, **standard | values)


@pytest.fixture
def places(db: None) -> None:
    regions.load_regions()


@pytest.fixture
def committed_places(cloned_database: ClonedDatabase) -> ClonedDatabase:
    regions.load_regions()
    return cloned_database


@contextmanager
def edit(name: str = "测试", kind: Act.Kind = Act.Kind.EDITED) -> Iterator[Act]:
    with transaction.atomic(), open_act(kind, listing="parks", by=System(name)) as act:
        yield act


def rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


@pytest.mark.parametrize("model", TRACKED, ids=lambda model: model._meta.label)
def test_table_history_and_triggers_have_the_same_columns(model: Any, db: None) -> None:
    """(traps H7)"""
    columns = (
        "SELECT column_name, data_type, character_maximum_length FROM information_schema.columns WHERE table_name = %s"
    )
    table, history = model._meta.db_table, find_history_model(model)._meta.db_table
    own = set(rows(columns, table))
    extra = {"valid_from", "valid_to", "ended_xid", "act_id", "is_deletion"}
    assert {found for found in rows(columns, history) if found[0] not in extra} == own
    triggers = rows(
        "SELECT encode(tgargs, 'escape') FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE %s AND tgenabled = 'A'",
        table,
        f"{table}\\_history\\_%",
    )
    assert len(triggers) == 3
    for (arguments,) in triggers:
        named = {name.strip('"') for name in arguments.split("\\000")[1].split(", ")}
        assert named == {name for name, *_ in own} - {"version", "changed_xid"}


def test_two_changes_in_one_transaction_are_both_kept_in_order(places: None) -> None:
    """(traps H1)"""
    one = park()
    with edit() as act:
        Park.objects.filter(pk=one.pk).update(note="一")
        Park.objects.filter(pk=one.pk).update(note="二")
    versions = ParkHistory.objects.filter(act=act).order_by("version")
    assert [version.note for version in versions] == ["一", "二"]
    assert versions[0].valid_from == versions[0].valid_to == versions[1].valid_from
    assert [version.note for version in ParkHistory.objects.as_of(clock.today())] == ["二"]


def test_a_day_shows_what_stood_at_its_end_and_what_was_deleted_since(places: None) -> None:
    """(traps H4)"""
    with clock.frozen_at(clock.at(JUNE_30, 9)):
        with edit():
            one, two = park("甲"), park("乙")
        with edit():
            Park.objects.filter(pk=one.pk).update(level="national")
    next_transaction()
    with clock.frozen_at(clock.at(JULY_1, 0)), edit():
        Park.objects.filter(pk=one.pk).update(name="甲改名", level="county")
        two.delete()
    assert not ParkHistory.objects.as_of(JUNE_30 - timedelta(days=1)).exists()
    june = ParkHistory.objects.as_of(JUNE_30)
    assert list(june.order_by("name").values_list("name", "level")) == [("乙", "county"), ("甲", "national")]
    assert june.filter(level="national").with_level_as_of_2013().get().status_on(JUNE_30) == "在册"
    assert [version.name for version in ParkHistory.objects.as_of(JULY_1)] == ["甲改名"]


def test_a_change_begun_before_midnight_lies_in_its_day_and_the_day_waits_for_it(committed_places: Any) -> None:
    """(traps H1)"""
    with clock.frozen_at(clock.at(JUNE_30, 12)), edit():
        one = park()
    begun, may_end = Flag(), Flag()

    def late_officer() -> None:
        with clock.frozen_at(clock.at(JUNE_30, 23, 59)), edit():
            Park.objects.filter(pk=one.pk).update(note="末班")
            begun.set()
            may_end.wait(10)
        connection.close()

    answers: list[str] = []

    def asks_for_june() -> None:
        act_recording.wait_for_writes_of_day(JUNE_30)
        answers.append(ParkHistory.objects.as_of(JUNE_30).get().note)
        connection.close()

    writer, reader = Thread(target=late_officer), Thread(target=asks_for_june)
    writer.start()
    assert begun.wait(10)
    reader.start()
    reader.join(0.3)
    assert reader.is_alive() and answers == [], "the day is still being written"
    may_end.set()
    writer.join(10)
    reader.join(10)
    assert answers == ["末班"]
    assert ParkHistory.objects.as_of(JUNE_30).get().note == "末班"


def test_two_people_in_turns_on_one_connection_are_each_named_right(committed_places: Any) -> None:
    """As behind a pooling proxy: nothing of the first is left for the second (traps H6)"""
    one = park()
    for name in ("甲", "乙"):
        with edit(name):
            Park.objects.filter(pk=one.pk).update(note=name)
    Park.objects.filter(pk=one.pk).update(note="无人")
    with pytest.raises(ZeroDivisionError), edit("丙"):
        Park.objects.filter(pk=one.pk).update(note="丙")
        raise ZeroDivisionError
    with transaction.atomic():
        with edit("丁"):
            pass
        Park.objects.filter(pk=one.pk).update(note="之后")
    found = ParkHistory.objects.order_by("version").values_list("note", "act__by_name")
    assert list(found) == [("", None), ("甲", "甲"), ("乙", "乙"), ("无人", None), ("之后", None)]


def test_a_write_of_nobody_lies_in_business_time_too(places: None) -> None:
    park()
    assert ParkHistory.objects.get().valid_from.astimezone(clock.SHANGHAI).date() == clock.today()


def test_an_act_belongs_to_a_person_by_account_and_name(places: None) -> None:
    officer = cast.officer()
    with open_act(Act.Kind.EDITED, listing="parks", by=officer, reason="来函") as act:
        park()
    version = ParkHistory.objects.select_related("act__by").get()
    assert (version.act, version.act.by, version.act.by_name) == (act, officer, officer.name)


def test_a_cascade_is_in_the_history_with_the_act_that_caused_it(places: None) -> None:
    """(traps H5)"""
    park("甲")
    with edit() as act, connection.cursor() as cursor:
        cursor.execute("WITH gone AS (DELETE FROM parks_park RETURNING id) SELECT count(*) FROM gone")
    assert ParkHistory.objects.get(is_deletion=True).act == act


@pytest.mark.parametrize("model", TRACKED, ids=lambda model: model._meta.label)
def test_records_that_stand_when_history_begins_get_a_first_version(model: Any, committed_places: Any) -> None:
    """As a migration begins or renews the history of a table with records (traps H2, H7)"""
    for code in ("rosters", *(listing.code for listing in declared() if listing.model is model)):
        if not model._base_manager.exists():
            ROWS[code]()
    operation, state, history = track_history(model.__name__), ProjectState.from_apps(apps), find_history_model(model)
    begin = clock.at(JUNE_30, 8)
    with as_owner(), connection.schema_editor() as editor:
        operation.database_backwards(model._meta.app_label, editor, state, state)
        editor.execute(f"DELETE FROM {history._meta.db_table}")
        with clock.frozen_at(begin):
            operation.database_forwards(model._meta.app_label, editor, state, state)
            track_history(model.__name__, again=True).database_forwards(model._meta.app_label, editor, state, state)
    standing = {(*row, begin, None) for row in model._base_manager.values_list("pk", "version")}
    assert set(history.objects.values_list("id", "version", "valid_from", "act")) == standing != set()
    one, texts = model._base_manager.earliest("pk"), ("name", "note", "decided_reason")
    text = next(name for name in texts if hasattr(model, name))
    model._base_manager.filter(pk=one.pk).update(**{text: "改名"})
    assert list(history.objects.filter(id=one.pk).order_by("version").values_list(text, flat=True)) == [
        getattr(one, text),
        "改名",
    ]


def test_nobody_but_the_triggers_writes_the_history(committed_places: Any) -> None:
    one = park()
    forbidden = [
        "INSERT INTO parks_parkhistory (id) SELECT id FROM parks_parkhistory",
        "UPDATE parks_parkhistory SET name = 'x'",
        "DELETE FROM parks_parkhistory",
        "TRUNCATE parks_parkhistory",
        "ALTER TABLE parks_park DISABLE TRIGGER parks_park_history_update",
        "SELECT lists_write_history()",
        "CREATE TEMPORARY TABLE forged (LIKE parks_park); CREATE TRIGGER forged AFTER INSERT ON forged REFERENCING NEW TABLE"
        " AS written FOR EACH STATEMENT EXECUTE FUNCTION lists_write_history('parks_parkhistory', 'id')",
    ]
    for statement in forbidden:
        with pytest.raises(DatabaseError) as refused, transaction.atomic():
            rows(statement)
        assert isinstance(refused.value.__cause__, psycopg2.errors.InsufficientPrivilege), statement
    with as_owner():
        for statement in forbidden[1:4]:
            with pytest.raises(IntegrityError, match="refused"), transaction.atomic():
                rows(statement)
    Park.objects.filter(pk=one.pk).update(note="x")
    assert ParkHistory.objects.count() == 2
