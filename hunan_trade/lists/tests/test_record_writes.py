"""Tests the writing of records, with refusals, the audit event and the history.

One writing is one act and one event.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.audit.models import Event
from hunan_trade.lists import record_writing
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import Outcome, RecordChange
from hunan_trade.regions import actions_load_reference_tables as regions
from parks.models import Park, ParkHistory

pytestmark = pytest.mark.django_db
VALUES: dict[str, Any] = {
    "name": "长沙试验园",
    "city": "430100",
    "kind": "park",
    "level": "county",
    "as_of_2013": True,
    "certainty": "seen",
}


@pytest.fixture(autouse=True)
def officer() -> User:
    regions.load_regions()
    return cast.officer()


def write(*changes: RecordChange, by: Any = None, kind: Act.Kind = Act.Kind.EDITED, **more: Any) -> list[Outcome]:
    return record_writing.write_changes(
        Park.objects.all(), changes, listing="parks", by=by or System("测试"), kind=kind, **more
    )


def created(**values: Any) -> Park:
    (outcome,) = write(RecordChange(VALUES | values), kind=Act.Kind.CREATED)
    assert outcome.result == "created" and outcome.version == 1, outcome
    return Park.objects.get(name=values.get("name", VALUES["name"]))


def edited(park: Park, **values: Any) -> Outcome:
    return write(RecordChange(values, park.pk, park.version))[0]


def test_an_edit_is_one_version_one_act_and_one_event(officer: User) -> None:
    park = created()
    (outcome,) = write(RecordChange({"note": "新"}, park.pk, 1), by=officer, reason="来函")
    assert (outcome.result, outcome.version) == ("changed", 2)
    park.refresh_from_db()
    assert (park.note, park.version) == ("新", 2)
    act = Act.objects.get(kind="edited")
    assert (act.by, act.by_name, act.reason, act.listing) == (officer, officer.name, "来函", "parks")
    event = Event.objects.get(verb="parks.edited")
    assert (event.before, event.after, event.reason, event.region) == ({"note": ""}, {"note": "新"}, "来函", "430100")
    first, second = ParkHistory.objects.filter(id=park.pk).order_by("version")
    assert (first.note, first.valid_to, first.act.kind) == ("", second.valid_from, "created")
    assert (second.note, second.valid_to, second.act) == ("新", None, act)


def test_what_changes_nothing_leaves_no_trace() -> None:
    park = created()
    acts, events = Act.objects.count(), Event.objects.count()
    assert edited(park, note="", city="430100") == Outcome("same", park.pk, 1)
    assert (Act.objects.count(), Event.objects.count(), ParkHistory.objects.count()) == (acts, events, 1)


def test_who_saw_an_older_version_reads_who_was_faster(officer: User) -> None:
    park = created()
    write(RecordChange({"note": "一"}, park.pk, 1), by=officer)
    outcome = edited(park, note="二")
    assert outcome.problem == "stale" and officer.name in outcome.errors[""][0]
    assert Park.objects.get(pk=park.pk).note == "一"


def test_an_unknown_record_and_a_deleted_one_are_told_apart() -> None:
    """(traps I5)"""
    park = created()
    record_writing.delete_records(
        Park.objects.all(), [RecordChange({}, park.pk, 1)], listing="parks", by=System("测试")
    )
    deleted, unknown = write(RecordChange({"note": "x"}, park.pk, 1), RecordChange({"note": "x"}, 10**9, 1))
    assert deleted.problem == "deleted" and "删除" in deleted.errors[""][0]
    assert unknown.problem == "unknown"


def test_a_record_outside_of_the_rows_is_unknown() -> None:
    park = created()
    (outcome,) = record_writing.write_changes(
        Park.objects.exclude(pk=park.pk),
        [RecordChange({"note": "x"}, park.pk, 1)],
        listing="parks",
        by=System("测试"),
        kind=Act.Kind.EDITED,
    )
    assert outcome.problem == "unknown" and "长沙" not in str(outcome.errors)


def test_two_changes_of_one_record_are_both_refused() -> None:
    """(traps I6)"""
    park = created()
    outcomes = write(RecordChange({"note": "一"}, park.pk, 1), RecordChange({"note": "二"}, park.pk, 1))
    assert [outcome.refused for outcome in outcomes] == [True, True]
    assert Park.objects.get(pk=park.pk).note == ""


def test_every_refusal_of_the_database_is_a_sentence_at_its_field() -> None:
    """(traps W5)"""
    created(name="在册")
    bad: dict[str, dict[str, Any]] = {
        "name": {"name": ""},
        "city": {"city": "999999"},
        "kind": {"kind": "garden"},
        "approved": {"approved": "去年"},
        "note": {"note": "长" * 121},
        "as_of_2013": {"as_of_2013": None},
    }
    outcomes = write(*(RecordChange(VALUES | {"name": f"园{at}"} | values) for at, values in enumerate(bad.values())))
    assert [list(outcome.errors) for outcome in outcomes] == [[name] for name in bad]
    (taken,) = write(RecordChange(VALUES | {"name": "在册"}))
    assert taken.errors == {"name": ("名称“在册”已登记，不能重复。",)}
    for outcome in (*outcomes, taken):
        assert all(ord(sentence[-1]) == ord("。") for sentences in outcome.errors.values() for sentence in sentences)
        assert not any("park_" in sentence or "Key" in sentence for sentence in str(outcome.errors).split())
    assert Park.objects.count() == 1


def test_a_text_that_no_column_holds_refuses_its_record_alone() -> None:
    """(traps W5)"""
    changes = [RecordChange(VALUES | {"name": f"园{n}", "note": "a\x00b" if n == 3 else ""}) for n in range(5)]
    outcomes = write(*changes)
    assert [outcome.refused for outcome in outcomes] == [False, False, False, True, False]
    assert list(outcomes[3].errors) == [""] and "\x00" not in str(outcomes[3].errors)
    assert Act.objects.count() == 1 and Park.objects.count() == 4


def test_of_many_the_refused_stay_out_and_the_others_are_written_as_one_act() -> None:
    created(name="园3")
    changes = [RecordChange(VALUES | {"name": f"园{n}", "approved": "去年" if n == 5 else ""}) for n in range(8)]
    outcomes = write(*changes, RecordChange(VALUES | {"name": "园0"}), kind=Act.Kind.IMPORTED, reference="import:1")
    assert [n for n, outcome in enumerate(outcomes) if outcome.refused] == [0, 3, 5, 8]
    act = Act.objects.get(reference="import:1")
    assert ParkHistory.objects.filter(act=act).count() == 5
    event = Event.objects.get(verb="parks.imported")
    assert event.after == {"written": 5, "created": 5}


def test_where_everything_is_refused_there_is_no_act() -> None:
    assert write(RecordChange(VALUES | {"approved": "去年"}))[0].refused
    assert not Act.objects.exists() and not Event.objects.filter(verb__startswith="parks").exists()


def test_the_app_judges_the_record_as_it_would_stand() -> None:
    park = created()
    (outcome,) = write(
        RecordChange({"level": "national"}, park.pk, 1),
        judge=lambda record: {"level": "县里的园区不能是国家级。"} if record.name == "长沙试验园" else {},
    )
    assert outcome.errors == {"level": ("县里的园区不能是国家级。",)}


def test_a_deleted_record_keeps_its_history_and_comes_back_under_its_number() -> None:
    park = created()
    (outcome,) = record_writing.delete_records(
        Park.objects.all(), [RecordChange({}, park.pk, 1)], listing="parks", by=System("测试"), reason="重复"
    )
    assert (outcome.result, outcome.version) == ("deleted", 2)
    deletion = ParkHistory.objects.get(is_deletion=True)
    assert (deletion.version, deletion.act.reason, deletion.valid_from) == (2, "重复", deletion.valid_to)
    assert (Event.objects.get(verb="parks.deleted").before or {})["name"] == "长沙试验园"
    (back,) = write(RecordChange(VALUES, park.pk, 2), kind=Act.Kind.UNDONE)
    assert (back.result, back.pk, back.version) == ("created", park.pk, 3)
    assert Park.objects.get().version == 3


def test_fifty_thousand_records_are_written_by_a_few_statements(django_assert_max_num_queries: Any) -> None:
    changes = [RecordChange(VALUES | {"name": f"园{n}"}) for n in range(2000)]
    with django_assert_max_num_queries(30):
        outcomes = write(*changes, kind=Act.Kind.IMPORTED)
    assert not any(outcome.refused for outcome in outcomes)
    again = [RecordChange({"note": "改"}, outcome.pk, 1) for outcome in outcomes]
    with django_assert_max_num_queries(30):
        write(*again, kind=Act.Kind.BULK)
    assert ParkHistory.objects.count() == 4000 and set(Park.objects.values_list("version", flat=True)) == {2}


def test_a_write_around_the_action_is_still_in_the_history() -> None:
    park = created()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE parks_park SET note = 'raw', version = 40 WHERE id = %s", [park.pk])
    version = ParkHistory.objects.get(valid_to=None)
    assert (version.note, version.version, version.act) == ("raw", 2, None)
    Park.objects.filter(pk=park.pk).update(note="raw")  # the same again
    assert ParkHistory.objects.count() == 2
