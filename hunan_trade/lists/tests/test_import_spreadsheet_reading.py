"""Tests the reading of uploaded spreadsheets, and the messages that refuse unreadable ones."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook

from hunan_trade.lists.imports import spreadsheet as module
from hunan_trade.lists.imports.spreadsheet import SpreadsheetRefused, read_spreadsheet
from hunan_trade.lists.imports.table_in_sheet import guess_table
from hunan_trade.lists.tests.sample_spreadsheets_from_offices import XLS, csv_file, projects_of_a_city, saved, workbook
from hunan_trade.workbooks.sheet_types import ColumnLayout
from hunan_trade.workbooks.table_file_writers import csv_table, xlsx_table

HEADS = "名称,市州\n"


def refusal(data: bytes, name: str = "表.xlsx") -> str:
    with pytest.raises(SpreadsheetRefused) as refused:
        read_spreadsheet(data, name)
    return refused.value.sentence


@pytest.mark.parametrize("text", ["镕", "喆㛃", f"{HEADS}镕记,长沙\n", "甲,乙"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_texts_come_out_right_in_either_encoding_however_short(text: str, encoding: str) -> None:
    """A statistical detector takes short GBK for Cyrillic (traps R10)."""
    rows = [[cell.shown for cell in csv_file(text, encoding=encoding).sheets[0].row(0)]]
    assert rows == [text.splitlines()[0].split(",")]


def test_a_byte_that_no_encoding_has_is_refused_with_its_place() -> None:
    assert refusal(f"{HEADS}甲,镕".encode("gb18030") + b"\xff\n", "表.csv").startswith("B2 有读不出来的字节")


def test_an_open_quote_is_refused_with_its_row() -> None:
    assert refusal(f'{HEADS}甲,"长沙\n'.encode(), "表.csv").startswith("第 2 行的引号不成对")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "文件是空的"),
        (b"%PDF-1.4", "只收 .xlsx、.xls 和 .csv 文件"),
        (b"<html><table>", "文件是网页"),
        (XLS.read_bytes()[:3000], "文件已损坏"),
        (XLS.read_bytes() + "_VBA_PROJECT".encode("utf-16-le"), "文件带有宏"),
        (XLS.read_bytes() + "EncryptedPackage".encode("utf-16-le"), "文件设有打开密码"),
    ],
)
def test_what_is_no_readable_spreadsheet_is_refused(data: bytes, sentence: str) -> None:
    assert refusal(data).startswith(sentence)


def test_a_bomb_is_refused_without_speaking_of_the_portals_own_workbooks() -> None:
    stream = BytesIO(projects_of_a_city())
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/big.xml", b"<a>" + b" " * (120 << 20))
    sentence = refusal(stream.getvalue())
    assert sentence.startswith("文件展开后过大") and "新下载" not in sentence


def test_more_rows_than_the_limit_are_refused_with_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only rows that hold something count (traps R8)."""
    monkeypatch.setattr(module, "MAX_ROWS", 3)
    assert csv_file(f"{HEADS}甲,长沙\n,\n,\n乙,长沙\n").sheets[0].height == 5
    assert refusal(f"{HEADS}甲,长沙\n乙,长沙\n丙,长沙\n".encode(), "表.csv").startswith(
        "文件有 4 行，一次最多导入 3 行"
    )


def test_a_wrong_declared_size_hides_nothing() -> None:
    """WPS writes that the sheet ends at A1 (traps R8)."""
    book = Workbook()
    sheet: Any = book.active
    for row in (("名称", "市州"), ("甲", "长沙")):
        sheet.append(row)
    parts, lying = zipfile.ZipFile(BytesIO(saved(book))), BytesIO()
    with zipfile.ZipFile(lying, "w") as archive:
        for name in parts.namelist():
            archive.writestr(name, parts.read(name).replace(b'<dimension ref="A1:B2"', b'<dimension ref="A1"'))
    assert [cell.shown for cell in read_spreadsheet(lying.getvalue(), "表.xlsx").sheets[0].row(1)] == ["甲", "长沙"]


def test_a_stray_cell_far_out_is_refused_by_name_and_costs_nothing() -> None:
    """A file of 7 KB with a cell in the last row (traps R8)."""
    book = Workbook()
    sheet: Any = book.active
    sheet["A1"], sheet["A1048576"] = "名称", "x"
    assert refusal(saved(book)).startswith("A1048576 单元格有内容")


def test_an_old_workbook_reads_as_the_new_one() -> None:
    """Merged data cells of both give their value to every row (traps R2)."""
    old, new = (read_spreadsheet(data, "表") for data in (XLS.read_bytes(), projects_of_a_city()))
    tables = [guess_table(old), guess_table(new)]
    assert tables[0].headings == tables[1].headings and tables[0].rows == tables[1].rows == (7, 8, 9, 10)
    texts = [
        [[table.cell(row, column).value.removesuffix(" 00:00:00") for column in range(15)] for row in table.rows]
        for table in tables
    ]
    assert texts[0] == texts[1]
    assert {table.cell(10, 5).shown for table in tables} == {"广东"} and tables[0].filled_cells == {"F10"}


def test_merged_cells_give_their_value_to_every_row_below() -> None:
    """A city merged over 40 rows is the city of 40 rows (traps R2)."""
    rows = [("市州", "名称"), *(("郴州" if at == 0 else None, f"企业{at}") for at in range(40))]
    table = guess_table(workbook(*rows, change=lambda sheet: sheet.merge_cells("A2:A41")))
    assert [table.cell(row, 0).shown for row in table.rows] == ["郴州"] * 40
    assert table.cell(3, 0).address == "A3" and table.filled_cells == {f"A{row}" for row in range(3, 42)}
    assert table.filled_count(0) == 40


@pytest.mark.parametrize("text", ["−5", "+86 731", "'=x", "=x", "''=x", "-- 备注", "'甲'", "@甲", "＝甲"])
def test_texts_come_back_from_our_own_files_as_they_were(text: str) -> None:
    """Import takes off exactly what export put on (traps D1)."""
    rows = [("甲", text)]
    files = (xlsx_table("表", [ColumnLayout("名称"), ColumnLayout("说明")], rows), csv_table(["名称", "说明"], rows))
    assert [read_spreadsheet(data, "表").sheets[0].cell(1, 1).shown for data in files] == [text, text]
