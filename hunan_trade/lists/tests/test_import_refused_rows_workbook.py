"""Tests the workbook that returns an import's refused rows with the reasons as comments.

It has the file's own form, ready to be imported again.
"""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import load_workbook

from hunan_trade.lists.imports.mapping import suggest_mapping
from hunan_trade.lists.imports.refused_rows_workbook import refused_rows_workbook
from hunan_trade.lists.imports.row_parsing import read_rows
from hunan_trade.lists.imports.spreadsheet import read_spreadsheet
from hunan_trade.lists.imports.table_in_sheet import guess_table, head_fingerprint
from hunan_trade.lists.tests.sample_spreadsheets_from_offices import COLUMNS, XLS, projects_of_a_city
from hunan_trade.tabular.findings import Finding, Severity


def finding(cell: str, sentence: str) -> Finding:
    return Finding("6月", cell, "cell.value", Severity.BLOCKING, sentence)


@pytest.mark.parametrize("data", [projects_of_a_city(), XLS.read_bytes()])
def test_refused_rows_have_the_files_heads_and_order_and_read_as_they_did(data: bytes) -> None:
    table = guess_table(read_spreadsheet(data, "台账"), COLUMNS)
    back = refused_rows_workbook(
        table, {9: [finding("I9", "改数。"), finding("", "重复。")], 8: [finding("L8", "没有这一天。")]}
    )
    again = guess_table(read_spreadsheet(back, "退回.xlsx"), COLUMNS)
    assert head_fingerprint(again.headings) == head_fingerprint(table.headings)
    assert again.headings == table.headings and again.head_rows == table.head_rows
    mapping = suggest_mapping(table.headings, COLUMNS)
    before = {row.number: row.values for row in read_rows(table, mapping, COLUMNS, {})}
    assert [row.values for row in read_rows(again, mapping, COLUMNS, {})] == [before[8], before[9]]
    sheet = load_workbook(BytesIO(back)).active
    comments = {cell.coordinate: cell.comment.text for row in sheet for cell in row if cell.comment}
    assert comments == {"L7": "原第 8 行：没有这一天。", "I8": "原第 9 行：改数。", "A8": "原第 9 行：重复。"}
