"""Pure functions that find the header rows of a table, and join the header texts above each column.

Header rows are called its head.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from hunan_trade.lists.imports.spreadsheet import Area, Sheet
from hunan_trade.text_cleaning import normal_form_for_comparison
from hunan_trade.workbooks import sheet_types as books

LOOKED_AT = 60  # rows, in which the head is looked for
MAX_DEPTH = 3  # rows of a head
_COVERAGE = 0.5  # of the sheet's columns have a label in a row that is a head
_TITLE_WIDTH = 0.7  # of the columns: what is that wide above the head is the title of the sheet
_FIGURE = re.compile(r"[\d\s.,，:：/%年月日号\-+—－~～至()（）¥￥$]+")
_MAX_LABEL = 40  # characters


@dataclass(frozen=True)
class SheetGrid:
    """The upper rows of a sheet, in which each cell of a merged area has the text of the whole area."""

    sheet: Sheet

    @cached_property
    def _area_of(self) -> dict[tuple[int, int], Area]:
        return {
            (row, column): area
            for area in self.sheet.merged_areas
            for row in range(area.top, min(area.bottom, LOOKED_AT + MAX_DEPTH) + 1)
            for column in range(area.left, area.right + 1)
        }

    @cached_property
    def filled_column_count(self) -> int:
        """Number of the sheet's columns that are not empty."""
        return sum(1 for column in range(self.sheet.width) if any(self.sheet.raw.columns[column]))

    def area(self, row: int, column: int) -> Area:
        """Return the merged area that contains the cell; an area of one cell if the cell is not merged."""
        return self._area_of.get((row, column)) or Area(row, column, row, column)

    def own_text(self, row: int, column: int) -> str:
        """Return the cell's text in one line; "" for cells of a merged area other than its first."""
        if self.area(row, column)[:2] != (row, column) or row >= self.sheet.height:
            return ""
        text = self.sheet.cell(row, column).shown
        return " ".join(text.split()) if text.isascii() else "".join(text.split())

    def text(self, row: int, column: int) -> str:
        """Return the text shown at the cell, which may be that of the merged area around it."""
        return self.own_text(*self.area(row, column)[:2])

    def filled_columns(self, row: int) -> list[int]:
        return [column for column in range(self.sheet.width) if self.own_text(row, column)]

    def is_label(self, row: int, column: int) -> bool:
        """Return whether the cell's text looks like a column heading rather than a number, a date or a note.

        A note is such as 填报单位：….
        """
        row, column = self.area(row, column)[:2]
        text = self.own_text(row, column)
        if not text or len(text) > _MAX_LABEL or self.sheet.raw.kind(row, column) not in (books.TEXT, books.FORMULA):
            return False
        return not _FIGURE.fullmatch(text) and not re.search(r"[:：].*[^）)]$", text)


def find_header_rows(grid: SheetGrid, known: Collection[str]) -> tuple[int, int, int] | None:
    """Return a sheet's first and last header row and the number of known headings; None if no header is found.

    Rows are counted from zero. `known` are the normal forms of headings that speak for a row.
    """
    best: tuple[int, int, int] | None = None
    for row in range(min(grid.sheet.height, LOOKED_AT)):
        if not _may_be_head(grid, row):
            continue
        top, bottom = _first_row_of_head(grid, row), _last_row_of_head(grid, row)
        titles = [
            header_texts_above_column(grid, range(top, bottom + 1), column)[-1] for column in range(grid.sheet.width)
        ]
        matches = sum(normal_form_for_comparison(title) in known for title in titles if title)
        if best is None or matches > best[2]:
            best = top, bottom, matches
        if not known or 2 * matches >= len(titles):
            break
    return best


def _may_be_head(grid: SheetGrid, row: int) -> bool:
    labels = {grid.area(row, column) for column in range(grid.sheet.width) if grid.is_label(row, column)}
    covered = sum(area.right - area.left + 1 for area in labels)
    texts = {grid.own_text(*area[:2]) for area in labels}
    figures = sum(1 for column in grid.filled_columns(row) if not grid.is_label(row, column))
    return (
        len(texts) >= min(2, grid.filled_column_count)
        and covered >= _COVERAGE * grid.filled_column_count
        and figures <= len(labels) / 4
    )


