"""Writes lists for download, one heading row and the records, as .xlsx or as .csv for Chinese Excel."""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import BytesIO, StringIO

import xlsxwriter

from hunan_trade.workbooks.sheets import ColumnLayout, Value
from hunan_trade.workbooks.writer import DEMO_NOTE, OPTIONS, write_value

SHEET_NAME = 31  # characters
# What a spreadsheet takes for the beginning of a formula, also in full-width form, or skips to find one.
_DANGEROUS = tuple("=+-@＝＋－＠\t\r\n\0")


def xlsx_table(
    name: str, columns: Sequence[ColumnLayout], rows: Iterable[Sequence[Value]], *, demo: bool = False
) -> bytes:
    """Return a list as an .xlsx workbook of one sheet, with the titles in row 1.

    Numbers stay numbers, and text stays text whatever it begins with.

    `group`, `locked`, `choices` and `note` of the columns are not used: this is a list, no form.
    """
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {**OPTIONS, "constant_memory": True})
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
    formats = [book.add_format({**plain, "num_format": column.number_format or "@"}) for column in columns]
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&C第 &P 页  共 &N 页")
    for at, column in enumerate(columns):
        write_value(sheet, 0, at, column.title, head)
    last = 0
    for last, values in enumerate(rows, start=1):
        for at, (value, cell_format) in enumerate(zip(values, formats, strict=True)):
            if value is not None and value != "":
                write_value(sheet, last, at, value, cell_format)
    if columns:
        sheet.autofilter(0, 0, last, len(columns) - 1)
    book.close()
    return stream.getvalue()


def csv_table(titles: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """Return a list as CSV bytes (RFC 4180) with a byte order mark.

    A text that a spreadsheet would calculate gets an apostrophe before it.
    """
    stream = StringIO()
    writer = csv.writer(stream)
    writer.writerow([_escape_formula(title) for title in titles])
    writer.writerows([_escape_formula(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def _escape_formula(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_DANGEROUS) else value
    return f"{Decimal(value):f}"
