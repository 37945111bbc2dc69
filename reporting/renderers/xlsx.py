"""Renders a document as .xlsx with a worksheet for its text and a worksheet for each table."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, time
from typing import Any

import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from reporting.document_parts import Block, Chart, Document, Figure, Run, Table
from reporting.renderers.line_breaks import text_width
from reporting.renderers.page_measures import RED
from reporting.renderers.text_for_all_formats import (
    ANNEX_LABEL,
    COPIES_LABEL,
    PrintedParagraph,
    PrintedText,
    printed_text,
)

_BODY, _HEI, _SONG = "仿宋", "黑体", "宋体"
_THIS_YEAR = "#1b5a94"
_TEXT_COLUMN = 72  # characters; 5.25 pt each in Excel's own measure
_HEADER_ROW = 2  # caption, unit, header
_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)  # a file's own date would make every rendering differ
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")


def render(document: Document) -> bytes:
    """Return a document as the bytes of an .xlsx file. Raises UnprintableCharacter (ValueError)."""
    content = printed_text(document)
    stream = io.BytesIO()
    # Nothing is guessed from text: a cell is a number when the document says so, and never a formula or a link.
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    dated = document.signature.dated_on if document.signature else None
    book.set_properties(
        {
            "title": "".join(content.title),
            "author": content.issuer,
            "created": datetime.combine(dated, time()) if dated else _NO_DATE.replace(tzinfo=None),
        }
    )
    styles = _Styles(book)
    _write_text_sheet(book, styles, content)
    for name, caption, table in _tables_with_sheet_names(document, content):
        _write_table_sheet(book, styles, name, caption, table, content.mark)
    book.close()
    return stream.getvalue()


class _Styles:
    """A cache of a workbook's cell formats, which creates each format only once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def __call__(self, **look: Any) -> Any:
        key = tuple(sorted(look.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"font_name": _SONG, "font_size": 11, "valign": "vcenter", **look})
        return self._made[key]


# --- text ---


def _write_text_sheet(book: Workbook, styles: _Styles, content: PrintedText) -> None:
    sheet = book.add_worksheet("正文")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, _TEXT_COLUMN)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    plain = {"font_name": _BODY, "font_size": 12, "text_wrap": True, "valign": "top"}
    indented = {**plain, "indent": 2}
    right = {**plain, "align": "right", "indent": 2}
    heading = {**indented, "font_name": _HEI}
    lines: list[tuple[str, dict[str, Any]]] = [
        (content.mark, {"font_name": _HEI, "align": "right", "font_color": "#6b6b6b"}),
        (content.issuer, {"font_size": 26, "bold": True, "align": "center", "font_color": RED}),
        (content.number, {**plain, "align": "center", "bottom": 5, "bottom_color": RED}),
        ("".join(content.title), {"font_size": 18, "bold": True, "align": "center", "text_wrap": True}),
        (content.addressees, plain),
    ]
    for item in content.items:
        if isinstance(item, PrintedParagraph):
            lines.append((item.text, indented if item.part == "text" else heading))
        else:
            lines.append((f"（{item.caption or '表'}，另见本文件内表格）", indented))
    lines += [((ANNEX_LABEL if place == 0 else "") + name, indented) for place, name in enumerate(content.annex_names)]
    lines += [(content.unit, right), (content.dated, right)]
    lines += [(remark, indented) for remark in content.remarks]
    lines += [
        (COPIES_LABEL + content.copies if content.copies else "", {**plain, "top": 1}),
        (content.office + "　　" + content.printed if content.office else "", {**plain, "top": 1, "bottom": 1}),
    ]
    row = 0
    for text, look in lines:
        if text:
            sheet.write_string(row, 0, text, styles(**look))
            size = look.get("font_size", 11)
            sheet.set_row(row, _count_lines(text, size, look.get("indent", 0)) * size * 1.6 + 4)
            row += 1
    sheet.print_area(0, 0, max(row - 1, 0), 0)


