"""Chooses the column widths and the type size of a printed table."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reporting.renderers.line_breaks import break_column_head, text_width
from reporting.renderers.page_measures import MM, SIZE_5, TYPE_WIDTH_MM
from reporting.renderers.text_for_all_formats import PrintedTable

_SIZES = (SIZE_5, 9.0, 8.0, 7.5)
_PADDING_MM = 2.0  # both sides of a cell together
_TEXT_EMS = 12.0  # a longer text wraps rather than starve the other columns
# A whole column at once, each cell closed by a line break: no text of an outline holds one.
_NUMERIC = re.compile(r"(?:(?:[+\-−]?[\d,]*\.?\d+%?|[—\-…0]|未报|)\n)*")
_RANK = re.compile(r"(?:(?:\d{1,3}|[—\-]|)\n)*")


@dataclass(frozen=True)
class ColumnLayout:
    """Layout of a printed table, with column widths in mm and type size in points.

    `heads` are the names of the columns, each in the lines it is printed in. The widths add up to the type area;
    `sides` are left, centre or right.
    """

    heads: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    size: float
    sides: tuple[str, ...]


def lay_out_columns(table: PrintedTable) -> ColumnLayout:
    """Return column widths for a printed table in the largest type size at which each number fits on one line.

    Below 7.5 pt the columns are narrowed instead.
    """
    cells = [[row[place].text for row in table.rows] for place in range(len(table.header))]
    written = ["\n".join((*column, "")) for column in cells]
    numeric = [_NUMERIC.fullmatch(column) is not None for column in written]
    widest = [max(map(text_width, column), default=2.0) for column in cells]
    bodies = [ems if plain else min(ems, _TEXT_EMS) for ems, plain in zip(widest, numeric, strict=True)]
    heads = tuple(break_column_head(head, ems) for head, ems in zip(table.header, bodies, strict=True))
    ems_wide = [max(ems, *map(text_width, head)) for ems, head in zip(bodies, heads, strict=True)]
    for size in _SIZES:
        needs = [ems * size / MM + _PADDING_MM for ems in ems_wide]
        if sum(needs) <= TYPE_WIDTH_MM:
            break
    spare = TYPE_WIDTH_MM - sum(needs)
    if spare >= 0:
        share = [need + spare / len(needs) for need in needs]
    else:
        share = [need * TYPE_WIDTH_MM / sum(needs) for need in needs]
    return ColumnLayout(heads, tuple(share), size, tuple(map(_alignment, written, numeric, widest)))


def _alignment(column: str, numeric: bool, widest: float) -> str:
    if _RANK.fullmatch(column):
        return "centre"
    if numeric:
        return "right"
    return "centre" if widest <= _TEXT_EMS else "left"
