"""Functions that find the table in a sheet, with its headings and its rows of records."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from hunan_trade.lists.columns import Column
from hunan_trade.lists.imports.header_rows import MAX_DEPTH, SheetGrid, find_header_rows, header_texts_above_column
from hunan_trade.lists.imports.measurement_units import line_units, split_unit
from hunan_trade.lists.imports.record_row_detection import SkippedRow, split_rows
from hunan_trade.lists.imports.spreadsheet import Cell, Sheet, Spreadsheet
from hunan_trade.text_cleaning import normal_form_for_comparison
from hunan_trade.workbooks import sheet_types as books
from hunan_trade.workbooks.sheet_types import address, column_letters

_NO_HEAD = "前 60 行里没有一行像表头。指明表头在第几行，或换一张工作表。"


@dataclass(frozen=True)
class Heading:
    """The heading of one spreadsheet column, joined from its header rows, such as 到位资金/当月.

    Columns are counted from zero. `unit` is the unit in the heading itself, `line_units` those of a line such as 单位：万元
    above the head.
    """

    column: int
    title: str
    unit: str = ""
    line_units: tuple[str, ...] = ()

    @property
    def letter(self) -> str:
        return column_letters(self.column)


@dataclass(frozen=True)
class Table:
    """A table found in a sheet, with its headings, the rows that hold records and the rows that were skipped.

    All row numbers are those that Excel shows. `head_rows` are the rows of the head, `first_row` and `last_row` the
    first and the last below it that may hold a record, `rows` those that do, `skipped` those that hold something and
    are no record. `problem` is a sentence where no head was found; then there are no headings.
    """

    sheet: Sheet
    head_rows: range
    first_row: int
    last_row: int
    headings: tuple[Heading, ...]
    rows: tuple[int, ...] = ()
    skipped: tuple[SkippedRow, ...] = ()
    problem: str = ""

    @cached_property
    def merged_source_rows(self) -> dict[int, dict[int, int]]:
        """For each column, a dict from each record row in a merged cell to the row that holds the merged cell's value.

        Rows are counted from zero. The value of an area goes down to the records below, not to other columns: those
        cells are blank, -1.
        """
        found: dict[int, dict[int, int]] = {}
        for area in self.sheet.merged_areas:
            if area.top >= self.first_row - 1:
                for column in range(area.left, area.right + 1):
                    own = column == area.left
                    begin, end = bisect_left(self.rows, area.top + 1 + own), bisect_right(self.rows, area.bottom + 1)
                    covered = (number - 1 for number in self.rows[begin:end])
                    found.setdefault(column, {}).update(dict.fromkeys(covered, area.top if own else -1))
        return found

    @property
    def filled_cells(self) -> frozenset[str]:
        """Return the addresses of cells that are merged with a cell above them and so have its value."""
        return frozenset(
            address(row, column)
            for column, sources in self.merged_source_rows.items()
            for row, top in sources.items()
            if top >= 0
        )

    @property
    def hidden_rows(self) -> tuple[int, ...]:
        """Return the numbers of the rows that hold a record and are hidden in the spreadsheet."""
        hidden = {number + 1 for first, last in self.sheet.raw.hidden_rows for number in range(first, last + 1)}
        return tuple(number for number in self.rows if number in hidden)

    def filled_count(self, column: int) -> int:
        """Return the number of records in the table that have a value in this column.

        Columns are counted from zero.
        """
        texts, sources = self.sheet.raw.columns[column], self.merged_source_rows.get(column, {})
        return sum(1 for number in self.rows if texts[number - 1].strip() or sources.get(number - 1, -1) >= 0)

    def without_hidden_rows(self) -> Table:
        """Return a copy of the table in which hidden rows count as skipped and not as records."""
        hidden = set(self.hidden_rows)
        left_out = [SkippedRow(number, self._first_text(number), "隐藏的行，按您选的不导入") for number in hidden]
        return replace(
            self,
            rows=tuple(number for number in self.rows if number not in hidden),
            skipped=tuple(sorted((*self.skipped, *left_out), key=lambda row: row.number)),
        )

    def _first_text(self, row: int) -> str:
        texts = (self.cell(row, heading.column).shown.strip() for heading in self.headings)
        return next(filter(None, texts), "")[:40]

    def cell(self, row: int, column: int) -> Cell:
        """Return the cell of a record row; a cell merged with one above it has the upper cell's value.

        `row` is its number in Excel, `column` is counted from zero.
        """
        source = self.merged_source_rows.get(column, {}).get(row - 1, row - 1)
        cell = self.sheet.cell(row - 1, column)
        if source < 0:
            return Cell(cell.address, books.EMPTY, "", "")
        return cell if source == row - 1 else replace(self.sheet.cell(source, column), address=cell.address)


def guess_table(spreadsheet: Spreadsheet, columns: Sequence[Column] = ()) -> Table:
    """Return the table of an uploaded spreadsheet that most likely holds the records to import.

    `columns` are those of the list; their titles and aliases speak for a head.
    """
    known = {normal_form_for_comparison(name) for column in columns for name in (column.title, *column.aliases)}
    best: tuple[tuple[bool, int, int], Table] | None = None
    for sheet in spreadsheet.sheets:
        grid = SheetGrid(sheet)
        if (found := find_header_rows(grid, known)) is not None:
            table = _table(grid, range(found[0] + 1, found[1] + 2))
            rank = (not sheet.raw.hidden, found[2], len(table.rows))
            if best is None or rank > best[0]:
                best = rank, table
    if best is not None:
        return best[1]
    sheet = next((sheet for sheet in spreadsheet.sheets if not sheet.raw.hidden), spreadsheet.sheets[0])
    return Table(sheet, range(0), 0, 0, (), problem=f"“{sheet.name}”的{_NO_HEAD}")


def table_at(spreadsheet: Spreadsheet, sheet: str, head_row: int, depth: int) -> Table:
    """Return the table of a sheet that begins with the header rows chosen by the user.

    Its head begins at this row of the sheet and has `depth` rows. Raises LookupError for a sheet or row that is not
    there.
    """
    chosen = spreadsheet.sheet(sheet)
    if chosen is None or not 1 <= depth <= MAX_DEPTH or not 1 <= head_row <= chosen.height - depth + 1:
        raise LookupError(f"no rows {head_row} to {head_row + depth - 1} in {sheet}")
    return _table(SheetGrid(chosen), range(head_row, head_row + depth))


def _table(grid: SheetGrid, head_rows: range) -> Table:
    """Return the table whose header rows are `head_rows`, with its headings and records.

    The numbers of rows are Excel's.
    """
    sheet, indexes = grid.sheet, range(head_rows.start - 1, head_rows.stop - 1)
    lines = (grid.own_text(row, column) for row in range(indexes.stop) for column in range(sheet.width))
    units = tuple(dict.fromkeys(unit for line in lines for unit in line_units(line)))
    parts = [header_texts_above_column(grid, indexes, column) for column in range(sheet.width)]
    headings = tuple(_heading(column, texts, units) for column, texts in enumerate(parts) if texts != [""])
    rows, skipped = split_rows(sheet, indexes.stop, ["/".join(texts) for texts in parts])
    return Table(
        sheet,
        head_rows,
        first_row=indexes.stop + 1,
        last_row=max([*(row + 1 for row in rows[-1:]), *(row.number for row in skipped[-1:]), indexes.stop]),
        headings=headings,
        rows=tuple(row + 1 for row in rows),
        skipped=tuple(skipped),
        problem="" if headings else f"“{sheet.name}”的{_NO_HEAD}",
    )


def _heading(column: int, texts: Sequence[str], units: tuple[str, ...]) -> Heading:
    split = [split_unit(text) for text in texts]
    title = "/".join(dict.fromkeys(text for text, _ in split if text)) or texts[-1]
    unit = next((unit for _, unit in reversed(split) if unit), "")
    return Heading(column, title, unit, units)


def head_fingerprint(headings: Sequence[Heading]) -> str:
    """Return a hash of a table's heading texts that does not depend on the order of the columns."""
    return hashlib.sha256(
        "\n".join(sorted(normal_form_for_comparison(heading.title) for heading in headings)).encode()
    ).hexdigest()
