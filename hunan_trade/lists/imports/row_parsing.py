"""Functions that convert the rows of a spreadsheet's table into values of a list's columns.

A cell that cannot be read gives a finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hunan_trade.lists.columns import Column
from hunan_trade.lists.imports.cell_readers import (
    CLEARED,
    NamedRecord,
    RawCell,
    Reader,
    Refused,
    check_readable,
    reader,
)
from hunan_trade.lists.imports.mapping import ColumnMapping, HeadingMatch
from hunan_trade.lists.imports.table_in_sheet import Table
from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.text_cleaning import is_tidy, tidy
from hunan_trade.workbooks import sheet_types as books

RelatedNames = Mapping[str, Mapping[str, tuple[NamedRecord, ...]]]  # column key → normal form of a name → who bears it
_Read = tuple[Any, str, str, Severity]  # value, code and text of a finding ("" without), its severity
_PLAIN_KINDS = {"text", "code"}
_BLANK: Any = object()
_EMPTIED: Any = object()


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A parsed spreadsheet row: its values by column, and the errors and notes about its cells.

    `cleared` are the columns that it empties. `number` is the row's number in Excel. A blank cell is in none of both:
    it leaves the field as it is. A finding that is `Severity.BLOCKING` refuses its cell, which then has no value.
    `values` are what `RecordChange` takes.
    """

    number: int
    values: Mapping[str, Any]
    cleared: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()

    @property
    def is_refused(self) -> bool:
        return any(finding.severity is Severity.BLOCKING for finding in self.findings)


def read_rows(
    table: Table, mapping: ColumnMapping, columns: Sequence[Column], related: RelatedNames
) -> Iterator[ParsedRow]:
    """Yield a ParsedRow for each record row of an imported table, in the file's order.

    `related` has the names for each column that points to other records.
    """
    by_key = {column.key: column for column in columns}
    read = {
        match.column: _read_column(table, match, by_key[match.column], related)
        for match in mapping.matches
        if match.column
    }
    for at, number in enumerate(table.rows):
        values, cleared, findings = {}, [], []
        for key, (letter, cells) in read.items():
            value, code, text, severity = cells[at]
            if code:
                place = f"{letter}{number}"
                findings.append(Finding(table.sheet.name, place, code, severity, text, column=key))
            if value is _EMPTIED:
                cleared.append(key)
            elif value is not _BLANK:
                values[key] = value
        yield ParsedRow(number, values, frozenset(cleared), tuple(findings))


def _read_column(
    table: Table, match: HeadingMatch, column: Column, related: RelatedNames
) -> tuple[str, Sequence[_Read]]:
    """Return a spreadsheet column's letter and, for each record, the value read from the column.

    Equal cells are read once.
    """
    read = reader(
        column,
        unit=match.unit,
        spellings=match.spellings,
        candidates=related.get(column.key),
        epoch_1904=table.sheet.epoch_1904,
    )
    raw, at = table.sheet.raw, match.heading.column
    texts, kinds, special = raw.columns[at], raw.column_kinds(at).decode("ascii"), _special_cells(table, at)
    if not special and column.kind.code in _PLAIN_KINDS and column.key not in related and _are_plain(texts, kinds):
        found = [_plain_text(texts[number - 1].strip()) for number in table.rows]
        return match.heading.letter, found
    known: dict[RawCell | tuple[str, str], _Read] = {}
    found = []
    for number in table.rows:
        cell = special.get(number - 1)
        key = cell or (texts[number - 1], kinds[number - 1])
        if (result := known.get(key)) is None:
            result = known[key] = _read_cell(read, cell or RawCell(key[0], key[1], key[0]))
        found.append(result)
    return match.heading.letter, found


def _are_plain(texts: Sequence[str], kinds: str) -> bool:
    """Return whether all cells of a column are plain texts and none looks like a number such as 4.3E+05."""
    together = "".join(texts)
    return not kinds.strip(books.TEXT + books.EMPTY) and is_tidy(together) and "E+" not in together.upper()


def _plain_text(text: str) -> _Read:
    return (_BLANK if not text else _EMPTIED if text in CLEARED else text), "", "", Severity.NOTE


def _read_cell(read: Reader, cell: RawCell) -> _Read:
    try:
        check_readable(cell)
        if not (shown := tidy(cell.shown)):
            return _BLANK, "", "", Severity.NOTE
        if shown in CLEARED:
            return _EMPTIED, "", "", Severity.NOTE
        value, note = read(cell)
    except Refused as refused:
        return _BLANK, refused.code, refused.sentence, Severity.BLOCKING
    return value, "cell.understood" if note else "", f"{note}。" if note else "", Severity.NOTE


def _special_cells(table: Table, column: int) -> dict[int, RawCell]:
    """Return, by row, the cells of a column that are merged, or that hold formulas, dates, errors or the like."""
    sheet = table.sheet
    found = {row: RawCell(odd.text, odd.kind, odd.shown, odd.has_value) for row, odd in sheet.odd_cells(column).items()}
    for row, top in table.merged_source_rows.get(column, {}).items():
        if top < 0:
            found[row] = RawCell("", books.EMPTY, "")
        else:
            cell = sheet.cell(top, column)
            found[row] = RawCell(cell.value, cell.kind, cell.shown, cell.has_value)
    return found


def unknown_choices(table: Table, mapping: ColumnMapping, columns: Sequence[Column]) -> dict[str, Counter[str]]:
    """Return, by column key, the words that are none of the column's choices, with the number of rows for each word."""
    by_key = {column.key: column for column in columns}
    found: dict[str, Counter[str]] = {}
    for match in mapping.matches:
        if match.column and by_key[match.column].kind.labels:
            read = reader(by_key[match.column], spellings=match.spellings)
            texts, special = table.sheet.raw.columns[match.heading.column], _special_cells(table, match.heading.column)
            shown = Counter(
                special[number - 1].shown if number - 1 in special else texts[number - 1] for number in table.rows
            )
            for text, count in shown.items():
                if _read_cell(read, RawCell(text, books.TEXT, text))[1]:
                    found.setdefault(match.column, Counter())[tidy(text)] += count
    return found
