"""Tests the bulk edit of records, from choosing the records to previewing, writing and undoing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.lists.declaration import declared
from hunan_trade.lists.editing import bulk_edit
from hunan_trade.lists.models import Act, BulkEdit
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.tests.test_record_writes import VALUES
from hunan_trade.regions import actions_load_reference_tables as regions
from parks.actions import save_parks
from parks.models import Park, ParkHistory
from parks.tables import PARKS
from targets.tests.plan_and_user_factories import signed_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return signed_in_client(Role.PROVINCE_OFFICER)


@pytest.fixture
def parks() -> list[Park]:
    """Create 60 parks: two pages; the even ones are national, one in three is in 郴州."""
    regions.load_regions()
    places = ("430100", "430100", "431000")
    save(
        *(
            RecordChange(
                VALUES
                | {
                    "name": f"园{n:02}",
                    "level": ("national", "county")[n % 2],
                    "city": places[n % 3],
                    "note": f"第{n}个",
                }
            )
            for n in range(60)
        ),
        kind=Act.Kind.CREATED,
    )
    return list(Park.objects.order_by("name"))


def save(*changes: RecordChange, kind: Act.Kind = Act.Kind.EDITED) -> None:
    outcomes = save_parks(changes=changes, by=cast.officer(), kind=kind)
    assert not any(outcome.refused for outcome in outcomes), outcomes


def form(**fields: Any) -> dict[str, Any]:
    """Return what the form sends: `level="county"` changes a field, `note=None` empties it."""
    sent: dict[str, Any] = {"reason": "核对名单"}
    for name, value in fields.items():
        sent |= {f"{name}__how": "clear"} if value is None else {f"{name}__how": "set", name: value}
    return sent


def prepared(client: Client, address: str, **fields: Any) -> str:
    """Send the form at this address; return the address of the preview."""
    answer = client.post(address, form(**fields))
    assert answer.status_code == 302, answer.context["form"].errors if answer.context else answer
    return str(answer["Location"])


def picked(*parks: Park, query: str = "") -> str:
    return f"/parks/bulk/?{query}{'&'.join(f'pick={park.pk}' for park in parks)}"


def counts(client: Client, address: str) -> tuple[int, int, int, int]:
    preview = client.get(address).context["preview"]
    return preview.changed, preview.same, preview.refused, preview.stale


# --- What is chosen -------------------------------------------------------------------------------------------------
def test_everything_filtered_is_the_filter_and_not_the_page(client: Client, parks: list[Park]) -> None:
    """With a search, a filter and the second page (traps V1)"""
    address = "/parks/bulk/all/?q=园&level=national&sort=name&page=2"
    assert client.get(address).context["count"] == 30
    preview = prepared(client, address, note="核对过")
    edit = BulkEdit.objects.get()
    assert set(edit.keys) == {park.pk for park in parks if park.level == "national"} and set(edit.versions) == {1}
    assert Park.objects.filter(note="核对过").count() == 0
    client.post(preview)
    assert set(Park.objects.filter(note="核对过")) == {park for park in parks if park.level == "national"}


def test_ticked_records_are_these_alone(client: Client, parks: list[Park]) -> None:
    client.post(prepared(client, picked(*parks[:3], query="level=county&"), note="核对过"))
    assert set(Park.objects.filter(note="核对过")) == set(parks[:3])


def test_what_came_in_since_the_preview_is_not_written(client: Client, parks: list[Park]) -> None:
    """(traps V1)"""
    preview = prepared(client, "/parks/bulk/all/?level=national", note="核对过")
    save(RecordChange(VALUES | {"name": "新园", "level": "national"}), kind=Act.Kind.CREATED)
    save(RecordChange({"level": "national"}, parks[1].pk, 1))
    client.post(preview)
    assert Park.objects.filter(note="核对过").count() == 30


def test_what_changed_since_the_preview_stays_and_comes_back_to_look_at(client: Client, parks: list[Park]) -> None:
    """(traps V1)"""
    preview = prepared(client, picked(*parks[:3]), note="核对过")
    assert counts(client, preview) == (3, 0, 0, 0)
    save(RecordChange({"source": "来函"}, parks[0].pk, 1))
    assert counts(client, preview) == (2, 0, 1, 1)
    client.post(preview)
    assert Park.objects.get(pk=parks[0].pk).note == "第0个"
    text = client.get(preview).content.decode()
    assert "已改 2 个" in text and "没有写入 1 个" in text and "看过现在的内容后再改" in text and "园00" in text
    again = client.post(f"{preview}again/")["Location"]
    assert counts(client, again) == (1, 0, 0, 0)
    client.post(again)
    assert Park.objects.get(pk=parks[0].pk).note == "核对过"


def test_nothing_chosen_unreadable_or_of_another_day_is_not_edited(client: Client, parks: list[Park]) -> None:
    assert "没有选中记录" in client.get("/parks/bulk/").content.decode()
    assert client.post("/parks/bulk/", form(note="核对过")).status_code == 409
    for wrong in ("?pick=x", "?level=nobody", "?nobody=1", f"?as_of=2013-07-01&pick={parks[0].pk}"):
        for address in ("/parks/bulk/", "/parks/bulk/all/"):
            assert client.get(address + wrong).status_code == 400, wrong
    assert not BulkEdit.objects.exists()


def test_too_many_records_are_refused_with_the_limit(
    client: Client, parks: list[Park], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_edit, "MAX_RECORDS", 59)
    answer = client.post("/parks/bulk/all/", form(note="核对过"))
    assert answer.status_code == 409 and "一次最多改 59 个" in answer.content.decode()


# --- Fields ---------------------------------------------------------------------------------------------------------
BULK_FIELDS = {
    "kind": "bonded",
    "level": "provincial",
    "approved": "2012-03-04",
    "as_of_2013": "0",
    "certainty": "unverified",
    "source": "省政府批复",
    "note": "改",
}


def rows_of(parks: list[Park]) -> list[dict[str, Any]]:
    names = [field.name for field in Park._meta.concrete_fields if field.name not in ("version", "changed_xid")]
    return list(Park.objects.filter(pk__in=[park.pk for park in parks]).order_by("name").values(*names))


@pytest.mark.parametrize("name", BULK_FIELDS)
def test_each_field_alone_is_changed_and_all_others_stay(client: Client, parks: list[Park], name: str) -> None:
    """(traps V2)"""
    assert PARKS.editing and set(BULK_FIELDS) == set(PARKS.editing.bulk)
    before = rows_of(parks[:2])
    client.post(prepared(client, picked(*parks[:2]), **{name: BULK_FIELDS[name]}))
    after = rows_of(parks[:2])
    stored = False if name == "as_of_2013" else BULK_FIELDS[name]
    assert after == [row | {name: stored} for row in before] and after != before


def test_a_field_is_emptied_where_it_may_be_empty(client: Client, parks: list[Park]) -> None:
    """(traps V2)"""
    before = rows_of(parks[:2])
    client.post(prepared(client, picked(*parks[:2]), note=None))
    assert rows_of(parks[:2]) == [row | {"note": ""} for row in before]
    answer = client.post(picked(*parks[:2]), form(level=None))
    assert "level__how" in answer.context["form"].errors


def test_what_is_contradictory_or_missing_is_said_at_its_field(client: Client, parks: list[Park]) -> None:
    sent = {"level": "county", "source__how": "set", "note__how": "clear", "note": "x", "approved__how": "nobody"}
    answer = client.post(picked(parks[0]), sent)
    assert set(answer.context["form"].errors) == {"level", "source", "note", "approved__how", "reason"}
    answer = client.post(picked(parks[0]), {"reason": "x"})
    assert answer.context["form"].non_field_errors() == ["至少改一项。"]


def test_bulk_fields_are_fields_of_the_edit_form() -> None:
    for listing in declared():
        if (editing := listing.editing) is not None and editing.bulk:
            assert set(editing.bulk) <= {name for group in editing.groups for name in group.fields}, listing.code
            assert listing.has_history, f"{listing.code}: a bulk edit is undone from the history"


# --- Preview, writing, undo -----------------------------------------------------------------------------------------
def test_the_preview_says_what_changes_stays_and_is_refused(client: Client, parks: list[Park]) -> None:
    preview = prepared(client, picked(*parks[:4]), level="county", approved="去年")
    assert counts(client, preview) == (0, 0, 4, 0)
    assert "disabled" not in client.get(preview).content.decode()
    assert client.post(preview).status_code == 409, "nothing can be written"
    preview = prepared(client, picked(*parks[:4]), level="county")
    assert counts(client, preview) == (2, 2, 0, 0)
    text = client.get(preview).content.decode()
    assert "级别改为县级" in text and '<span class="was">国家级</span> → 县级' in text and "改 2 个" in text
    assert not Act.objects.filter(kind="bulk").exists()


def test_a_bulk_edit_is_one_act_with_one_event_written_once(client: Client, parks: list[Park]) -> None:
    preview = prepared(client, picked(*parks[:4]), level="county")
    assert client.post(preview)["Location"] == preview
    act = Act.objects.get(kind="bulk")
    assert (act.reason, act.reference) == ("核对名单", f"bulk:{BulkEdit.objects.get().pk}")
    assert ParkHistory.objects.filter(act=act).count() == 2
    assert Event.objects.filter(verb="parks.bulk").count() == 1
    assert client.post(preview).status_code == 409 and Act.objects.filter(kind="bulk").count() == 1


def test_one_press_undoes_it_and_says_what_stays(client: Client, parks: list[Park]) -> None:
    preview = prepared(client, picked(*parks[:3]), note="核对过")
    client.post(preview)
    save(RecordChange({"source": "来函"}, parks[0].pk, 2))
    undo = client.get(preview).context["undo_url"]
    assert f'href="{undo}"' in client.get(preview).content.decode()
    text = client.get(undo).content.decode()
    assert "改回 2 个" in text and "不动 1 个" in text and "又改过" in text and "核对名单" in text
    assert client.post(undo, {"reason": ""}).status_code == 200
    assert client.post(undo, {"reason": "改错"}).status_code == 302
    assert [park.note for park in Park.objects.order_by("name")[:3]] == ["核对过", "第1个", "第2个"]
    assert "整批撤销" in client.get(preview).content.decode()
    assert client.post(undo, {"reason": "再来"}).status_code == 409
    assert client.get("/parks/undo/bulk:999/").status_code == client.get("/parks/undo/nobody/").status_code == 404


def test_one_prepared_by_somebody_else_does_not_exist(client: Client, parks: list[Park]) -> None:
    preview = prepared(client, picked(parks[0]), note="核对过")
    colleague = signed_in_client(Role.PROVINCE_LEAD)
    for answer in (colleague.get(preview), colleague.post(preview), colleague.post(f"{preview}again/")):
        assert answer.status_code == 404


def test_records_that_are_gone_are_told_and_the_others_written(client: Client, parks: list[Park]) -> None:
    preview = prepared(client, picked(*parks[:2]), note="核对过")
    save(RecordChange({}, parks[0].pk, 1, is_deletion=True))
    assert counts(client, preview) == (1, 0, 1, 0)
    assert "删除" in client.get(preview).content.decode()
    client.post(preview)
    assert Park.objects.filter(note="核对过").count() == 1


# --- The list's page ------------------------------------------------------------------------------------------------
def test_the_boxes_stand_in_the_swapped_part_with_the_filter_beside_them(client: Client, parks: list[Park]) -> None:
    """Without JavaScript too (traps V1)"""
    text = client.get(
        "/parks/?level=national&page=1&sort=-name", headers={"HX-Request": "true", "HX-Target": "list-table"}
    )
    part = text.content.decode()
    assert f'name="pick" value="{parks[-2].pk}" aria-label="选 园58"' in part
    assert 'name="level" value="national"' in part and 'formaction="/parks/bulk/all/"' in part
    assert 'name="page"' not in part
    for reader, address in ((signed_in_client(Role.CITY_REPORTER), "/parks/"), (client, "/parks/?as_of=2013-07-08")):
        assert 'name="pick"' not in reader.get(address).content.decode()
