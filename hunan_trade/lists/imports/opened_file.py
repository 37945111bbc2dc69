"""Opens the file of an import, and reads its rows by the chosen table and column mapping."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from hunan_trade.accounts.models import User
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.declaration import DaySpan, Listing
from hunan_trade.lists.exported_row_ids import COLUMN as MARK
from hunan_trade.lists.imports.fill_date_fields import CellLookup, fill_days
from hunan_trade.lists.imports.mapping import ColumnMapping, Remembered, mapping_problems, suggest_mapping
from hunan_trade.lists.imports.models import Import
from hunan_trade.lists.imports.related_record_names import related_names
from hunan_trade.lists.imports.row_comparison import FileColumns
from hunan_trade.lists.imports.row_parsing import ParsedRow, read_rows
from hunan_trade.lists.imports.spreadsheet import Spreadsheet, read_spreadsheet
from hunan_trade.lists.imports.table_in_sheet import Heading, Table, guess_table, table_at
from hunan_trade.workbooks.sheet_types import address


def offered_columns(listing: Listing, user: User) -> tuple[Column, ...]:
    """Return the columns of the list to which the user may map a column of an imported file.

    They are the record's mark, what may be written, and what is only compared.
    """
    written = listing.import_columns(user)
    keys = {column.key for column in written}
    return MARK, *written, *(column for column in listing.visible_columns(user) if column.key not in keys)


@dataclass(frozen=True)
class OpenedFile:
    """The file of an import, with the table and column mapping chosen for it and the rows read from it.

    Cells are named by row number and column key. `fills` are values for columns that the file does not have.
    """

    listing: Listing
    user: User
    spreadsheet: Spreadsheet
    table: Table
    mapping: ColumnMapping
    fills: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sheet(self) -> str:
        return self.table.sheet.name

    @cached_property
    def offered(self) -> tuple[Column, ...]:
        return offered_columns(self.listing, self.user)

    @cached_property
    def written_and_compared_columns(self) -> FileColumns:
        """The list's columns that occur in the file, divided into those to be written and those only compared."""
        mapped, from_spans = {match.column for match in self.mapping.matches}, self._columns_of_span_fields
        written = self.listing.import_columns(self.user)
        keys = {column.key for column in written}
        listed = {column.key: column for column in self.listing.visible_columns(self.user)}
        told, told_new = (self._why_not_written(is_new=is_new) for is_new in (False, True))
        return FileColumns(
            tuple(column for column in written if column.key in mapped | from_spans.keys()),
            tuple(column for key, column in listed.items() if key in mapped - keys - set(from_spans.values())),
            {key: listed[key] for key in keys & listed.keys()}
            | {name: listed[shown] for name, shown in from_spans.items()},
            told,
            told_new,
        )

    def _why_not_written(self, *, is_new: bool) -> dict[str, str]:
        """Return, by column key, a Chinese phrase that says why imports do not write into the column."""
        importing, editing = self.listing.importing, self.listing.editing
        locked = editing.unwritable_fields(self.user, is_new=is_new) if editing else {}
        return locked | dict(importing.told if importing else {})

    @property
    def _spans(self) -> tuple[DaySpan, ...]:
        return self.listing.importing.spans if self.listing.importing else ()

    @cached_property
    def _columns_of_span_fields(self) -> dict[str, str]:
        """A dict from each field filled from spans such as 6月19—22日 to the key of the column that has them."""
        mapped = {match.column for match in self.mapping.matches}
        shown = [span for span in self._spans if span.shown in mapped and not mapped & set(span.written_field_names)]
        return {name: span.shown for span in shown for name in span.written_field_names}

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """A sentence for each problem that prevents checking the file."""
        if self.table.problem:
            return (self.table.problem,)
        importing = self.listing.importing
        return mapping_problems(self.mapping, self.offered, importing.keys if importing else (), self.for_all_rows)

    @cached_property
    def for_all_rows(self) -> dict[str, Any]:
        """The identifying fields that the file lacks, such as the year, with the user's one value for all rows.

        The value is None until somebody has chosen it.
        """
        distinguishing_fields = self.listing.importing.distinguishing_fields if self.listing.importing else ()
        return {name: self.fills.get(name) for name in distinguishing_fields if self.mapping.match_for(name) is None}

    @cached_property
    def rows(self) -> list[ParsedRow]:
        """The rows of the table that hold records, with the values parsed from their cells.

        Of locked columns only the text is looked at.
        """
        written = self.listing.import_columns(self.user)
        shown = set(self._columns_of_span_fields.values())
        keys = {MARK.key, *shown, *(column.key for column in written)}
        mapping = ColumnMapping(tuple(match for match in self.mapping.matches if match.column in keys))
        related = related_names(self.listing.model, written, self.user)
        rows: Iterable[ParsedRow] = read_rows(self.table, mapping, self._columns_to_read(written, shown), related)
        if same := {name: value for name, value in self.for_all_rows.items() if value is not None}:
            rows = (replace(row, values={**same, **row.values}) for row in rows)
        if self._spans:
            cells = CellLookup(self.sheet, self.address, self.text)
            rows = (fill_days(row, self._spans, cells) for row in rows)
        return list(rows)

    def _columns_to_read(self, written: Iterable[Column], shown: Collection[str]) -> tuple[Column, ...]:
        """Return all columns to read from the file; columns that may contain a span of days get the kind DAYS."""
        of_spans = {name for span in self._spans for name in (span.begin, span.end)}
        shown_columns = [column for column in self.offered if column.key in shown]
        columns = (MARK, *written, *shown_columns)
        return tuple(
            replace(column, kind=column_kinds.DAYS) if column.key in of_spans | set(shown) else column
            for column in columns
        )

    @cached_property
    def unmapped(self) -> list[tuple[Heading, int]]:
        """The headings that are mapped to no column, each with the number of filled cells below it."""
        headings = [match.heading for match in self.mapping.matches if not match.column]
        return [(heading, self.table.filled_count(heading.column)) for heading in headings]

    def address(self, row: int, column: str) -> str:
        place = self._file_column_indexes.get(column)
        return "" if place is None else address(row - 1, place)

    def text(self, row: int, column: str) -> str:
        place = self._file_column_indexes.get(column)
        return "" if place is None else self.table.cell(row, place).value.strip()

    @cached_property
    def _file_column_indexes(self) -> dict[str, int]:
        places = {match.column: match.heading.column for match in self.mapping.matches if match.column}
        return places | {name: places[shown] for name, shown in self._columns_of_span_fields.items()}


def open_file(listing: Listing, found: Import, user: User, remembered: Remembered | None = None) -> OpenedFile:
    """Read the file of an import with the table and the mapping that were chosen for it."""
    spreadsheet = read_spreadsheet(found.file.read(), found.name)
    offered = offered_columns(listing, user)
    sheet, head_row, depth = (found.table[name] for name in ("sheet", "head_row", "depth"))
    table = table_at(spreadsheet, sheet, head_row, depth) if depth else guess_table(spreadsheet, offered)
    if found.table.get("without_hidden"):
        table = table.without_hidden_rows()
    mapping = suggest_mapping(table.headings, offered, remembered)
    for chosen in found.mapping:
        mapping = mapping.with_choice(chosen["at"], chosen["column"], chosen["unit"], chosen["spellings"])
    return OpenedFile(listing, user, spreadsheet, table, mapping, found.fills)
