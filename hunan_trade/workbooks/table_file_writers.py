"""Writes a list of records as an .xlsx file, or as a .csv file that Chinese Excel can open."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO, TextIOWrapper
from typing import IO, Any

import xlsxwriter

from hunan_trade.workbooks.form_workbook_writer import DEMO_NOTE, OPTIONS, write_value
from hunan_trade.workbooks.sheet_rows_writer import write_workbook_with_rows
from hunan_trade.workbooks.sheet_types import ColumnLayout, Value

SHEET_NAME = 31  # characters
MAX_RECORDS = 1_048_575  # of one sheet, below its headings
NOTES_SHEET = "说明"
# What a spreadsheet takes for the beginning of a formula, also in full-width form, or skips to find one.
_DANGEROUS = tuple("=+-@＝＋－＠\t\r\n\0")


def xlsx_table(
    name: str, columns: Sequence[ColumnLayout], rows: Sequence[Sequence[Value]], *, demo: bool = False
) -> bytes:
    """Return a list of records as the bytes of an .xlsx workbook.

    `write_xlsx_table` writes it.
    """
    stream = BytesIO()
    write_xlsx_table(stream, name, columns, rows, count=len(rows), demo=demo)
    return stream.getvalue()


def write_xlsx_table(
    stream: IO[bytes],
    name: str,
    columns: Sequence[ColumnLayout],
    rows: Iterable[Sequence[Value]],
    *,
    count: int,
    notes: Sequence[tuple[str, Value]] = (),
    demo: bool = False,
) -> None:
    """Write a list of records into the stream as an .xlsx workbook with column titles in row 1.

    There are `count` records, MAX_RECORDS at most. `notes`, of heading and value, become a second sheet.

    Numbers and dates stay such, and text stays text whatever it begins with, also what is typed below the rows later.

    `group`, `locked`, `choices` and `note` of the columns are not used: this is a list, no form.
    """
    empty = BytesIO()
    _write_without_rows(empty, name, columns, count, notes, demo)
    write_workbook_with_rows(stream, empty, rows, count=count)


def _write_without_rows(
    stream: IO[bytes],
    name: str,
    columns: Sequence[ColumnLayout],
    count: int,
    notes: Sequence[tuple[str, Value]],
    demo: bool,
) -> None:
    """Write an .xlsx workbook that has only column titles and an empty row with the cell format of each column."""
    book = xlsxwriter.Workbook(stream, {**OPTIONS, "in_memory": True})
    shown = f"{name[: SHEET_NAME - len(DEMO_NOTE) - 2]}（{DEMO_NOTE}）" if demo else name[:SHEET_NAME]
    sheet = book.add_worksheet(shown)
    head = book.add_format(
        {
            "font_name": "黑体",
            "font_size": 10,
            "align": "center",
            "valign": "vcenter",
            "bg_color": "#EEF1F4",
            "bottom": 1,
        }
    )
    plain = {"font_name": "宋体", "font_size": 10}
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&C第 &P 页  共 &N 页")
    for at, column in enumerate(columns):
        cell_format = book.add_format({**plain, "num_format": column.number_format or "@"})
        sheet.set_column(at, at, column.width, cell_format)
        write_value(sheet, 0, at, column.title, head)
        sheet.write_blank(1, at, None, cell_format)
    if columns:
        sheet.autofilter(0, 0, count, len(columns) - 1)
    if notes:
        _write_notes_sheet(
            book, notes, head, book.add_format({**plain, "num_format": "@", "text_wrap": True, "align": "left"})
        )
    book.close()


def _write_notes_sheet(book: Any, notes: Sequence[tuple[str, Value]], head: Any, plain: Any) -> None:
    sheet = book.add_worksheet(NOTES_SHEET)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 80)
    for row, (title, value) in enumerate(notes):
        write_value(sheet, row, 0, title, head)
        write_value(sheet, row, 1, value, plain)


def csv_table(titles: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """Return a list of records as the bytes of a CSV file.

    `write_csv_table` writes it.
    """
    stream = BytesIO()
    write_csv_table(stream, titles, rows)
    return stream.getvalue()


def write_csv_table(stream: IO[bytes], titles: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """Write a list of records into the stream as CSV (RFC 4180) in UTF-8 with a byte order mark.

    A text that a spreadsheet would calculate gets an apostrophe before it, a number never does.
    """
    text = TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow([guard_formula(title) for title in titles])
    writer.writerows([_csv_text(value) for value in row] for row in rows)
    text.detach()


def _csv_text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return guard_formula(value) if isinstance(value, str) else f"{Decimal(value):f}"


def guard_formula(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would calculate as a formula.

    Also before a text that looks as if it had such an apostrophe already.
    """
    return f"'{text}" if text.lstrip("'").startswith(_DANGEROUS) else text


def unguard_formula(text: str) -> str:
    """Remove the apostrophe that `guard_formula` has put before a text.

    No other apostrophe is removed.
    """
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_DANGEROUS) else text
