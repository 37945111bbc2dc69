"""Finds the head of a table in a sheet and joins the texts of its rows. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from hunan_trade.lists.imports.spreadsheet import Area, Sheet
from hunan_trade.text_cleaning import normal_form
from hunan_trade.workbooks import sheets as books

LOOKED_AT = 60  # rows, in which the head is looked for
MAX_DEPTH = 3  # rows of a head
_COVERAGE = 0.5  # of the sheet's columns have a label in a row that is a head
_TITLE_WIDTH = 0.7  # of the columns: what is that wide above the head is the title of the sheet
_FIGURE = re.compile(r"[\d\s.,，:：/%年月日号\-+—－~～至()（）¥￥$]+")
_MAX_LABEL = 40  # characters


@dataclass(frozen=True)
class SheetGrid:
    """The upper rows of a sheet as a person sees them: texts in one line, and merged areas as one cell."""

    sheet: Sheet

    @cached_property
    def _area_of(self) -> dict[tuple[int, int], Area]:
        return {
            (row, column): area
            for area in self.sheet.areas
            for row in range(area.top, min(area.bottom, LOOKED_AT + MAX_DEPTH) + 1)
            for column in range(area.left, area.right + 1)
        }

    @cached_property
    def width(self) -> int:
        """Number of columns that hold something."""
        return sum(1 for column in range(self.sheet.width) if any(self.sheet.raw.columns[column]))

    def area(self, row: int, column: int) -> Area:
        """Return the merged area of a cell, or the cell alone."""
        return self._area_of.get((row, column)) or Area(row, column, row, column)

    def own_text(self, row: int, column: int) -> str:
        """Return the text of a cell in one line; "" under a merged area, but for its first cell."""
        if self.area(row, column)[:2] != (row, column) or row >= self.sheet.height:
            return ""
        text = self.sheet.cell(row, column).shown
        return " ".join(text.split()) if text.isascii() else "".join(text.split())

    def text(self, row: int, column: int) -> str:
        """Return the text that covers a cell."""
        return self.own_text(*self.area(row, column)[:2])

    def filled(self, row: int) -> list[int]:
        return [column for column in range(self.sheet.width) if self.own_text(row, column)]

    def is_label(self, row: int, column: int) -> bool:
        """Return whether the text that covers a cell may be a heading: no figure, no date, no 填报单位：…."""
        row, column = self.area(row, column)[:2]
        text = self.own_text(row, column)
        if not text or len(text) > _MAX_LABEL or self.sheet.raw.kind(row, column) not in (books.TEXT, books.FORMULA):
            return False
        return not _FIGURE.fullmatch(text) and not re.search(r"[:：].*[^）)]$", text)


def find_head(grid: SheetGrid, known: Collection[str]) -> tuple[int, int, int] | None:
    """Return the first and the last row of the head, from zero, and how many of its headings are known; None without.

    `known` are the normal forms of headings that speak for a row.
    """
    best: tuple[int, int, int] | None = None
    for row in range(min(grid.sheet.height, LOOKED_AT)):
        if not _may_be_head(grid, row):
            continue
        top, bottom = _first_row_of_head(grid, row), _last_row_of_head(grid, row)
        titles = [joined_title(grid, range(top, bottom + 1), column)[-1] for column in range(grid.sheet.width)]
        matches = sum(normal_form(title) in known for title in titles if title)
        if best is None or matches > best[2]:
            best = top, bottom, matches
        if not known:
            break
    return best


def _may_be_head(grid: SheetGrid, row: int) -> bool:
    labels = {grid.area(row, column) for column in range(grid.sheet.width) if grid.is_label(row, column)}
    covered = sum(area.right - area.left + 1 for area in labels)
    texts = {grid.own_text(*area[:2]) for area in labels}
    figures = sum(1 for column in grid.filled(row) if not grid.is_label(row, column))
    return len(texts) >= min(2, grid.width) and covered >= _COVERAGE * grid.width and figures <= len(labels) / 4


def _last_row_of_head(grid: SheetGrid, top: int) -> int:
    """Return the last row of the head whose first labels stand in row `top`."""
    bottom = top
    while bottom - top + 1 < MAX_DEPTH and bottom + 1 < grid.sheet.height:
        if not _reaches_below(grid, bottom) and not _is_lower_head_row(grid, bottom):
            break
        bottom += 1
    return bottom


def _reaches_below(grid: SheetGrid, row: int) -> bool:
    """Return whether a label of this row is merged with the cell below it."""
    return any(grid.area(row, column).bottom > row and grid.is_label(row, column) for column in range(grid.sheet.width))


def _is_lower_head_row(grid: SheetGrid, upper: int) -> bool:
    """Return whether the row below `upper` stands under its groups alone: 当月, 累计 under 到位资金."""
    below = grid.filled(upper + 1)
    under_group = (column for column in below if grid.own_text(upper, column))
    return (
        bool(below)
        and all(grid.is_label(upper + 1, column) for column in below)
        and any(not grid.own_text(upper, column) for column in below)
        and all(_is_group(grid, upper, column) for column in under_group)
    )


def _is_group(grid: SheetGrid, row: int, column: int) -> bool:
    """Return whether a label stands over more than one column, merged or with blank cells at its right."""
    return column + 1 < grid.sheet.width and not grid.own_text(row, column + 1) and bool(grid.text(row + 1, column + 1))


def _first_row_of_head(grid: SheetGrid, row: int) -> int:
    """Return the first row of the head of which `row` is the first with a label in most columns."""
    top = row
    while top > 0 and row - top + 1 < MAX_DEPTH and _is_upper_head_row(grid, top - 1):
        top -= 1
    return top


def _is_upper_head_row(grid: SheetGrid, upper: int) -> bool:
    filled = grid.filled(upper)
    if filled == [0] and grid.area(upper, 0).right == 0:
        return False  # a title, written in the first cell
    wide = max((_group_width(grid, upper, column) for column in filled), default=0)
    return (
        bool(filled)
        and wide < _TITLE_WIDTH * grid.width
        and all(grid.is_label(upper, column) for column in filled)
        and all(_is_group(grid, upper, c) or not grid.own_text(upper + 1, c) for c in filled)
    )


def _group_width(grid: SheetGrid, row: int, column: int) -> int:
    """Return over how many columns a label stands."""
    last = grid.area(row, column).right
    while last + 1 < grid.sheet.width and not grid.text(row, last + 1) and grid.text(row + 1, last + 1):
        last += 1
    return last - column + 1


def joined_title(grid: SheetGrid, rows: range, column: int) -> list[str]:
    """Return the different texts over a column in the rows of the head, from above; at least one, perhaps "" alone."""
    parts = list(dict.fromkeys(text for text in _texts_over(grid, rows, column) if text))
    return parts or [""]


def _texts_over(grid: SheetGrid, rows: range, column: int) -> Iterator[str]:
    for row in rows:
        text = grid.text(row, column)
        if not text and row != rows[-1] and grid.text(row + 1, column):
            text = _group_at_left(grid, row, column)
        yield text


def _group_at_left(grid: SheetGrid, row: int, column: int) -> str:
    """Return the label of the group that was written, without merging, in a cell further left of the same row."""
    while column > 0:
        column -= 1
        if text := grid.text(row, column):
            return text if grid.own_text(row + 1, column) else ""
        if not grid.text(row + 1, column):
            break
    return ""
