"""Tests the pages that show and edit one record, as of today and of past days.

They cover facts, timeline, the day asked for, the edit form and taking back.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists import record_writing
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.tests.test_record_writes import VALUES
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from parks.models import Park, ParkHistory
from targets.tests.plan_and_user_factories import signed_in_client

pytestmark = pytest.mark.django_db
FORM = {**VALUES, "as_of_2013": "on", "approved": "", "source": "", "note": ""}


@pytest.fixture(autouse=True)
def places() -> None:
    regions.load_regions()


@pytest.fixture
def client() -> Client:
    return signed_in_client(Role.PROVINCE_OFFICER)


@pytest.fixture
def colleague() -> User:
    return cast.officer()


def created(day: date = date(2013, 5, 2), **values: Any) -> Park:
    with clock.frozen_at(clock.at(day, 9)):
        save(RecordChange(VALUES | values), Act.Kind.CREATED)
    return Park.objects.get(name=values.get("name", VALUES["name"]))


def save(change: RecordChange, kind: Act.Kind = Act.Kind.EDITED, by: Any = None, reason: str = "") -> None:
    next_transaction()
    (outcome,) = record_writing.write_changes(
        Park.objects.all(), [change], listing="parks", by=by or cast.officer(), kind=kind, reason=reason
    )
    assert not outcome.refused, outcome
    next_transaction()


def edit(park: Park, **values: Any) -> None:
    save(RecordChange(values, park.pk, Park.objects.get(pk=park.pk).version))


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def opened(client: Client, park: Park) -> dict[str, Any]:
    """Return what the edit form of a page that is opened now sends."""
    form = client.get(f"/parks/{park.pk}/edit/").context["form"]
    hidden = {name: form.initial[name] for name in ("version", "base")}
    return {**FORM, **hidden, "note": park.note, "level": park.level}


# --- The record's page ----------------------------------------------------------------------------------------------
def test_the_page_shows_facts_and_everything_that_happened(client: Client, colleague: User) -> None:
    park = created()
    save(RecordChange({"level": "provincial", "note": "升级"}, park.pk, 1), by=colleague, reason="省政府批复")
    text = page(client, f"/parks/{park.pk}/")
    assert "<dd>省级</dd>" in text and "修改，改 2 处" in text and "省政府批复" in text and colleague.name in text
    assert '<span class="was">县级</span> → 省级' in text and '<span class="was">空</span> → 升级' in text


def test_a_day_asked_for_shows_what_stood_then(client: Client) -> None:
    park = created(date(2013, 5, 2))
    with clock.frozen_at(clock.at(date(2013, 6, 3), 9)):
        edit(park, name="改了名", level="national")
    assert "改了名" in page(client, f"/parks/{park.pk}/")
    june_2 = page(client, f"/parks/{park.pk}/?as_of=2013-06-02")
    assert "2013年6月2日的内容" in june_2 and "<h1>长沙试验园</h1>" in june_2 and "修改</a>" not in june_2
    assert "还没有到" in page(client, f"/parks/{park.pk}/?as_of=2013-07-09", 400)
    assert "2013年5月2日以前的内容没有留存" in page(client, f"/parks/{park.pk}/?as_of=2013-05-01", 400)
    assert "日期要真实存在" in page(client, f"/parks/{park.pk}/?as_of=2013-02-30", 400)
    page(client, f"/parks/{park.pk}/?as_of=2013-06-02&as_of=2013-06-03", 400)
    page(client, f"/parks/{park.pk}/?asof=2013-06-02", 400)


def test_a_deleted_record_keeps_its_page_and_says_so(client: Client) -> None:
    park = created()
    record_writing.delete_records(
        Park.objects.all(), [RecordChange({}, park.pk, 1)], listing="parks", by=cast.officer()
    )
    text = page(client, f"/parks/{park.pk}/")
    assert "删除，下面是删除前的内容" in text and 'href="edit/"' not in text
    assert client.get(f"/parks/{park.pk}/edit/").status_code == 404


def test_what_never_was_or_is_not_seen_is_not_found(client: Client) -> None:
    park = created()
    assert client.get("/parks/999999/").status_code == 404
    assert not ParkHistory.objects.visible_to(cast.auditor()).filter(id=park.pk).exists()


# --- Editing --------------------------------------------------------------------------------------------------------
def test_an_edit_is_saved_with_its_reason(client: Client) -> None:
    park = created()
    answer = client.post(f"/parks/{park.pk}/edit/", opened(client, park) | {"level": "provincial", "reason": "批复"})
    assert (answer.status_code, answer["Location"]) == (302, f"/parks/{park.pk}/")
    park.refresh_from_db()
    assert (park.level, park.version) == ("provincial", 2)
    assert ParkHistory.objects.get(valid_to=None).act.reason == "批复"


def test_errors_stand_at_their_fields_all_at_once(client: Client) -> None:
    park = created()
    created(name="已有的园")
    wrong = {"name": "已有的园", "approved": "去年", "level": "national"}
    answer = client.post(f"/parks/{park.pk}/edit/", opened(client, park) | wrong)
    assert answer.context["form"].errors == {"reason": ["改了级别、批准时间，要写明为什么。"]}
    answer = client.post(f"/parks/{park.pk}/edit/", opened(client, park) | wrong | {"reason": "批复"})
    assert set(answer.context["form"].errors) == {"name", "approved"} and answer.status_code == 200
    text = answer.content.decode()
    assert "名称“已有的园”已登记" in text
    assert "<strong>2 处要改</strong>" in text and '<a href="#id_approved">批准时间</a>，批准时间写作' in text
    assert Park.objects.get(pk=park.pk).version == 1


def test_who_was_slower_sees_both_and_loses_nothing(client: Client, colleague: User) -> None:
    park = created()
    typed = opened(client, park) | {"note": "我的", "source": "我的出处"}
    save(RecordChange({"note": "别人的", "kind": "bonded"}, park.pk, 1), by=colleague)
    answer = client.post(f"/parks/{park.pk}/edit/", typed)
    assert answer.status_code == 409
    (side,) = answer.context["sides"]
    assert (side.label, side.base, side.theirs, side.mine) == ("说明", "", "别人的", "我的")
    assert answer.context["taken_over"] == ["类型"]
    assert f"{colleague.name}" in answer.context["conflict"]
    form = answer.context["form"]
    assert (form.data["note"], form.data["source"], form.data["kind"]) == ("我的", "我的出处", "bonded")
    again = client.post(f"/parks/{park.pk}/edit/", form.data)
    assert again.status_code == 302
    park.refresh_from_db()
    assert (park.note, park.source, park.kind, park.version) == ("我的", "我的出处", "bonded", 3)


CONFLICT = ("level", "source", "note")


@pytest.fixture
def conflict(client: Client, colleague: User) -> tuple[Park, dict[str, Any]]:
    """A park whose CONFLICT fields were changed by two people, and what the conflict page's form then holds."""
    park = created(source="旧出处", note="旧说明")
    typed = opened(client, park) | {"level": "provincial", "source": "我的出处", "note": "我的"}
    save(RecordChange({"level": "national"}, park.pk, 1), by=colleague, reason="国务院批复")
    save(RecordChange({"note": "别人的", "source": "别人的出处"}, park.pk, 2), by=colleague)
    answer = client.post(f"/parks/{park.pk}/edit/", typed | {"reason": "来函"})
    assert answer.status_code == 409
    level, *_ = sides = answer.context["sides"]
    assert [(side.name, side.choice) for side in sides] == [(name, "") for name in CONFLICT]
    assert (level.base, level.theirs, level.mine) == ("县级", "国家级", "省级")
    assert (level.who, level.reason) == (colleague.name, "国务院批复")
    data = {**answer.context["form"].data.dict(), "conflict": list(CONFLICT), "opened": answer.context["opened"]}
    return park, data


