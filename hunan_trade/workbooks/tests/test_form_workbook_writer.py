"""Tests that written workbooks are reproducible and protected, and can be read back unchanged."""

import zipfile
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from openpyxl import Workbook

from hunan_trade.workbooks import form_workbook_writer
from hunan_trade.workbooks.sheet_types import METADATA_SHEET, ColumnLayout, SheetLayout, Value, to_excel_number
from hunan_trade.workbooks.upload_reader import read

TOWNS = tuple(f"湖南省第{n}县" for n in range(80))
COLUMNS = [
    ColumnLayout("企业名称", locked=True, width=30),
    ColumnLayout("当月", group="出口", number_format="#,##0.00", note="按报关单填"),
    ColumnLayout("累计", group="出口", number_format="#,##0.00"),
    ColumnLayout("状态", choices=("正常", "停产")),
    ColumnLayout("县区", choices=TOWNS),
]
ROWS: list[list[Value]] = [
    ["=1+1", Decimal("12.5"), Decimal("-0.000001"), "正常", TOWNS[3]],
    ["@SUM", Decimal("999999999.999999"), None, "", None],
]
METADATA = {"region": "4301", "month": "2013-06", "digest": "00af"}


def layout(**facts: Any) -> SheetLayout:
    return SheetLayout("加工贸易", "长沙市加工贸易月报", COLUMNS, ROWS, **facts)


def load_with_openpyxl(data: bytes) -> Workbook:
    return openpyxl.load_workbook(BytesIO(data))


def test_the_same_content_gives_the_same_bytes() -> None:
    data = form_workbook_writer.write_form_workbook([layout()], METADATA)
    assert data == form_workbook_writer.write_form_workbook([layout()], METADATA)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert b"2013-01-01" in archive.read("docProps/core.xml")


ODD_TEXTS = [
    " lead",
    "trail\n",
    'a<b>&c"',
    "_x0041_",
    "a\tb\x01",
    "一_二",
    "0",
    "𠮷",
    "a\u3000",
    "x\u2028",
]
ODD_NUMBERS: list[Value] = [
    Decimal("1E-7"),
    Decimal("12.50"),
    Decimal("1E+3"),
    Decimal("-0"),
    Decimal("123456789012345"),
    7,
    Decimal("0.1"),
]


def test_odd_texts_and_numbers_read_back_as_they_were() -> None:
    rows: list[list[Value]] = [
        [text, ODD_NUMBERS[at % len(ODD_NUMBERS)], None, "", text] for at, text in enumerate(ODD_TEXTS)
    ]
    found = (
        read(form_workbook_writer.write_form_workbook([SheetLayout("一", "标题", COLUMNS, rows)], METADATA))
        .sheets[0]
        .rows[form_workbook_writer.FIRST_ROW - 1 :]
    )
    assert [(text, to_excel_number(number), *rest) for text, number, *rest in found] == [
        (text, number, "", "", text) for text, number, *_ in rows
    ]


def test_a_written_workbook_reads_back() -> None:
    book = read(form_workbook_writer.write_form_workbook([layout(), SheetLayout("二", "标题", COLUMNS[:1])], METADATA))
    assert book.metadata == METADATA and [sheet.name for sheet in book.sheets] == ["加工贸易", "二"]
    sheet = book.sheets[0]
    assert sheet.rows[1] == ("企业名称", "出口", "", "状态", "县区") and sheet.rows[2] == ("", "当月", "累计", "", "")
    assert sheet.rows[form_workbook_writer.FIRST_ROW - 1 :] == [
        ("=1+1", "12.5", "-0.000001", "正常", TOWNS[3]),
        ("@SUM", "999999999.999999", "", "", ""),
    ]
    assert to_excel_number(sheet.text(3, 2)) == ROWS[0][2] and not sheet.oddities


def test_locked_cells_are_locked_and_the_rest_is_open() -> None:
    sheet = load_with_openpyxl(form_workbook_writer.write_form_workbook([layout(spare_rows=2)], METADATA))["加工贸易"]
    assert sheet.protection.sheet and not sheet.protection.password
    assert sheet["A4"].protection.locked and not sheet["B4"].protection.locked and sheet["B3"].protection.locked
    assert not sheet["A6"].protection.locked and not sheet["A7"].protection.locked and sheet["A8"].protection.locked
    assert sheet["B4"].fill.fgColor.rgb != sheet["A4"].fill.fgColor.rgb


def test_short_and_long_drop_downs_cover_every_row() -> None:
    book = load_with_openpyxl(form_workbook_writer.write_form_workbook([layout(spare_rows=2)], METADATA))
    short, long = book["加工贸易"].data_validations.dataValidation
    assert (short.formula1, str(short.sqref)) == ('"正常,停产"', "D4:D7")
    sheet, _, area = long.formula1.partition("!")
    assert [cell.value for (cell,) in book[sheet][area.replace("$", "")]] == list(TOWNS)
    assert book[METADATA_SHEET].sheet_state == "veryHidden"


def test_the_sheet_prints_on_a4_with_its_headings() -> None:
    sheet = load_with_openpyxl(form_workbook_writer.write_form_workbook([layout(frozen_columns=1)], METADATA))[
        "加工贸易"
    ]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.print_title_rows, sheet.freeze_panes) == ("$1:$3", "B4")
    assert sheet["B3"].comment.text == "按报关单填"


def test_demo_workbooks_carry_the_demo_note() -> None:
    assert "演示数据" in "".join(
        read(form_workbook_writer.write_form_workbook([layout()], METADATA, demo=True)).sheets[0].rows[0]
    )
    assert "演示数据" not in "".join(
        read(form_workbook_writer.write_form_workbook([layout(unit_note="万美元")], METADATA)).sheets[0].rows[0]
    )


@pytest.mark.parametrize("value", [Decimal("1234567890.123456"), "长" * 32_768, "𠮷" * 16_384])
def test_a_value_that_a_cell_cannot_hold_raises_an_error(value: Decimal | str) -> None:
    with pytest.raises(ValueError, match="A4"):
        form_workbook_writer.write_form_workbook([SheetLayout("一", "标题", COLUMNS[:1], [[value]])], {})
