"""What a sheet of the return is: one declaration that the workbook, the grid, the API and the checks all read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache, cached_property
from typing import Any, NamedTuple, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from hunan_trade.intake.columns import Column, Kind
from hunan_trade.periods import Month

FIRST_ROW = 4  # title, two heading rows, then data
KEY_GLUE = "/"


class Severity(StrEnum):
    BLOCKING = "blocking"
    EXPLAIN = "explain"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One thing to correct, explain or know, at its cell as Excel shows it."""

    sheet: str
    cell: str
    code: str
    severity: Severity
    message: str  # what is wrong and what to do
    record: str = ""  # the enterprise or item
    key: str = ""  # of the row
    column: str = ""
    explained: bool = False


class Prefilled(NamedTuple):
    """A row that the registers give: its key and the texts of its locked columns. Made by the hundred thousand."""

    key: str
    name: str
    texts: Mapping[str, str]


Past = Mapping[str, Mapping[Month, Mapping[str, Decimal]]]  # key → month → month column → 万 or count


class Known(Protocol):
    """What a dataset loads once for a region and month, before any row is looked at."""

    @property
    def rows(self) -> Sequence[Prefilled]: ...

    @property
    def past(self) -> Past:
        """What was accepted in the months before, from the same month last year on, as it was typed."""
        ...

    def recognise(self, key: str) -> Prefilled | None:
        """The record behind a key that is not among the prefilled rows, or None when nobody registered it."""
        ...


@dataclass(frozen=True)
class Table:
    """A sheet after parsing: columns of values, None where blank or unreadable."""

    dataset: Dataset
    month: Month
    known: Any
    numbers: Sequence[int]  # row of each record as Excel shows it
    keys: Sequence[str]
    names: Sequence[str]
    values: Mapping[str, list[Any]]

    def finding(self, at: int, column: str, code: str, severity: Severity, message: str) -> Finding:
        """At the cell of the record's column; explained when the record gives a reason."""
        reason = self.values.get(self.dataset.reason.key, [])
        return Finding(
            sheet=self.dataset.sheet,
            cell=f"{self.dataset.letter(column)}{self.numbers[at]}",
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


@dataclass(frozen=True)
class Stored:
    """A figure to observe, and the cells it is the sum of."""

    indicator: str
    value: Any  # Decimal
    cells: str  # 加工贸易企业!F4:F31


@dataclass(frozen=True)
class Dataset:
    code: str
    sheet: str  # also the title of the tab
    columns: tuple[Column, ...]
    load: Callable[[str, Month, datetime | None], Known]  # region code, month, what was registered until then or None
    size: Callable[[str, Month], int]  # how many rows `load` gives at most; quick
    store: Callable[..., Iterator[Stored]]  # (table, *, round_, by): writes the facts, yields what to observe
    rules: tuple[Rule, ...]
    marks: tuple[str, ...]  # the versions (ADR 11) of all tables that `load` reads
    record_noun: str  # 企业, 指标
    measure: str = ""  # what the figures of a month add up to, where they do: 加工贸易进出口
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


@cache
def every() -> tuple[Dataset, ...]:
    """The sheets of a return, in the order of `settings.DATASETS`."""
    return tuple(import_string(name) for name in settings.DATASETS)


def get(code: str) -> Dataset:
    """KeyError for a code nobody declared."""
    found = next((dataset for dataset in every() if dataset.code == code), None)
    if found is None:
        raise KeyError(code)
    return found
