"""Writes the .xlsx workbook of a monthly return for cities to fill in; equal content gives equal bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from itertools import groupby
from typing import Any

import xlsxwriter

from hunan_trade.workbooks.serial_dates import date_to_serial
from hunan_trade.workbooks.sheet_types import (
    METADATA_SHEET,
    ColumnLayout,
    SheetLayout,
    Value,
    check_value,
    column_letters,
)

FIRST_ROW = 4  # of the data, as Excel counts
DEMO_NOTE = "演示数据"
_CREATED_ON = datetime(2013, 1, 1)  # a date of its own would give every copy another SHA-256
_FIRST_LIST_COLUMN = 3  # columns of the hidden sheet that hold long drop-down lists; A and B are the metadata
_INLINE_LIST_CHARACTERS = 255  # characters; Excel drops a longer list, and with it the sheet
_OPEN_TINT, _HEAD_TINT, _LINE, _INK, _QUIET = "#E7EFF7", "#EEF1F4", "#B9C1CA", "#1A2330", "#48535F"
_PROTECTION = {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True}

OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


def write_form_workbook(layouts: Sequence[SheetLayout], metadata: Mapping[str, str], *, demo: bool = False) -> bytes:
    """Return the bytes of an .xlsx form of protected sheets, with `metadata` in a hidden sheet.

    The protection has no password: it is against slips, not people.

    Raises ValueError for a number of more than 15 digits or a text longer than a cell holds.
    """
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {**OPTIONS, "in_memory": True})
    book.set_properties({"created": _CREATED_ON})
    book.set_calc_mode("auto")
    sheet_writers = [_SheetWriter(book, layout, demo) for layout in layouts]
    hidden = book.add_worksheet(METADATA_SHEET)
    lists = _ChoiceLists(hidden)
    for sheet_writer in sheet_writers:
        sheet_writer.write(lists)
    for row, (key, text) in enumerate(metadata.items()):
        hidden.write_string(row, 0, key)
        hidden.write_string(row, 1, text)
    hidden.protect()
    hidden.very_hidden()
    book.close()
    return stream.getvalue()


def write_value(sheet: Any, row: int, column: int, value: Value, cell_format: Any = None) -> None:
    """Write a value into a cell: text as text, a number or date as a number; None leaves the cell empty.

    A text stays text even if it begins like a formula (`OPTIONS`).
    """
    check_value(row, column, value)
    if isinstance(value, date):
        value = date_to_serial(value) or value.isoformat()
    sheet.write(row, column, value, cell_format)


class _ChoiceLists:
    """Stores long lists of drop-down choices in a hidden sheet, equal lists only once."""

    def __init__(self, sheet: Any) -> None:
        self.sheet = sheet
        self.places: dict[tuple[str, ...], str] = {}

    def validation_source(self, choices: Sequence[str]) -> str | list[str]:
        if len(",".join(choices)) <= _INLINE_LIST_CHARACTERS and not any("," in choice for choice in choices):
            return list(choices)
        key = tuple(choices)
        if key not in self.places:
            column = _FIRST_LIST_COLUMN + len(self.places)
            self.sheet.write_column(0, column, key)
            letters = column_letters(column)
            self.places[key] = f"={METADATA_SHEET}!${letters}$1:${letters}${len(key)}"
        return self.places[key]


@dataclass
class _SheetWriter:
    """Writes one sheet of a workbook as described by its SheetLayout.

    The sheet is added at once, so that sheets keep their order before the hidden one.
    """

    book: Any
    layout: SheetLayout
    demo: bool

    def __post_init__(self) -> None:
        self.sheet = self.book.add_worksheet(self.layout.name)

    def write(self, lists: _ChoiceLists) -> None:
        self._set_up_page()
        self._write_title()
        self._write_headings()
        last = self._write_rows()
        for column, layout in enumerate(self.layout.columns):
            if layout.choices and last >= FIRST_ROW - 1:
                self.sheet.data_validation(
                    FIRST_ROW - 1,
                    column,
                    last,
                    column,
                    {
                        "validate": "list",
                        "source": lists.validation_source(layout.choices),
                        "error_title": layout.title[:32],
                        "error_message": "请从下拉列表中选择。",
                    },
                )

    def _create_format(self, **properties: Any) -> Any:
        base = {"font_name": "宋体", "font_size": 10, "font_color": _INK, "valign": "vcenter"}
        return self.book.add_format({**base, **properties})

    def _set_up_page(self) -> None:
        sheet = self.sheet
        for column, layout in enumerate(self.layout.columns):
            sheet.set_column(column, column, layout.width)
        sheet.set_default_row(18)
        sheet.set_row(0, 30)
        sheet.freeze_panes(FIRST_ROW - 1, self.layout.frozen_columns)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, FIRST_ROW - 2)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        sheet.set_header(f"&R{DEMO_NOTE}" if self.demo else "")
        sheet.set_footer("&C第 &P 页  共 &N 页")
        sheet.protect("", _PROTECTION)

    def _write_title(self) -> None:
        """Write the sheet's title at the left end of row 1, and the unit at the right end.

        In demo mode DEMO_NOTE stands before the unit.
        """
        count = len(self.layout.columns)
        aside = "  ".join(part for part in (DEMO_NOTE if self.demo else "", self.layout.unit_note) if part)
        title = self._create_format(font_name="黑体", font_size=16, align="left")
        quiet = self._create_format(font_color=_QUIET, align="right", valign="bottom")
        wide = min(3, count // 2) if aside else 0
        self._write_merged_text(0, 0, 0, count - wide - 1, self.layout.title, title)
        if wide:
            self._write_merged_text(0, count - wide, 0, count - 1, aside, quiet)
        elif aside:
            self.sheet.write_comment(0, 0, aside)

    def _write_headings(self) -> None:
        head = self._create_format(
            font_name="黑体", align="center", text_wrap=True, bg_color=_HEAD_TINT, border=1, border_color=_LINE
        )
        column = 0
        for group, members in groupby(self.layout.columns, key=lambda layout: layout.group):
            layouts = list(members)
            if group:
                self._write_merged_text(1, column, 1, column + len(layouts) - 1, group, head)
            for layout in layouts:
                self._write_merged_text(2 if group else 1, column, 2, column, layout.title, head)
                if layout.note:
                    self.sheet.write_comment(2 if group else 1, column, layout.note, {"author": "填表说明"})
                column += 1

    def _write_rows(self) -> int:
        """Write the data rows and the empty rows for additions; return the zero-based index of the last row."""
        formats = [self._cell_format(layout, layout.locked) for layout in self.layout.columns]
        spare = [self._cell_format(layout, False) for layout in self.layout.columns]
        locked = self.layout.locked_cells
        closed = [self._cell_format(layout, True) for layout in self.layout.columns] if locked else formats
        row = FIRST_ROW - 2
        for row, values in enumerate(self.layout.rows, start=FIRST_ROW - 1):
            for column, (value, cell_format) in enumerate(zip(values, formats, strict=True)):
                is_closed = (row - FIRST_ROW + 1, column) in locked
                write_value(self.sheet, row, column, value, closed[column] if is_closed else cell_format)
        last = row + self.layout.spare_rows
        for spare_row in range(row + 1, last + 1):
            for column, cell_format in enumerate(spare):
                self.sheet.write_blank(spare_row, column, None, cell_format)
        return last

    def _cell_format(self, layout: ColumnLayout, locked: bool) -> Any:
        properties: dict[str, Any] = {"border": 1, "border_color": _LINE, "locked": locked}
        if not locked:
            properties["bg_color"] = _OPEN_TINT
        if layout.number_format:
            properties |= {"num_format": layout.number_format, "align": "right"}
        else:
            # As text, 0012 stays 0012 when somebody types it.
            properties |= {"num_format": "@", "text_wrap": True}
        return self._create_format(**properties)

    def _write_merged_text(self, top: int, left: int, bottom: int, right: int, text: str, cell_format: Any) -> None:
        if (top, left) == (bottom, right):
            self.sheet.write_string(top, left, text, cell_format)
        else:
            self.sheet.merge_range(top, left, bottom, right, "", cell_format)
            self.sheet.write_string(top, left, text, cell_format)