def _last_row_of_head(grid: SheetGrid, top: int) -> int:
    """Return the last header row of the table, searching down from row `top`."""
    bottom = top
    while bottom - top + 1 < MAX_DEPTH and bottom + 1 < grid.sheet.height:
        if not _has_heading_merged_downwards(grid, bottom) and not _row_below_is_head(grid, bottom):
            break
        bottom += 1
    return bottom


def _has_heading_merged_downwards(grid: SheetGrid, row: int) -> bool:
    """Return whether any heading in the row is merged with the cell below it."""
    return any(grid.area(row, column).bottom > row and grid.is_label(row, column) for column in range(grid.sheet.width))


def _row_below_is_head(grid: SheetGrid, upper: int) -> bool:
    """Return whether the row below `upper` is a header row, too, with subheadings such as 当月 under 到位资金.

    Such are 当月 and 累计 under 到位资金.
    """
    below = grid.filled_columns(upper + 1)
    under_group = (column for column in below if grid.own_text(upper, column))
    return (
        bool(below)
        and all(grid.is_label(upper + 1, column) for column in below)
        and any(not grid.own_text(upper, column) for column in below)
        and all(_is_group_heading(grid, upper, column) for column in under_group)
    )


def _is_group_heading(grid: SheetGrid, row: int, column: int) -> bool:
    """Return whether the heading in this cell belongs to more than one column.

    It is merged, or has blank cells at its right.
    """
    return column + 1 < grid.sheet.width and not grid.own_text(row, column + 1) and bool(grid.text(row + 1, column + 1))


def _first_row_of_head(grid: SheetGrid, row: int) -> int:
    """Return the first header row of the table, searching up from row `row`.

    `row` is the first with a label in most columns.
    """
    top = row
    while top > 0 and row - top + 1 < MAX_DEPTH and _is_upper_head_row(grid, top - 1):
        top -= 1
    return top


def _is_upper_head_row(grid: SheetGrid, upper: int) -> bool:
    filled = grid.filled_columns(upper)
    if filled == [0] and grid.area(upper, 0).right == 0:
        return False  # a title, written in the first cell
    wide = max((_group_width(grid, upper, column) for column in filled), default=0)
    return (
        bool(filled)
        and wide < _TITLE_WIDTH * grid.filled_column_count
        and all(grid.is_label(upper, column) for column in filled)
        and all(_is_group_heading(grid, upper, c) or not grid.own_text(upper + 1, c) for c in filled)
    )


def _group_width(grid: SheetGrid, row: int, column: int) -> int:
    """Return the number of columns that a group heading covers."""
    last = grid.area(row, column).right
    while last + 1 < grid.sheet.width and not grid.text(row, last + 1) and grid.text(row + 1, last + 1):
        last += 1
    return last - column + 1


def header_texts_above_column(grid: SheetGrid, rows: range, column: int) -> list[str]:
    """Return the distinct header texts above a column, such as 到位资金 and 当月; [""] if there are none."""
    parts = list(dict.fromkeys(text for text in _text_of_each_header_row(grid, rows, column) if text))
    return parts or [""]


def _text_of_each_header_row(grid: SheetGrid, rows: range, column: int) -> Iterator[str]:
    for row in rows:
        text = grid.text(row, column)
        if not text and row != rows[-1] and grid.text(row + 1, column):
            text = _group_at_left(grid, row, column)
        yield text


def _group_at_left(grid: SheetGrid, row: int, column: int) -> str:
    """Return the group heading at the left to which an empty header cell belongs; "" if there is none."""
    while column > 0:
        column -= 1
        if text := grid.text(row, column):
            return text if grid.own_text(row + 1, column) else ""
        if not grid.text(row + 1, column):
            break
    return ""