def choose(data: dict[str, Any], **choices: str) -> dict[str, Any]:
    return data | {f"choice-{name}": choice for name, choice in choices.items()}


def test_for_each_field_that_two_have_changed_one_value_is_chosen(
    client: Client, conflict: tuple[Park, dict[str, Any]]
) -> None:
    park, data = conflict
    answer = client.post(f"/parks/{park.pk}/edit/", choose(data, level="theirs", source="base", note="mine"))
    assert answer.status_code == 302, answer.context["form"].errors
    park.refresh_from_db()
    assert (park.level, park.source, park.note, park.version) == ("national", "旧出处", "我的", 4)


def test_nothing_is_saved_while_a_field_is_not_chosen_and_what_was_typed_stays(
    client: Client, conflict: tuple[Park, dict[str, Any]]
) -> None:
    park, data = conflict
    for missing in ("", "nobody"):
        answer = client.post(f"/parks/{park.pk}/edit/", choose(data, level="theirs", source="base", note=missing))
        assert answer.context["form"].errors == {"note": ["别人也改了这一项，选一个。"]}
        sides = {side.name: (side.choice, side.base, side.theirs, side.mine) for side in answer.context["sides"]}
        changes = answer.context["form"].own_changes
        assert [(change.label, change.before, change.after) for change in changes] == [
            ("出处", "别人的出处", "我的出处"),
            ("说明", "别人的", "我的"),
        ]
        assert sides["level"] == ("theirs", "县级", "国家级", "省级")
        assert sides["source"] == ("base", "旧出处", "别人的出处", "我的出处")
        assert Park.objects.get(pk=park.pk).version == 3
    again = client.post(f"/parks/{park.pk}/edit/", data | {"all-mine": "1"})
    assert again.status_code == 302
    park.refresh_from_db()
    assert (park.level, park.source, park.note) == ("provincial", "我的出处", "我的")


