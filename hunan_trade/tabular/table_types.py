"""Types for tables: the declaration of a table, its rows as received, and its parsed values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from hunan_trade.periods import Month
from hunan_trade.tabular.column_declaration import Column, Kind, clean_column
from hunan_trade.tabular.findings import Finding, Severity

FIRST_ROW = 4  # title, two heading rows, then data
KEY_SEPARATOR = "/"
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class TableSpec:
    """Declaration of a table that users fill in: its sheet, columns, checking rules and word for a record (企业)."""

    code: str
    sheet: str  # also the title of the tab
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()
    record_noun: str  # 企业, 指标
    measure: str = ""  # what the figures of a row add up to, where they do: 加工贸易进出口
    addable: str = ""  # what the form says about records it does not list; empty: the list is complete
    letters: Mapping[str, str] = field(init=False, repr=False, compare=False)
    kinds: Mapping[Kind, tuple[Column, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        letters = {column.key: chr(ord("A") + at) for at, column in enumerate(self.columns)}
        object.__setattr__(self, "letters", letters)
        kinds = {kind: tuple(column for column in self.columns if column.kind is kind) for kind in Kind}
        object.__setattr__(self, "kinds", kinds)

    def letter(self, column: str) -> str:
        return self.letters[column]

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)

    def of_kind(self, *kinds: Kind) -> tuple[Column, ...]:
        """Return the table's columns of the given kinds, in their order on the sheet."""
        return self.kinds[kinds[0]] if len(kinds) == 1 else tuple(c for c in self.columns if c.kind in kinds)

    @property
    def reason(self) -> Column:
        return self.of_kind(Kind.REASON)[0]

    @property
    def input_columns(self) -> tuple[Column, ...]:
        """Return the columns in which users type, that is, all but the key columns and the locked columns."""
        return self.of_kind(Kind.MONTH, Kind.CHECK, Kind.ENTRY, Kind.REASON)

    def nil_return_texts(self, row: PrefilledRow) -> dict[str, str]:
        """Return a dict from column key to the text of the row's input cell if the city has nothing to report."""
        return {
            column.key: column.nil_return_text(row.defaults.get(column.key, ""))
            for column in self.input_columns
            if column.key not in row.locked_columns
        }

    def key_of(self, texts: Mapping[str, str]) -> str:
        return KEY_SEPARATOR.join(texts.get(column.key, "") for column in self.of_kind(Kind.KEY))


class PrefilledRow(NamedTuple):
    """A table row filled in advance with the data of a record, such as an enterprise; users type the rest.

    `texts` are those of the locked columns and cells, `defaults` those of entries that nobody has typed over.
    """

    key: str
    name: str
    texts: Mapping[str, str]
    defaults: Mapping[str, str] = _NOTHING
    locked_columns: frozenset[str] = frozenset()  # typed columns whose cell is locked in this row

    def input_cell_texts(self, typed: Mapping[str, str]) -> Mapping[str, str]:
        """Return a dict from column key to cell text: as typed, else the default; a locked cell keeps its text."""
        if not self.defaults and not self.locked_columns:
            return typed
        return {**self.defaults, **typed, **{key: self.texts.get(key, "") for key in self.locked_columns}}

    def locks_all(self, columns: Iterable[Column]) -> bool:
        """Return whether the cells of this row are locked in all the given columns."""
        return bool(self.locked_columns) and self.locked_columns.issuperset(column.key for column in columns)


class Register(Protocol):
    """Interface to look up the registered records, such as enterprises, to which a table's rows belong.

    Loaded before the check.
    """

    @property
    def rows(self) -> Sequence[PrefilledRow]: ...

    def addable_row(self, key: str) -> PrefilledRow | None:
        """Return the row that users may add for the record with this key; None if they may add none."""
        ...

    def why_unlisted(self, key: str) -> str:
        """Return a Chinese sentence why the record with this key has no row any more, "" for any other key."""
        ...


@dataclass(frozen=True)
class RawRow:
    """An unparsed row of an uploaded or edited table: its Excel row number and one text for each column.

    "" for a blank cell.
    """

    number: int
    texts: tuple[str, ...]


@dataclass(frozen=True)
class RawTable:
    """A table as uploaded or typed, before parsing: the Excel row numbers and each column's texts.

    Columns are in the declared order.
    """

    spec: TableSpec
    numbers: Sequence[int]
    columns: Sequence[Sequence[str]] = field(repr=False)
    findings: tuple[Finding, ...] = ()  # what reading alone already found: formulas, stray cells
    covered: frozenset[str] = frozenset()  # cells under a merged one, of which nothing more is told

    @property
    def rows(self) -> list[RawRow]:
        return [RawRow(*row) for row in zip(self.numbers, zip(*self.columns, strict=True), strict=True)]

    @cached_property
    def texts(self) -> Mapping[str, Sequence[str]]:
        """Return a dict from column key to the cleaned texts of the column.

        As they are compared and stored.
        """
        columns = zip(self.spec.columns, self.columns, strict=True)
        return {column.key: clean_column(column, texts) for column, texts in columns}

    @cached_property
    def record_keys(self) -> list[str]:
        """Return each row's record key: the texts of its key columns, joined by "/"."""
        return list(
            map(KEY_SEPARATOR.join, zip(*(self.texts[c.key] for c in self.spec.of_kind(Kind.KEY)), strict=True))
        )


@dataclass(frozen=True)
class ParsedTable:
    """A parsed table with the values of each column; the value of an empty or invalid cell is None."""

    spec: TableSpec
    month: Month
    known: Any
    numbers: Sequence[int]  # row of each record as Excel shows it
    record_keys: Sequence[str]
    names: Sequence[str]
    values: Mapping[str, list[Any]]

    def finding(self, at: int, column: str, code: str, severity: Severity, message: str) -> Finding:
        """Return a `Finding` about the cell in this column and in the row with index `at`.

        The finding counts as explained when the record gives a reason.
        """
        reason = self.values.get(self.spec.reason.key, [])
        return Finding(
            sheet=self.spec.sheet,
            cell=f"{self.spec.letter(column)}{self.numbers[at]}",
            code=code,
            severity=severity,
            message=message,
            record=self.names[at],
            key=self.record_keys[at],
            column=column,
            explained=severity is Severity.EXPLAIN and bool(reason and reason[at]),
        )

    @cached_property
    def index(self) -> dict[str, int]:
        return {key: at for at, key in enumerate(self.record_keys)}


Rule = Callable[[ParsedTable, Mapping[str, ParsedTable]], Iterable[Finding]]
