"""Tests that files of downloaded lists contain the rows, and that texts cannot act as formulas."""

import csv
from decimal import Decimal
from io import StringIO

import pytest

from hunan_trade.workbooks.list_downloads import csv_table, guard_formula, unguard_formula, xlsx_table
from hunan_trade.workbooks.sheets import ColumnLayout, Value
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
