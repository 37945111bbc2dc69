"""Tests an import through its pages, from upload to undo."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.lists import record_writing
from hunan_trade.lists.exported_row_ids import ExportedRowId
from hunan_trade.lists.imports.models import Import
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.tests.import_factories import csv_file
from hunan_trade.lists.tests.sample_spreadsheets_from_offices import XLS, projects_of_a_city, saved
from hunan_trade.lists.tests.sample_venture_list import create_ventures_table
from hunan_trade.lists.tests.test_record_pages import created, edit
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from parks.models import Park, ParkHistory
from targets.tests.plan_and_user_factories import signed_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places() -> None:
    regions.load_regions()


@pytest.fixture
def client() -> Client:
    return signed_in_client(Role.PROVINCE_OFFICER)


def upload(client: Client, data: bytes, name: str = "园区.csv", listing: str = "parks") -> Import:
    answer = client.post(f"/{listing}/import/", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302, answer.content.decode()
    return Import.objects.get(pk=answer["Location"].split("/")[-2])


def send(
    client: Client, found: Import, step: str, status: int = 302, *, data: dict[str, str] | None = None, **more: str
) -> Any:
    found.refresh_from_db()
    next_transaction()
    answer = client.post(
        f"/{found.listing}/import/{found.pk}/{step}/", {"version": found.version, **(data or {}), **more}
    )
    assert answer.status_code == status, answer.content.decode()
    found.refresh_from_db()
    next_transaction()
    return answer


def page(client: Client, found: Import) -> str:
    answer = client.get(f"/{found.listing}/import/{found.pk}/")
    assert answer.status_code == 200, answer.content.decode()
    return re.sub(r"\s+", " ", answer.content.decode())


def checked(client: Client, *rows: tuple[str, ...]) -> Import:
    found = upload(client, csv_file(*rows))
    send(client, found, "check")
    assert found.state == "checked", page(client, found)
    return found


def test_a_file_is_mapped_checked_written_and_undone(client: Client) -> None:
    standing = created(name="长沙高新区", note="旧")
    found = upload(
        client,
        csv_file(
            ("长沙高新区", "长沙", "高新区", "省级", "有公开文本", "新", "甲"),
            ("湘潭经开区", "湘潭市", "经开区", "国家级", "待核", "", ""),
            ("不成园", "火星", "经开区", "国家级", "待核", "", ""),
            ("合计", "", "", "", "", "", ""),
        ),
    )
    assert "备注栏" in page(client, found)
    send(client, found, "check", remember="on")
    text = page(client, found)
    assert found.result["counts"] == {"new": 1, "changed": 1, "same": 0, "refused": 1, "undecided": 0, "skipped": 0}
    assert "B4" in text and "G 列 备注栏：1 格有内容，不导入" in text and "第 5 行 合计" in text
    assert sum(found.result["counts"].values()) + len(found.result["no_records"]) == 4, "of rows in the file (traps I3)"
    assert not Park.objects.filter(name="湘潭经开区").exists()

    send(client, found, "write", reason="6月台账")
    assert found.state == "written"
    standing.refresh_from_db()
    assert (standing.note, standing.level) == ("新", "provincial")
    new = Park.objects.get(name="湘潭经开区")
    assert (new.city_id, new.as_of_2013) == ("430300", False)
    act = ParkHistory.objects.get(id=new.pk).act
    assert (act.kind, act.reference, act.reason) == (Act.Kind.IMPORTED, f"import:{found.pk}", "6月台账")
    assert "撤销后 1 个移去，1 个改回原值" in page(client, found)

    send(client, found, "undo", reason="传错了")
    standing.refresh_from_db()
    assert (standing.note, standing.level) == ("旧", "county")
    assert not Park.objects.filter(name="湘潭经开区").exists()
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert {"import.received", "import.written", "import.undone", "parks.imported", "parks.undone"} <= verbs


# --- Mapping ----------------------------------------------------------------------------------------------------------
def test_a_file_without_a_key_column_is_not_checked_and_says_why(client: Client) -> None:
    found = upload(client, csv_file(("长沙市", "新"), head=("市州", "说明")))
    send(client, found, "check")
    assert found.state == "mapping" and "没有认行的列" in page(client, found)


def test_a_likely_column_waits_to_be_confirmed_and_is_remembered_for_the_group(client: Client) -> None:
    rows = (("长沙试验园", "长沙市", "园区", "县级", "待核"),)
    head = ("园区名称全称", "市州", "类型", "级别", "依据")
    found = upload(client, csv_file(*rows, head=head))
    send(client, found, "check")
    assert found.state == "mapping" and "请确认" in page(client, found)
    send(client, found, "check", data={"column-0": "name", "right": "all"})
    assert found.state == "mapping" and "列都对上了" in page(client, found)
    send(client, found, "check", remember="on")
    assert found.state == "checked"
    second = upload(client, csv_file(*((each[0], *each[:0:-1]) for each in rows), head=(head[0], *head[:0:-1])))
    send(client, second, "check")
    assert second.state == "checked" and second.result["counts"]["new"] == 1


def test_two_columns_on_one_field_are_refused(client: Client) -> None:
    found = upload(client, csv_file(("甲园", "乙园"), head=("园区", "名称")))
    send(client, found, "check", data={"column-0": "name", "column-1": "name"})
    assert found.state == "mapping" and "都对到“园区”" in page(client, found)


def test_another_head_row_is_read(client: Client) -> None:
    found = upload(client, csv_file(("说明文字", ""), ("园区", "说明"), ("甲园", "新"), head=("一张表", "")))
    send(client, found, "table", sheet=found.table["sheet"], head_row="3", depth="1")
    assert (found.table["head_row"], found.state) == (3, "mapping")
    assert "导入 1 行" in page(client, found)
    assert (
        "没有这一行"
        in send(client, found, "table", 409, sheet=found.table["sheet"], head_row="99", depth="1").content.decode()
    )


def test_new_records_get_one_value_where_the_file_has_no_column(client: Client) -> None:
    found = upload(client, csv_file(("湘潭经开区", "湘潭市"), head=("园区", "市州")))
    fills = {"fill-kind": "economic", "fill-level": "national", "fill-certainty": "seen", "fill-as_of_2013": "on"}
    send(client, found, "check")
    assert found.result["counts"]["refused"] == 1  # the action asks for what is missing
    send(client, found, "map")
    send(client, found, "check", data=fills)
    send(client, found, "write")
    park = Park.objects.get(name="湘潭经开区")
    assert (park.kind, park.level, park.certainty, park.as_of_2013) == ("economic", "national", "seen", True)


NAMES = ("导入试验甲", "导入试验乙", "导入试验丙")


def workbook_of(change: Any) -> bytes:
    """Return a workbook of three parks, of which only the first names its city, after `change` to its sheet."""
    book = Workbook()
    sheet: Any = book.active
    sheet.append(("园区", "市州", "类型", "级别", "依据"))
    for at, name in enumerate(NAMES):
        sheet.append((name, "" if at else "郴州市", "园区", "县级", "待核"))
    change(sheet)
    return saved(book)


def test_values_of_merged_cells_are_marked_in_the_preview_and_written_to_every_row(client: Client) -> None:
    """(traps R2)"""
    found = upload(client, workbook_of(lambda sheet: sheet.merge_cells("B2:B4")), "园区.xlsx")
    text = page(client, found)
    marked = '<td class="filled" title="合并单元格，取上面的值">郴州市</td>'
    assert text.count(marked) == 2 and "合并单元格的值填到了下面的 2 格" in text
    send(client, found, "check")
    send(client, found, "write")
    assert set(Park.objects.filter(city_id="431000").values_list("name", flat=True)) == set(NAMES)


def test_hidden_rows_are_said_and_taken_or_left_as_the_person_chooses(client: Client) -> None:
    """What is left is named, so that the rows of the file still add up (traps R11, I3)."""

    def change(sheet: Any) -> None:
        sheet.merge_cells("B2:B4")
        sheet.row_dimensions[3].hidden = True

    found = upload(client, workbook_of(change), "园区.xlsx")
    assert "隐藏的 1 行也会导入" in page(client, found) and "导入 3 行" in page(client, found)
    send(client, found, "table", sheet="Sheet", head_row="1", depth="1", without_hidden="on")
    assert "导入 2 行" in page(client, found) and "导入试验乙：隐藏的行，按您选的不导入" in page(client, found)
    send(client, found, "check")
    assert "第 3 行 导入试验乙" in page(client, found)
    send(client, found, "write")
    assert set(Park.objects.values_list("name", flat=True)) == {NAMES[0], NAMES[2]}


@pytest.mark.urls("hunan_trade.lists.tests.sample_venture_list")
def test_the_preview_of_an_old_workbook_says_which_columns_may_show_other_numbers(client: Client) -> None:
    """Its reader knows no number formats (traps R12)."""
    create_ventures_table()
    page_of = {}
    for name, data in (("重大项目.xls", XLS.read_bytes()), ("重大项目.xlsx", projects_of_a_city())):
        answer = client.post("/ventures/import/", {"file": SimpleUploadedFile(name, data)}, follow=True)
        page_of[name] = answer.content.decode()
    told = re.search(r"\.xls 文件读不到单元格的格式：([^列]*)列按格中的数导入", page_of["重大项目.xls"])
    assert told is not None and "H" in told[1] and "C" not in told[1]
    assert "读不到单元格的格式" not in page_of["重大项目.xlsx"] and "重大项目.xlsx" in page_of["重大项目.xlsx"]


def test_columns_that_go_nowhere_are_listed_with_their_filled_cells_before_anything_is_written(client: Client) -> None:
    """Unknown ones, misspelt ones that nobody confirmed, and those that the person took out (traps I7)."""
    head = ("园区", "市州", "类型", "级别", "依据", "说明", "联系电话", "空白栏")
    row = ("湘潭市", "经开区", "国家级", "待核", "新", "0731", "")
    found = upload(client, csv_file((NAMES[0], *row), (NAMES[1], *row[:-2], "", ""), head=head))
    mapping = page(client, found)
    assert '<span class="second">1 格有内容</span>' in mapping and "0 格有内容" in mapping
    send(client, found, "check", data={"column-5": ""})
    text = page(client, found)
    assert found.state == "checked" and not Park.objects.exists()
    assert "没有导入的 3 列" in text
    listed = re.findall(r"<li>\s*(\w 列 \S+：\d 格有内容)，不导入", text)
    assert listed == ["F 列 说明：2 格有内容", "G 列 联系电话：1 格有内容", "H 列 空白栏：0 格有内容"]
    send(client, found, "write")
    assert set(Park.objects.values_list("note", flat=True)) == {""}
    assert [each[2] for each in found.result["unmapped"]] == [2, 1, 0]


# --- Check and writing ------------------------------------------------------------------------------------------------
SAME = ("长沙高新区", "长沙市", "园区", "县级", "有公开文本")


def test_a_refusal_names_the_field_for_which_the_file_has_no_column(client: Client) -> None:
    found = upload(client, csv_file(("导入试验园", "长沙市", "园区", "县级"), head=("园区", "市州", "类型", "级别")))
    send(client, found, "check")
    assert "依据：" in page(client, found)


def test_what_the_action_refuses_stands_in_the_dry_run_at_its_cell(client: Client) -> None:
    """(traps I1)"""
    found = checked(client, (*SAME[:1], "长沙市", "园区", "县级", "待核", "字" * 121, ""))
    assert found.result["counts"]["refused"] == 1 and not Act.objects.filter(kind="imported").exists()
    assert found.result["findings"][0]["cell"] == "F2"


def test_a_row_changed_since_the_check_stops_the_import_and_is_shown(client: Client) -> None:
    park = created(name="长沙高新区", note="旧")
    found = checked(client, (*SAME, "新", ""))
    edit(park, source="同事改的")
    answer = send(client, found, "write", 409, reason="来函")
    assert "没有写入" in answer.content.decode() and found.result["anew"] == [2]
    park.refresh_from_db()
    assert park.note == "旧"
    send(client, found, "write", reason="来函")
    park.refresh_from_db()
    assert (park.note, park.source) == ("新", "同事改的")


def test_a_record_that_appeared_since_the_check_stops_the_import(client: Client) -> None:
    found = checked(client, ("湘潭经开区", "湘潭市", "经开区", "国家级", "待核", "", ""))
    created(name="湘潭经开区")
    send(client, found, "write", 409, reason="来函")
    assert found.result["counts"]["new"] == 0 and found.result["counts"]["changed"] == 1


def test_another_record_s_change_does_not_stop_the_import(client: Client) -> None:
    other = created(name="岳阳港园")
    found = checked(client, ("湘潭经开区", "湘潭市", "经开区", "国家级", "待核", "", ""))
    edit(other, note="改了")
    send(client, found, "write")
    assert found.state == "written"


def test_choices_are_taken_and_a_row_nobody_chose_for_is_not_written(client: Client) -> None:
    park = created(name="长沙高新区", note="旧")
    rows = [
        (name, "长沙市", "园区", "县级", "有公开文本", "新", "")
        for name in ("长沙高新园区", "长沙市高新区", "长沙高新区二")
    ]
    found = checked(client, *rows)
    assert found.result["counts"]["undecided"] == 3
    send(client, found, "write", data={"row-2": f"link:{park.pk}", "row-3": "new", "row-4": ""})
    assert found.state == "written" and found.result["counts"]["undecided"] == 1
    park.refresh_from_db()
    assert (park.name, park.note) == ("长沙高新园区", "新")
    assert not Park.objects.filter(name="长沙高新区二").exists()


def test_a_field_may_keep_what_stands(client: Client) -> None:
    park = created(name="长沙高新区", note="旧", source="来函")
    found = checked(client, ("长沙高新区", "株洲市", "园区", "县级", "有公开文本", "新", ""))
    send(client, found, "write", data={"cell-2:city": "register", "do": "again"})
    assert found.state == "checked" and found.result["cells"] == 1
    send(client, found, "write")
    park.refresh_from_db()
    assert (park.city_id, park.note) == ("430100", "新")


def test_a_change_that_needs_a_reason_is_not_written_without_one(client: Client) -> None:
    created(name="长沙高新区")
    found = checked(client, ("长沙高新区", "长沙市", "园区", "省级", "有公开文本", "", ""))
    again = send(client, found, "write", 422).content.decode()
    assert "改了级别，要在说明里写明为什么。" in again and "写入 1 行" in again and found.state == "checked"


def test_pressed_twice_an_import_is_written_once(client: Client) -> None:
    found = checked(client, ("湘潭经开区", "湘潭市", "经开区", "国家级", "待核", "", ""))
    version = found.version
    send(client, found, "write")
    answer = client.post(f"/parks/import/{found.pk}/write/", {"version": version})
    assert answer.status_code == 409 and Act.objects.filter(kind="imported").count() == 1


def test_undone_the_same_file_gives_the_same_check(client: Client) -> None:
    """Of what it created, what it changed in some fields, and what it left the same (traps I4)."""
    created(name="长沙高新区", note="旧", source="来函")
    created(name="岳阳港园", level="county")
    rows = [
        ("湘潭经开区", "湘潭市", "经开区", "国家级", "待核", "", ""),
        ("长沙高新区", "长沙市", "园区", "省级", "有公开文本", "新", ""),
        ("岳阳港园", "长沙市", "园区", "县级", "有公开文本", "", ""),
        ("不成园", "火星", "园区", "县级", "待核", "", ""),
    ]
    before = list(Park.objects.order_by("pk").values_list("pk", "name", "level", "note", "source"))
    first = checked(client, *rows)
    told = {name: first.result[name] for name in ("counts", "cells", "findings", "changes", "new", "refused")}
    unsigned = [
        {**change, "changed_by": ""} for change in told["changes"]
    ]  # who changed a field last is another by then
    assert told["counts"]["new"] == told["counts"]["changed"] == told["counts"]["same"] == 1
    send(client, first, "write", reason="来函")
    edit(Park.objects.get(name="长沙高新区"), source="同事改的")
    assert "1 个后来又改过" in page(client, first)
    edit(Park.objects.get(name="长沙高新区"), source="来函")
    send(client, first, "undo", reason="传错了")
    assert first.result["undone"]["count"] == 1 and "长沙高新区" in page(client, first), "touched since, and so left"
    edit(Park.objects.get(name="长沙高新区"), level="county", note="旧")
    assert list(Park.objects.order_by("pk").values_list("pk", "name", "level", "note", "source")) == before
    again = checked(client, *rows)
    again.result["changes"] = [{**change, "changed_by": ""} for change in again.result["changes"]]
    assert {name: again.result[name] for name in told} == told | {"changes": unsigned}


def test_a_record_deleted_since_the_check_stops_the_import_at_its_cell(client: Client) -> None:
    """(traps I5)"""
    park = created(name="长沙高新区")
    head = ("园区", "说明", "记录标识")
    found = upload(client, csv_file((park.name, "新", str(ExportedRowId(str(park.pk), 1))), head=head))
    send(client, found, "check")
    assert found.result["counts"]["changed"] == 1
    next_transaction()
    record_writing.delete_records(
        Park.objects.all(), [RecordChange({}, park.pk, 1)], listing="parks", by=cast.officer()
    )
    next_transaction()
    send(client, found, "write", 409, reason="来函")
    (finding,) = found.result["findings"]
    assert finding["cell"] == "C2" and "“长沙高新区”已于" in finding["message"] and "删除" in finding["message"]
    assert not Park.objects.exists() and not Act.objects.filter(kind="imported").exists()


def test_undone_what_others_touched_stays(client: Client) -> None:
    """(traps I4)"""
    rows = [(name, "湘潭市", "经开区", "国家级", "待核", "", "") for name in ("湘潭经开区", "九华新园")]
    first = checked(client, *rows)
    send(client, first, "write")
    edit(Park.objects.get(name="九华新园"), note="同事改的")
    assert "1 个后来又改过" in page(client, first)
    send(client, first, "undo", reason="传错了")
    assert first.state == "undone" and first.result["undone"]["count"] == 1
    assert "九华新园" in page(client, first)
    assert list(Park.objects.values_list("name", flat=True)) == ["九华新园"]


def test_a_dropped_import_writes_nothing(client: Client) -> None:
    found = checked(client, ("湘潭经开区", "湘潭市", "经开区", "国家级", "待核", "", ""))
    send(client, found, "drop")
    assert found.state == "dropped" and "没有导入" in page(client, found)
    send(client, found, "write", 409)


def test_a_file_that_is_no_spreadsheet_is_refused_in_a_sentence(client: Client) -> None:
    answer = client.post("/parks/import/", {"file": SimpleUploadedFile("图.png", b"\x89PNG\r\n\x1a\n" + bytes(100))})
    assert answer.status_code == 422 and "只收" in answer.content.decode() and not Import.objects.exists()


def test_an_import_is_its_owner_s_alone(client: Client) -> None:
    found = checked(client, ("湘潭经开区", "湘潭市", "经开区", "国家级", "待核", "", ""))
    assert signed_in_client(Role.PROVINCE_LEAD).get(f"/parks/import/{found.pk}/").status_code == 404
    assert signed_in_client(Role.CITY_LEAD).get("/parks/import/").status_code == 403
