"""Tables: what their columns are, the rows as they came in, and the values parsed from them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from hunan_trade.periods import Month
from hunan_trade.tabular.columns import Column, Kind, cleaned_column
from hunan_trade.tabular.findings import Finding, Severity

FIRST_ROW = 4  # title, two heading rows, then data
KEY_GLUE = "/"


@dataclass(frozen=True, kw_only=True)
class TableSpec:
    """The declaration of a table: its columns, its rules, and what its records are called."""

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
        """The columns of these kinds, in the order of the sheet when one kind is asked for."""
        return self.kinds[kinds[0]] if len(kinds) == 1 else tuple(c for c in self.columns if c.kind in kinds)

    @property
    def reason(self) -> Column:
        return self.of_kind(Kind.REASON)[0]

    @property
    def typed(self) -> tuple[Column, ...]:
        """What people fill in."""
        return self.of_kind(Kind.MONTH, Kind.CHECK, Kind.REASON)

    def key_of(self, texts: Mapping[str, str]) -> str:
        return KEY_GLUE.join(texts.get(column.key, "") for column in self.of_kind(Kind.KEY))


class Prefilled(NamedTuple):
    """A row that the registers give: its key and the texts of its locked columns. Made by the hundred thousand."""

    key: str
    name: str
    texts: Mapping[str, str]


class Register(Protocol):
    """What is known of the records before any row is looked at."""

    @property
    def rows(self) -> Sequence[Prefilled]: ...

    def recognise(self, key: str) -> Prefilled | None:
        """The record behind a key that is not among the prefilled rows, or None when nobody registered it."""
        ...


@dataclass(frozen=True)
class RawRow:
    """A row as it came: its number as Excel shows it, one text a column, "" for blank."""

    number: int
    texts: tuple[str, ...]


@dataclass(frozen=True)
class RawSheet:
    """The rows as columns of texts, in the dataset's order; `numbers` are the rows' own as Excel shows them."""

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
        """Column key → its texts as they are compared and kept."""
        columns = zip(self.spec.columns, self.columns, strict=True)
        return {column.key: cleaned_column(column, texts) for column, texts in columns}

    @cached_property
    def keys(self) -> list[str]:
        """The record that each row names."""
        return list(map(KEY_GLUE.join, zip(*(self.texts[c.key] for c in self.spec.of_kind(Kind.KEY)), strict=True)))


@dataclass(frozen=True)
class Table:
    """A sheet after parsing: columns of values, None where blank or unreadable."""

    spec: TableSpec
    month: Month
    known: Any
    numbers: Sequence[int]  # row of each record as Excel shows it
    keys: Sequence[str]
    names: Sequence[str]
    values: Mapping[str, list[Any]]

    def finding(self, at: int, column: str, code: str, severity: Severity, message: str) -> Finding:
        """At the cell of the record's column; explained when the record gives a reason."""
        reason = self.values.get(self.spec.reason.key, [])
        return Finding(
            sheet=self.spec.sheet,
            cell=f"{self.spec.letter(column)}{self.numbers[at]}",
            code=code,
            severity=severity,
            message=message,
            record=self.names[at],
            key=self.keys[at],
            column=column,
            explained=severity is Severity.EXPLAIN and bool(reason and reason[at]),
        )

    @cached_property
    def index(self) -> dict[str, int]:
        return {key: at for at, key in enumerate(self.keys)}


Rule = Callable[[Table, Mapping[str, Table]], Iterable[Finding]]