def test_whoever_is_overtaken_again_chooses_again_between_what_was_chosen_and_the_newest(
    client: Client, colleague: User, conflict: tuple[Park, dict[str, Any]]
) -> None:
    park, data = conflict
    save(RecordChange({"source": "又改的", "note": "又改的"}, park.pk, 3), by=colleague)
    answer = client.post(f"/parks/{park.pk}/edit/", choose(data, level="mine", source="base", note="theirs"))
    assert answer.status_code == 409
    (side,) = answer.context["sides"]
    assert (side.name, side.base, side.theirs, side.mine) == ("source", "别人的出处", "又改的", "旧出处")
    form = answer.context["form"]
    assert (form.data["source"], form.data["note"], form.data["level"]) == ("旧出处", "又改的", "provincial")


def test_a_new_record_is_registered(client: Client) -> None:
    answer = client.post("/parks/new/", FORM)
    park = Park.objects.get()
    assert answer["Location"] == f"/parks/{park.pk}/"
    assert (park.name, park.city_id, park.as_of_2013) == ("长沙试验园", "430100", True)
    assert ParkHistory.objects.get().act.kind == "created"
    refused = client.post("/parks/new/", FORM | {"city": "430000", "name": ""})
    assert set(refused.context["form"].errors) == {"city", "name"}


def test_only_who_maintains_registers_edits(client: Client) -> None:
    park = created()
    for role in (Role.CITY_REPORTER, Role.CITY_LEAD):
        reader = signed_in_client(role)
        assert "修改</a>" not in page(reader, f"/parks/{park.pk}/") and "登记园区" not in page(reader, "/parks/")
        assert reader.get(f"/parks/{park.pk}/edit/").status_code == 403
        assert reader.post("/parks/new/", FORM).status_code == 403
    assert "登记园区" in page(client, "/parks/")


# --- Taking back ----------------------------------------------------------------------------------------------------
def take_back(client: Client, park: Park, number: int, reason: str = "录错") -> Any:
    return client.post(f"/parks/{park.pk}/versions/{number}/take-back/", {"reason": reason})


def test_one_edit_is_taken_back_and_later_ones_of_other_fields_stay(client: Client) -> None:
    park = created()
    edit(park, level="provincial", note="升级")
    edit(park, source="文件")
    assert take_back(client, park, 2).status_code == 302
    park.refresh_from_db()
    assert (park.level, park.note, park.source, park.version) == ("county", "", "文件", 4)
    act = ParkHistory.objects.get(valid_to=None).act
    assert (act.kind, act.reason, act.reference) == ("taken_back", "录错", "version:2")


