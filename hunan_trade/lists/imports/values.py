"""Reads the rows of a spreadsheet's table as values of a list's columns, with a finding for each cell it cannot read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hunan_trade.lists.columns import Column
from hunan_trade.lists.imports.headings import Table
from hunan_trade.lists.imports.mapping import ColumnMapping
from hunan_trade.tabular.findings import Finding


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A row as read: the values that its filled cells hold by column, the columns it empties, and its findings.

    `number` is the row's number in Excel. A blank cell is in none of both: it leaves the field as it is. A finding that
    is `Severity.BLOCKING` refuses its cell, which then has no value. `values` are what `RecordChange` takes.
    """

    number: int
    values: Mapping[str, Any]
    cleared: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class RelatedNames:
    """The records that cells of related columns may name: by column key, normal form of a name → keys that bear it."""

    by_column: Mapping[str, Mapping[str, tuple[Any, ...]]]


def read_rows(
    table: Table, mapping: ColumnMapping, columns: Sequence[Column], related: RelatedNames
) -> Iterator[ParsedRow]:
    """Yield each row of the table that holds a record, in the file's order."""
    raise NotImplementedError
