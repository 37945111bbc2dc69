"""Tests that a list's downloaded file, edited and imported again, changes only what was edited."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from django.test import Client

from hunan_trade import clock
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.history.history_models import find_history_model
from hunan_trade.lists.imports.models import Import
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.tests.test_import_pages import page, send, upload
from hunan_trade.lists.tests.test_record_pages import created, edit, save
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from parks.models import Park
from targets.tests.plan_and_user_factories import signed_in_client

pytestmark = pytest.mark.django_db
Edits = Mapping[tuple[str, str], str]  # (name, heading) → what is typed


@pytest.fixture(autouse=True)
def parks() -> list[Park]:
    regions.load_regions()
    names = (
        "岳阳绿色化工园",
        "湘潭九华园",
        "衡阳松木园",
        "郴州有色园",
        "永州凤凰园",
        "怀化工业园",
        "娄底经开园",
        "益阳高新园",
    )
    return [created(name=name, note=f"说明{at}", approved="2012-10-25", source="-5") for at, name in enumerate(names)]


@pytest.fixture
def client() -> Client:
    return signed_in_client(Role.PROVINCE_OFFICER)


def downloaded(client: Client, format_: str) -> bytes:
    answer = client.get(f"/parks/download/?format={format_}&all=1&marks=1")
    assert answer.status_code == 200, answer.content.decode()
    return b"".join(answer) if answer.streaming else answer.content


def edited_csv(data: bytes, edits: Edits) -> bytes:
    head, *rows = csv.reader(StringIO(data.decode("utf-8-sig"), newline=""))
    name = head.index("园区")
    for row in rows:
        for (record, heading), text in edits.items():
            if row[name] == record:
                row[head.index(heading)] = text
    stream = StringIO()
    csv.writer(stream).writerows([head, *rows])
    return stream.getvalue().encode("utf-8-sig")


def edited_xlsx(data: bytes, edits: Edits) -> bytes:
    book = openpyxl.load_workbook(BytesIO(data))
    sheet: Any = book.worksheets[0]
    head = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        for (record, heading), text in edits.items():
            if row[head.index("园区")].value == record:
                row[head.index(heading)].value = text
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def imported(client: Client, data: bytes, name: str) -> Import:
    found = upload(client, data, name)
    send(client, found, "check")
    assert found.state == "checked", page(client, found)
    return found


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_a_file_as_it_was_downloaded_changes_nothing(client: Client, format_: str) -> None:
    found = imported(client, downloaded(client, format_), f"园区.{format_}")
    counts = found.result["counts"]
    assert (counts["same"], sum(counts.values())) == (8, 8), page(client, found)
    assert found.result["findings"] == []


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_only_what_was_edited_is_written_and_a_colleague_s_edits_stay(
    client: Client, format_: str, parks: list[Park]
) -> None:
    data = downloaded(client, format_)
    next_transaction()
    for park in parks[2:5]:
        edit(park, note="同事改的")
    edits = {(park.name, "出处"): "来函" for park in parks[:4]} | {(parks[5].name, "级别"): "省级"}
    change = edited_csv if format_ == "csv" else edited_xlsx
    found = imported(client, change(data, edits), f"园区.{format_}")
    assert (found.result["counts"]["changed"], found.result["cells"], found.result["open"]) == (5, 5, 0)
    assert found.result["kept"] == 3
    send(client, found, "write", reason="核对")
    assert list(Park.objects.filter(note="同事改的").values_list("name", flat=True).order_by("pk")) == [
        park.name for park in parks[2:5]
    ]
    assert Park.objects.filter(source="来函").count() == 4 and Park.objects.get(pk=parks[5].pk).level == "provincial"
    written = find_history_model(Park).objects.filter(act__reference=found.reference)
    assert sorted(written.values_list("id", flat=True)) == sorted(park.pk for park in (*parks[:4], parks[5]))


def test_a_renamed_record_is_known_by_its_mark_and_a_field_both_changed_is_chosen(
    client: Client, parks: list[Park]
) -> None:
    data = downloaded(client, "csv")
    edit(parks[0], note="同事改的")
    name = parks[0].name
    found = imported(client, edited_csv(data, {(name, "说明"): "文件改的", (name, "园区"): "岳阳化工新园"}), "园区.csv")
    (both, only_file) = sorted(found.result["changes"], key=lambda change: not change["is_open"])
    assert (both["base"], both["stands"], both["file"], both["side"]) == ("说明0", "同事改的", "文件改的", "file")
    assert (only_file["column"], only_file["is_open"]) == ("name", False)
    send(client, found, "write", data={f"cell-{both['row']}:note": "base"})
    parks[0].refresh_from_db()
    assert (parks[0].note, parks[0].name) == ("说明0", "岳阳化工新园")


def test_a_field_that_both_changed_says_who_changed_it_in_the_register(client: Client, parks: list[Park]) -> None:
    """It names the last change of that field, not of the record, and nobody where only the file changed it."""
    data, colleague = downloaded(client, "csv"), cast.officer(name="甄北湖")
    with clock.frozen_at(clock.at(date(2013, 6, 20), 15)):
        save(RecordChange({"note": "同事改的"}, parks[0].pk, 1), by=colleague)
    edit(parks[0], source="来函")
    name = parks[0].name
    found = imported(client, edited_csv(data, {(name, "说明"): "文件改的", (name, "级别"): "省级"}), "园区.csv")
    said = {change["column"]: change["changed_by"] for change in found.result["changes"]}
    assert said == {"note": "甄北湖 6月20日 15:00", "level": ""}
    assert "甄北湖 6月20日 15:00" in page(client, found)


def test_of_many_differences_the_page_folds_all_but_a_few(client: Client, parks: list[Park]) -> None:
    """What is folded is chosen and written all the same."""
    data = downloaded(client, "csv")
    for park in parks:
        edit(park, note="同事改的")
    found = imported(client, edited_csv(data, {(park.name, "说明"): "文件改的" for park in parks}), "园区.csv")
    shown, _, folded = page(client, found).partition("另有 3 处，展开")
    assert (shown.count('value="register"'), folded.count('value="register"')) == (5 + 1, 3)  # and 都留库里的
    send(client, found, "write", data={f"cell-{row}:note": "register" for row in (2, 9)}, reason="核对")
    assert Park.objects.filter(note="文件改的").count() == 6


def test_a_changed_locked_column_is_said_and_not_written(client: Client, parks: list[Park]) -> None:
    data = edited_csv(downloaded(client, "csv"), {(parks[0].name, "状态"): "别的"})
    found = imported(client, data, "园区.csv")
    assert found.result["counts"]["same"] == 8
    assert [finding["message"] for finding in found.result["findings"]] == ["状态不从导入改，这一格不写入。"]


def test_marks_are_for_whoever_may_import(client: Client) -> None:
    assert "记录标识" in client.get("/parks/").content.decode()
    city = signed_in_client(Role.CITY_LEAD)
    assert city.get("/parks/download/?format=csv&marks=1").status_code == 400
    assert "记录标识" not in city.get("/parks/").content.decode()