def test_what_somebody_has_changed_since_is_not_taken_back(client: Client) -> None:
    park = created()
    edit(park, level="provincial", note="升级")
    edit(park, level="national")
    text = page(client, f"/parks/{park.pk}/")
    assert "不能撤回" in text and "又改过级别" in text
    answer = take_back(client, park, 2)
    assert answer.status_code == 409 and "又改过级别" in answer.content.decode()
    assert Park.objects.get(pk=park.pk).version == 3
    assert take_back(client, park, 3).status_code == 302
    assert Park.objects.get(pk=park.pk).level == "provincial"


def test_the_first_version_and_those_that_never_were_cannot_be_taken_back(client: Client) -> None:
    park = created()
    assert take_back(client, park, 1).status_code == 409
    assert take_back(client, park, 9).status_code == 404
    edit(park, note="改")
    assert take_back(client, park, 2, reason="").status_code == 409
    assert Park.objects.get(pk=park.pk).note == "改"


# --- The list as of a day -------------------------------------------------------------------------------------------
def test_the_list_stands_as_it_stood_and_is_filtered_and_sorted_so(client: Client) -> None:
    """(traps H4)"""
    moved, gone = created(date(2013, 5, 2), name="甲园"), created(date(2013, 5, 2), name="乙园", level="national")
    with clock.frozen_at(clock.at(date(2013, 6, 3), 9)):
        edit(moved, name="丙园", city="431000", level="provincial")
        next_transaction()
        record_writing.delete_records(
            Park.objects.all(), [RecordChange({}, gone.pk, 1)], listing="parks", by=cast.officer()
        )
    assert "甲园" not in page(client, "/parks/") and "乙园" not in page(client, "/parks/")
    june_2 = page(client, "/parks/?as_of=2013-06-02&sort=-name").partition("<tbody>")[2]
    assert june_2.index("乙园") < june_2.index("甲园") and "丙园" not in june_2
    assert f'href="/parks/{moved.pk}/?as_of=2013-06-02"' in june_2
    assert "甲园" in page(client, "/parks/?as_of=2013-06-02&city=430100&q=甲")
    assert "没有符合条件" in page(client, "/parks/?as_of=2013-06-02&city=431000")
    assert "2 个" in page(client, "/parks/summary/?as_of=2013-06-02")
    june_3 = page(client, "/parks/?as_of=2013-06-03&city=431000")
    assert "丙园" in june_3 and "6月3日的内容" in june_3


def test_what_is_computed_is_of_that_day_too(client: Client) -> None:
    created(date(2013, 5, 2), approved="2013-06-01", level="national")
    assert "未获批" in page(client, "/parks/?as_of=2013-05-31")
    assert "国家级在册 1 个" not in page(client, "/parks/summary/?as_of=2013-05-31")
    assert "未获批" not in page(client, "/parks/?as_of=2013-06-01").partition("<tbody>")[2].partition("</tbody>")[0]
    assert "国家级在册 1 个" in page(client, "/parks/summary/?as_of=2013-06-01")


def test_days_that_cannot_be_shown_are_a_sentence_and_no_rows(client: Client) -> None:
    """(traps H2)"""
    created(date(2013, 5, 2))
    for asked, sentence in (
        ("2013-07-09", "2013年7月9日还没有到。"),
        ("2013-05-01", "2013年5月2日以前的内容没有留存。"),
        ("yesterday", "日期要真实存在"),
        ("20130601", "日期要真实存在"),
    ):
        text = page(client, f"/parks/?as_of={asked}", 400)
        assert sentence in text and "长沙试验园" not in text
    assert "长沙试验园" in page(client, "/parks/?as_of=2013-07-08") and "长沙试验园" in page(client, "/parks/?as_of=")
    page(client, "/parks/?as_of=2013-06-01&as_of=2013-06-02", 400)