def _count_lines(text: str, size: float, indent: int) -> int:
    """Estimate how many lines a paragraph fills in the worksheet 正文, which holds the report's text in one column.

    Excel does not grow a row to its text here.
    """
    per_row = (_TEXT_COLUMN * 5.25 - indent * 9) / size
    return max(1, -int(-text_width(text) // per_row))


# --- tables ---


def _tables_with_sheet_names(document: Document, content: PrintedText) -> list[tuple[str, str, Table]]:
    found = [(f"表{place}", table.caption, table) for place, table in enumerate(_only_tables(document.blocks), start=1)]
    for annex, page in zip(document.annexes, content.annexes, strict=True):
        for place, table in enumerate(_only_tables(annex.blocks), start=1):
            name = page.label if place == 1 else f"{page.label}（{place}）"
            found.append((_FORBIDDEN.sub(" ", name)[:31], table.caption or annex.title, table))
    return found


def _only_tables(blocks: tuple[Block, ...]) -> list[Table]:
    return [block for block in blocks if isinstance(block, Table)]


def _write_table_sheet(book: Workbook, styles: _Styles, name: str, caption: str, table: Table, mark: str) -> None:
    sheet = book.add_worksheet(name)
    last = len(table.header) - 1
    sheet.write_string(0, 0, caption, styles(font_name=_HEI, font_size=14))
    sheet.write_string(1, 0, "　".join(filter(None, (table.unit, mark))), styles(font_color="#48535f"))
    sheet.set_row(0, 24)
    sheet.set_row(_HEADER_ROW, 34)
    head = styles(font_name=_HEI, align="center", text_wrap=True, border=1, bg_color="#eef1f4")
    for column, title in enumerate(table.header):
        sheet.write_string(_HEADER_ROW, column, title, head)
        widest = max([text_width(_cell_text(row[column])) for row in table.rows] + [min(text_width(title), 5.0)])
        sheet.set_column(column, column, min(40.0, 2 + 2 * widest))
    for place, row in enumerate(table.rows):
        look = {"border": 1, "bold": True} if place in table.summary_rows else {"border": 1}
        for column, cell in enumerate(row):
            _write_cell(sheet, styles, _HEADER_ROW + 1 + place, column, cell, look)
    end = _HEADER_ROW + len(table.rows)
    for offset, note in enumerate(table.notes, start=1):
        sheet.write_string(end + offset, 0, note, styles(font_size=10))
    # 序号 is text on purpose.
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{end + 1}"})
    sheet.freeze_panes(_HEADER_ROW + 1, 2 if last > 2 else 1)
    _set_up_printing(sheet, end + len(table.notes), last, mark)
    for order, chart in enumerate(table.charts):
        _add_chart(book, sheet, name, table, chart, last + 2, order)


def _cell_text(cell: Run) -> str:
    return cell.text if isinstance(cell, Figure) else cell


def _write_cell(sheet: Worksheet, styles: _Styles, row: int, column: int, cell: Run, look: dict[str, Any]) -> None:
    if isinstance(cell, Figure) and cell.value is not None:
        sheet.write_number(row, column, cell.value, styles(num_format=_number_format(cell), **look))
    elif isinstance(cell, Figure):
        sheet.write_string(row, column, cell.text, styles(align="right", **look))
    else:
        sheet.write_string(row, column, cell, styles(align="center", **look))


def _number_format(figure: Figure) -> str:
    """Return the Excel number format that shows a figure as the document prints it."""
    assert figure.value is not None
    exponent = figure.value.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    pattern = ("#,##0" if "," in figure.text else "0") + ("." + "0" * places if places else "")
    if figure.text.endswith("%"):
        pattern += '"%"'  # the value is 43.9, not 0.439
    return f"+{pattern};-{pattern};{pattern}" if figure.text.startswith("+") else pattern


def _set_up_printing(sheet: Worksheet, bottom: int, last: int, mark: str) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.print_area(0, 0, bottom, last)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, _HEADER_ROW)
    sheet.center_horizontally()
    sheet.set_footer("&C第 &P 页，共 &N 页" + (f"&R{mark.replace('&', '&&')}" if mark else ""))


def _add_chart(
    book: Workbook,
    sheet: Worksheet,
    name: str,
    table: Table,
    chart: Chart,
    column: int,
    order: int,
) -> None:
    first, last = _chart_rows(table)
    if last < first:
        return
    top, bottom = _HEADER_ROW + 1 + first, _HEADER_ROW + 1 + last
    drawn = book.add_chart({"type": "bar"})
    drawn.add_series(
        {
            "name": chart.title,
            "categories": [name, top, chart.labels, bottom, chart.labels],
            "values": [name, top, chart.values, bottom, chart.values],
            "fill": {"color": _THIS_YEAR},
            "gap": 45,
            "data_labels": {"value": True, "font": {"size": 8}},
        }
    )
    drawn.set_title({"name": chart.title, "name_font": {"name": _HEI, "size": 11, "bold": False}, "overlay": False})
    drawn.set_legend({"none": True})
    # The first row of the table on top, and the names clear of bars that fall below zero.
    drawn.set_y_axis({"reverse": True, "label_position": "low", "num_font": {"size": 9}, "line": {"color": "#85909c"}})
    drawn.set_x_axis({"major_gridlines": {"visible": True, "line": {"color": "#dce1e6"}}, "num_font": {"size": 8}})
    drawn.set_size({"width": 460, "height": 110 + 22 * (bottom - top + 1)})
    sheet.insert_chart(_HEADER_ROW, column, drawn, {"x_offset": 475 * order, "description": chart.title})


def _chart_rows(table: Table) -> tuple[int, int]:
    """Return the first and last row for a table's chart: the longest run of rows without a summary row."""
    best, start = (0, -1), 0
    for place in range(len(table.rows) + 1):
        if place == len(table.rows) or place in table.summary_rows:
            if place - start > best[1] - best[0] + 1:
                best = (start, place - 1)
            start = place + 1
    return best
