"""Tests the undo of whole acts, such as an import, and which records it leaves unchanged.

It leaves one act and one event.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from enterprises.models import Enterprise
from enterprises.tests.return_factories import enterprise
from hunan_trade import periods
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.lists import record_writing
from hunan_trade.lists.attachments import actions as attachments
from hunan_trade.lists.editing.undo import UndoResult, UnrestoredRecord, undo, undo_preview
from hunan_trade.lists.models import Act, Attachment
from hunan_trade.lists.record_change_preparation import Outcome, RecordChange
from hunan_trade.lists.tests.attachment_files import PDF
from hunan_trade.lists.tests.test_record_writes import VALUES
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.workflow import MoveRefused
from parks.actions import save_parks
from parks.models import Park, ParkHistory, ParkQuerySet
from parks.tables import PARKS

pytestmark = pytest.mark.django_db
IMPORT = "import:12"


@pytest.fixture
def officer() -> User:
    return cast.officer()


@pytest.fixture
def colleague() -> User:
    return cast.officer()


@pytest.fixture
def parks(officer: User) -> list[Park]:
    """Create the parks 园0 to 园3."""
    regions.load_regions()
    save(officer, *(RecordChange(VALUES | {"name": f"园{n}"}) for n in range(4)), kind=Act.Kind.CREATED)
    return list(Park.objects.order_by("name"))


def save(by: User, *changes: RecordChange, kind: Act.Kind = Act.Kind.EDITED, reference: str = "") -> list[Outcome]:
    outcomes = save_parks(changes=changes, by=by, kind=kind, reference=reference)
    assert not any(outcome.refused for outcome in outcomes), outcomes
    return outcomes


def imported(by: User, *changes: RecordChange) -> list[Outcome]:
    return save(by, *changes, kind=Act.Kind.IMPORTED, reference=IMPORT)


def edited(by: User, park: Park, **values: Any) -> None:
    save(by, RecordChange(values, park.pk, Park.objects.get(pk=park.pk).version))


def stored() -> list[tuple[Any, ...]]:
    fields = ("pk", "name", "city", "kind", "level", "approved", "certainty", "source", "note")
    return list(Park.objects.order_by("pk").values_list(*fields))


def test_an_import_is_undone_in_one_act_with_one_event(officer: User, colleague: User, parks: list[Park]) -> None:
    """(traps I4)"""
    edited(colleague, parks[0], source="原来的出处")
    before = stored()
    file = [
        RecordChange({"level": "national", "note": "升级"}, parks[0].pk, 2),
        RecordChange({"note": "改"}, parks[1].pk, 1),
        RecordChange(VALUES | {"name": "新园"}),
        RecordChange({}, parks[2].pk, 1, is_deletion=True),
    ]
    first = [outcome.result for outcome in imported(officer, *file)]
    assert undo_preview(PARKS, reference=IMPORT, by=officer) == UndoResult(2, 1, 1, ())
    assert stored() != before and not Act.objects.filter(kind="undone").exists(), "a preview writes nothing"

    assert undo(PARKS, reference=IMPORT, by=officer, reason="导错文件") == UndoResult(2, 1, 1, ())
    assert stored() == before
    act = Act.objects.get(kind="undone")
    assert (act.by, act.reason, act.reference) == (officer, "导错文件", IMPORT)
    assert ParkHistory.objects.filter(act=act).count() == 4
    event = Event.objects.get(verb="parks.undone")
    assert (event.after, event.reason) == ({"written": 4, "created": 1, "deleted": 1}, "导错文件")

    versions = dict(Park.objects.values_list("pk", "version"))
    again = [RecordChange(each.values, each.pk, versions.get(each.pk or 0), each.is_deletion) for each in file]
    assert [outcome.result for outcome in imported(officer, *again)] == first


def test_what_somebody_has_touched_since_is_named_and_stays(officer: User, colleague: User, parks: list[Park]) -> None:
    """(traps I4)"""
    outcomes = imported(
        officer,
        RecordChange({"note": "导入"}, parks[0].pk, 1),
        RecordChange({"note": "导入"}, parks[1].pk, 1),
        RecordChange(VALUES | {"name": "新园甲"}),
        RecordChange(VALUES | {"name": "新园乙"}),
    )
    created = Park.objects.get(pk=outcomes[2].pk or 0)
    edited(colleague, parks[1], source="来函")
    edited(colleague, created, note="走访过")
    save(colleague, RecordChange({}, parks[3].pk, 1, is_deletion=True))
    result = undo(PARKS, reference=IMPORT, by=officer, reason="导错")
    assert (result.set_back, result.deleted, result.count) == (1, 1, 2)
    assert [(each.key, each.name) for each in result.staying] == [(parks[1].pk, "园1"), (created.pk, "新园甲")]
    assert all(each.why.startswith(colleague.name) and each.why.endswith("又改过") for each in result.staying)
    notes = dict(Park.objects.values_list("name", "note"))
    assert notes == {"园0": "", "园1": "导入", "园2": "", "新园甲": "走访过"}


def test_a_record_with_a_file_attached_since_is_named_and_stays(
    officer: User, colleague: User, parks: list[Park], settings: LazySettings, tmp_path: Path
) -> None:
    """(traps I4) A file attached and removed again keeps no record, nor does one of a record that is not deleted."""
    settings.FILES_DIR = tmp_path
    new = [RecordChange(VALUES | {"name": f"新园{n}"}) for n in "甲乙丙"]
    keys = [outcome.pk or 0 for outcome in imported(officer, *new, RecordChange({"note": "改"}, parks[0].pk, 1))]
    for key in (keys[0], keys[1], keys[3]):
        found = attachments.attach(PARKS, key, PDF, "批复.pdf", by=colleague)
    attachments.mark_attachment_removed(PARKS, Attachment.objects.get(record=keys[1]), by=colleague, reason="传错")
    preview = undo_preview(PARKS, reference=IMPORT, by=officer)
    assert undo(PARKS, reference=IMPORT, by=officer, reason="导错") == preview
    assert (preview.set_back, preview.deleted) == (1, 2)
    (staying,) = preview.staying
    assert (staying.key, staying.name) == (keys[0], "新园甲")
    assert staying.why == f"{colleague.name}于{periods.format_chinese_datetime(found.added.at)}添加了附件“批复.pdf”"
    assert set(Park.objects.values_list("name", flat=True)) == {"园0", "园1", "园2", "园3", "新园甲"}


def test_undoing_twice_says_that_it_is_done(officer: User, parks: list[Park]) -> None:
    imported(officer, RecordChange({"note": "导入"}, parks[0].pk, 1))
    undo(PARKS, reference=IMPORT, by=officer, reason="导错")
    acts = Act.objects.count()
    with pytest.raises(MoveRefused, match="没有可以撤销的"):
        undo(PARKS, reference=IMPORT, by=officer, reason="导错")
    assert Act.objects.count() == acts
    (why,) = undo_preview(PARKS, reference=IMPORT, by=officer).staying
    assert why.why.startswith(f"{officer.name}已于") and why.why.endswith("撤销")


def test_one_act_is_undone_by_its_number_and_the_undo_by_its_own(officer: User, parks: list[Park]) -> None:
    save(officer, *(RecordChange({"note": "批量"}, park.pk, 1) for park in parks), kind=Act.Kind.BULK)
    number = Act.objects.get(kind="bulk").pk
    assert undo(PARKS, reference=f"act:{number}", by=officer, reason="改错").set_back == 4
    assert set(Park.objects.values_list("note", flat=True)) == {""}
    number = Act.objects.get(kind="undone").pk
    assert undo(PARKS, reference=f"act:{number}", by=officer, reason="没改错").set_back == 4
    assert set(Park.objects.values_list("note", flat=True)) == {"批量"}


def test_what_the_database_refuses_stays_with_its_sentence(officer: User, parks: list[Park]) -> None:
    imported(officer, RecordChange({"name": "改名园"}, parks[0].pk, 1), RecordChange({"note": "改"}, parks[1].pk, 1))
    save(officer, RecordChange(VALUES | {"name": "园0"}), kind=Act.Kind.CREATED)
    expected = UndoResult(1, 0, 0, (UnrestoredRecord(parks[0].pk, "改名园", "名称“园0”已登记，不能重复"),))
    assert undo_preview(PARKS, reference=IMPORT, by=officer) == expected
    assert undo(PARKS, reference=IMPORT, by=officer, reason="导错") == expected


def test_records_that_somebody_may_not_see_are_not_counted_and_stay(
    officer: User, parks: list[Park], monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(officer, *(RecordChange({"note": "导入"}, park.pk, 1) for park in parks))
    monkeypatch.setattr(ParkQuerySet, "visible_to", lambda rows, user: rows.exclude(name="园0"))
    assert undo(PARKS, reference=IMPORT, by=officer, reason="导错") == UndoResult(3, 0, 0, ())
    assert Park.objects.get(name="园0").note == "导入"


def test_acts_of_another_list_and_people_without_the_right_undo_nothing(officer: User, parks: list[Park]) -> None:
    change = RecordChange({"note": "导入"}, parks[0].pk, 1)
    record_writing.write_changes(
        Park.objects.all(), [change], listing="others", by=officer, kind=Act.Kind.IMPORTED, reference=IMPORT
    )
    with pytest.raises(MoveRefused, match="没有可以撤销的"):
        undo(PARKS, reference=IMPORT, by=officer, reason="导错")
    imported(officer, RecordChange({"note": "导入"}, parks[1].pk, 1))
    with pytest.raises(MoveRefused, match="没有维护园区名录的权限"):
        undo(PARKS, reference=IMPORT, by=cast.reporter(cast.CHANGSHA), reason="导错")


def test_an_act_of_another_city_does_not_exist(parks: list[Park]) -> None:
    """Neither its author nor its reason is shown, and nothing of it is undone."""
    ours, theirs = cast.reporter(cast.CHANGSHA), cast.reporter(cast.CHENZHOU, name="郴州填报人")
    firm = enterprise(theirs)
    client, address = Client(), f"/enterprises/undo/act:{Act.objects.get(listing='enterprises').pk}/"
    client.force_login(ours)
    for answer in (client.get(address), client.post(address, {"reason": "试试"})):
        unknown = client.get("/enterprises/undo/act:999999/")
        assert answer.status_code == unknown.status_code == 404 and theirs.name not in answer.content.decode()
    assert Enterprise.objects.filter(pk=firm.pk).exists()
    client.force_login(theirs)
    assert theirs.name in client.get(address).content.decode()
