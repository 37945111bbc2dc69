"""Finds the table in a sheet: its head of one to three rows, its records, and the rows that are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hunan_trade.lists.columns import Column
from hunan_trade.lists.imports.spreadsheet import Sheet, Spreadsheet
from hunan_trade.workbooks.sheets import column_letters


@dataclass(frozen=True)
class Heading:
    """The heading of one column (counted from zero): the texts of its head rows joined, as 到位资金/当月.

    `unit` is the unit in the heading itself, `line_units` those of a line such as 单位：万元 above the head.
    """

    column: int
    title: str
    unit: str = ""
    line_units: tuple[str, ...] = ()

    @property
    def letter(self) -> str:
        return column_letters(self.column)


@dataclass(frozen=True)
class SkippedRow:
    """A row among the records that is none, such as a sum: its number in Excel, its first text, and why."""

    number: int
    text: str
    reason: str


@dataclass(frozen=True)
class Table:
    """A table in a sheet; all row numbers are those that Excel shows.

    `head_rows` are the rows of the head, `first_row` and `last_row` the first and the last below it that may hold a
    record; `skipped` are those between them that hold something and are no record, `hidden_rows` the numbers of hidden
    ones that hold a record. `filled` are the addresses of cells that took the value of a merged area. `problem` is a
    sentence where no head was found; then there are no headings.
    """

    sheet: Sheet
    head_rows: range
    first_row: int
    last_row: int
    headings: tuple[Heading, ...]
    skipped: tuple[SkippedRow, ...] = ()
    hidden_rows: tuple[int, ...] = ()
    filled: frozenset[str] = frozenset()
    problem: str = ""

    @property
    def record_rows(self) -> list[int]:
        """Return the numbers of the rows that hold a record."""
        raise NotImplementedError


def guess_table(spreadsheet: Spreadsheet, columns: Sequence[Column] = ()) -> Table:
    """Return the table that most likely holds the records: the sheet and the head rows that look most like one.

    `columns` are those of the list; their titles and aliases speak for a head.
    """
    raise NotImplementedError


def table_at(spreadsheet: Spreadsheet, sheet: str, head_row: int, depth: int) -> Table:
    """Return the table whose head begins at this row of the sheet and has `depth` rows, as a person chose.

    Raises LookupError for a sheet or row that is not there.
    """
    raise NotImplementedError


def head_fingerprint(headings: Sequence[Heading]) -> str:
    """Return a hash of the headings' texts, the same in any order of the columns."""
    raise NotImplementedError
