"""Functions that write an import's refused rows into a workbook, with the reasons as cell comments."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter

from hunan_trade.lists.imports.spreadsheet import Cell
from hunan_trade.lists.imports.table_in_sheet import Table
from hunan_trade.tabular.findings import Finding
from hunan_trade.workbooks import sheet_types as books
from hunan_trade.workbooks.form_workbook_writer import OPTIONS, write_value
from hunan_trade.workbooks.sheet_types import FINDINGS_SHEET, NUMBER_DIGITS, Value, parse_address, to_excel_number

_TINT = "#F9D2CD"
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\]")
_COMMENT_CHARACTERS = 2_000
_COMMENT = {"author": FINDINGS_SHEET, "x_scale": 2.5, "y_scale": 1.5}


def refused_rows_workbook(table: Table, findings: Mapping[int, Sequence[Finding]]) -> bytes:
    """Return an .xlsx file of the refused rows below the file's own headings, with reasons as cell comments.

    What stands above the head is kept, too; the rows keep their order. `findings` are by the rows' numbers. Each
    becomes a comment at its cell, or at the row's first cell. The columns are those of the file, so that the workbook,
    once mended, is imported as the file was.
    """
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {**OPTIONS, "in_memory": True})
    name = _NOT_IN_SHEET_NAMES.sub("", table.sheet.name).strip("'")[:31]
    sheet = book.add_worksheet(name or None)
    head, text, tinted = (book.add_format(format_) for format_ in _FORMATS)
    sheet.set_column(0, max(table.sheet.width - 1, 0), 14)
    _write_head(sheet, table, head)
    for at, number in enumerate(sorted(findings), start=table.head_rows.stop - 1):
        by_column = _by_column(findings[number], number, table)
        for column in range(table.sheet.width):
            cell = table.cell(number, column)
            write_value(sheet, at, column, _value(cell), tinted if column in by_column else text)
        for column, sentences in by_column.items():
            comment = f"原第 {number} 行：{chr(10).join(sentences)}"
            sheet.write_comment(at, column, comment[:_COMMENT_CHARACTERS], _COMMENT)
    sheet.freeze_panes(table.head_rows.stop - 1, 0)
    book.close()
    return stream.getvalue()


_FORMATS: tuple[dict[str, Any], ...] = (
    {"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True},
    {"num_format": "@"},  # what is typed here stays as it is typed
    {"num_format": "@", "bg_color": _TINT},
)


def _write_head(sheet: Any, table: Table, head: Any) -> None:
    """Write the imported table's header rows and all rows above them into the sheet, with merged areas."""
    last = table.head_rows.stop - 2
    for row in range(last + 1):
        for cell_column, cell in enumerate(table.sheet.row(row)):
            if cell.shown:
                write_value(sheet, row, cell_column, cell.shown[:32_000], head)
    for area in table.sheet.merged_areas:
        if area.bottom <= last and (area.bottom, area.right) != (area.top, area.left):
            sheet.merge_range(*area, table.sheet.cell(area.top, area.left).shown, head)


def _by_column(findings: Sequence[Finding], number: int, table: Table) -> dict[int, list[str]]:
    """Return the messages about a refused row, grouped by the column whose cell gets them as a comment."""
    first = table.headings[0].column if table.headings else 0
    found: defaultdict[int, list[str]] = defaultdict(list)
    for finding in findings:
        try:
            row, column = parse_address(finding.cell)
        except ValueError:
            row, column = -1, first
        inside = row == number - 1 and column < table.sheet.width
        found[column if inside else first].append(finding.message)
    return dict(found)


def _value(cell: Cell) -> Value:
    """Return what is written for a cell: its formula if it has no value, its number, or its displayed text."""
    if not cell.has_value:
        return f"={cell.formula}"
    if cell.kind in (books.NUMBER, books.UNFORMATTED, books.SHOWN_DIFFERENTLY) and cell.shown == cell.value:
        number: Decimal = to_excel_number(cell.value)
        return number if len(number.as_tuple().digits) < NUMBER_DIGITS else cell.value
    return cell.shown or cell.value
