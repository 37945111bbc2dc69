"""Tests that files written by xlsxwriter, by openpyxl and as raw XML are read exactly."""

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from hunan_trade.workbooks.sheet_types import (
    address,
    to_excel_number,
)
from hunan_trade.workbooks.tests.factories import (
    cells_in,
    filled_cells,
    number_cell,
    row_xml,
    workbook,
)
from hunan_trade.workbooks.upload_reader import read

Grid = list[list[str | Decimal | None]]
_TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=12
)
_NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**14), max_value=10**14).map(
    lambda value: Decimal(f"{value:.15g}")
)
_GRIDS = st.lists(st.lists(st.one_of(st.none(), _NUMBERS, _TEXTS), min_size=1, max_size=6), min_size=1, max_size=8)
_FEW = settings(max_examples=10, derandomize=True)


def write_with_xlsxwriter(grid: Grid, constant_memory: bool = False) -> bytes:
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {"constant_memory": constant_memory})
    sheet = book.add_worksheet()
    for row_index, values in enumerate(grid):
        for column, value in enumerate(values):
            if isinstance(value, str):
                sheet.write_string(row_index, column, value)
            elif value is not None:
                sheet.write_number(row_index, column, value)
    book.close()
    return stream.getvalue()


def write_with_openpyxl(grid: Grid) -> bytes:
    book = openpyxl.Workbook()
    for row_index, values in enumerate(grid, start=1):
        for column, value in enumerate(values, start=1):
            cell = book.active.cell(row_index, column)
            if value is not None:
                cell.value = value
                cell.data_type = "s" if isinstance(value, str) else "n"
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def write_xml_directly(grid: Grid) -> bytes:
    """Write the grid as raw XML, with numbers as Excel writes them: seventeen digits where fifteen do not suffice."""
    lines = []
    for row_index, values in enumerate(grid, start=1):
        cells = []
        for column, value in enumerate(values):
            place = address(row_index - 1, column)
            if isinstance(value, str):
                escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                cells.append(f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escaped}</t></is></c>')
            elif value is not None:
                cells.append(number_cell(place, f"{float(value):.17G}"))
        lines.append(row_xml(row_index, *cells))
    return workbook("".join(lines))


@pytest.mark.parametrize(
    "write", [write_with_xlsxwriter, write_with_openpyxl, write_xml_directly], ids=lambda write: write.__name__
)
@given(grid=_GRIDS)
@_FEW
def test_what_is_written_is_read_cell_by_cell(write: Callable[[Grid], bytes], grid: Grid) -> None:
    data = write(grid)
    sheet = read(data).sheets[0]
    for row_index, values in enumerate(grid):
        for column, value in enumerate(values):
            if isinstance(value, Decimal):
                assert sheet.is_number(row_index, column)
                assert to_excel_number(sheet.text(row_index, column)) == value
            elif write is not write_with_openpyxl or "_x" not in (value or ""):
                assert sheet.text(row_index, column) == (value or "")
    assert cells_in(data)["xl/worksheets/sheet1.xml"] <= filled_cells(sheet)


def test_streamed_inline_texts_read_like_shared_ones() -> None:
    grid = [[f"企业{n}", Decimal(n) / 8, None, "<b>&"] for n in range(50)]
    assert (
        read(write_with_xlsxwriter(grid, constant_memory=True)).sheets[0] == read(write_with_xlsxwriter(grid)).sheets[0]
    )
