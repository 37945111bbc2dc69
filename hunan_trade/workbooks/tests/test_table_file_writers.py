"""Tests that files of downloaded lists contain the rows, and that texts cannot act as formulas."""

import csv
from decimal import Decimal
from io import BytesIO, StringIO

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from hunan_trade.workbooks.sheet_types import ColumnLayout, Value
from hunan_trade.workbooks.table_file_writers import (
    csv_table,
    guard_formula,
    unguard_formula,
    write_xlsx_table,
    xlsx_table,
)
from hunan_trade.workbooks.upload_reader import read

FORMULAS = [
    lead + body
    for lead in ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", "\r=", "\n=", "\0=")
    for body in ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://x","y")', "SUM(A1:A9)\nB", "3")
]
HARMLESS = ["蓝思科技", "a,b", 'say "x"', "两\r\n行", "http://hunan.gov.cn", "0012", "1e5", " 前后 ", "'甲"]


def test_texts_in_a_workbook_are_texts_whatever_they_begin_with() -> None:
    texts = [text for text in FORMULAS + HARMLESS if "\0" not in text]
    sheet = read(xlsx_table("清单", [ColumnLayout("文字")], [[text] for text in texts])).sheets[0]
    assert [text.replace("\r\n", "\n") for text in sheet.columns[0][1:]] == [
        text.replace("\r\n", "\n") for text in texts
    ]
    assert set(sheet.kinds) == set(b"s") and not sheet.oddities


@pytest.mark.parametrize("text", FORMULAS)
def test_text_like_a_formula_gets_an_apostrophe_in_csv(text: str) -> None:
    assert list(csv.reader(StringIO(csv_table(["一"], [[text]]).decode("utf-8-sig"), newline="")))[1] == [f"'{text}"]


@pytest.mark.parametrize("text", [*FORMULAS, *HARMLESS, "'=1", "''=1", "'", ""])
def test_exactly_the_apostrophe_that_was_put_on_is_taken_off(text: str) -> None:
    assert unguard_formula(guard_formula(text)) == text


def test_a_text_that_begins_with_apostrophe_and_formula_is_guarded_too() -> None:
    assert guard_formula("'=1") == "''=1" and guard_formula("'甲") == "'甲"


def test_csv_opens_in_chinese_excel_and_keeps_numbers_numbers() -> None:
    rows: list[list[Value]] = [[text, Decimal("-1E-7")] for text in HARMLESS]
    rows.append([None, 5])
    data = csv_table(["名称", "数"], rows)
    assert data.startswith(b"\xef\xbb\xbf") and data.endswith(b",5\r\n")
    lines = list(csv.reader(StringIO(data.decode("utf-8-sig"), newline="")))
    assert lines[1:-1] == [[text, "-0.0000001"] for text in HARMLESS]


def test_numbers_in_a_workbook_are_numbers() -> None:
    columns = [ColumnLayout("数", number_format="#,##0.00")]
    sheet = read(xlsx_table("清单", columns, [[Decimal("-12.34")], [None], [7]], demo=True)).sheets[0]
    assert sheet.columns == [["数", "-12.34", "", "7"]] and sheet.column_kinds(0) == b"sn.n"
    assert sheet.name == "清单（演示数据）"


def test_a_long_sheet_name_is_cut_to_the_allowed_length() -> None:
    assert len(read(xlsx_table("长" * 50, [ColumnLayout("一")], [], demo=True)).sheets[0].name) == 31


def test_texts_that_xml_cannot_hold_and_edges_of_cells_come_back() -> None:
    texts = ["\x0b竖", "_x000D_", "\r\n两行\t", " 前后 ", "a&<b>", "\uffff", "𠮷", "长" * 16_384 + "a" * 16_383]
    rows: list[list[Value]] = [[text, Decimal("1E-7"), Decimal("123456789012345")] for text in texts]
    data = BytesIO(xlsx_table("清单", [ColumnLayout("一")] * 3, rows))
    assert openpyxl.load_workbook(data, read_only=True).worksheets[0].calculate_dimension() == f"A1:C{len(texts) + 1}"
    sheet = openpyxl.load_workbook(data).worksheets[0]
    found = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [unescape(str(row[0])) for row in found] == texts
    assert {row[1:] for row in found} == {(1e-7, 123456789012345)}
    assert sheet.auto_filter.ref == f"A1:C{len(texts) + 1}"


@pytest.mark.parametrize("value", ["长" * 32_768, Decimal("1234567890.123456")])
def test_what_no_cell_holds_is_refused_and_never_cut(value: Value) -> None:
    with pytest.raises(ValueError, match="A2 holds"):
        xlsx_table("清单", [ColumnLayout("一")], [[value]])


@pytest.mark.parametrize("count", [1, 3])
def test_a_table_of_another_number_of_rows_than_announced_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"2 rows where {count} were announced"):
        write_xlsx_table(BytesIO(), "清单", [ColumnLayout("一")], iter([["甲"], ["乙"]]), count=count)
