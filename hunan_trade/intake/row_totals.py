"""Computes the totals of a record's figures for this month, for last month and for the same month of last year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from hunan_trade import quantities
from hunan_trade.intake.datasets import Past
from hunan_trade.periods import Month
from hunan_trade.tabular.column_declaration import Kind
from hunan_trade.tabular.table_types import ParsedTable, TableSpec

LARGE_CHANGE_PERCENT = Decimal(15)  # % against last month from which a change is worth a look


@dataclass(frozen=True)
class RowComparison:
    """The totals of one record for this month, for last month and for the same month of last year."""

    total: Decimal | None
    last: Decimal | None
    base: Decimal | None

    @property
    def month_on_month(self) -> Decimal | None:
        return quantities.growth(self.total, self.last).rate

    @property
    def year_on_year(self) -> Decimal | None:
        return quantities.growth(self.total, self.base).rate

    @property
    def large_change(self) -> bool:
        """Whether the total differs from last month's by more than LARGE_CHANGE_PERCENT.

        From nothing to something counts.
        """
        if self.total is None or self.last is None:
            return False
        return self.total > 0 if self.last == 0 else abs(self.month_on_month or Decimal(0)) > LARGE_CHANGE_PERCENT


def month_columns_share_unit(dataset: TableSpec) -> bool:
    """Return whether all columns with the month's figures have the same unit, so that they can be added up."""
    return len({column.unit for column in dataset.of_kind(Kind.MONTH)}) == 1


def row_total(dataset: TableSpec, values: Mapping[str, Decimal | None]) -> Decimal | None:
    """Return the sum of a record's month figures that are in the first column's unit; None if one is missing.

    Of columns in different units, only those in the unit of the first are added: yuan and dollars make no sum.
    """
    months = dataset.of_kind(Kind.MONTH)
    parts = [values.get(column.key) for column in months if column.unit == months[0].unit]
    known = [part for part in parts if part is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(parts) else None


def compare_rows(dataset: TableSpec, table: ParsedTable, past: Past) -> list[RowComparison]:
    """Return each record's totals for this month, for last month and for the same month of last year.

    All None where the columns have different units.
    """
    if not month_columns_share_unit(dataset):
        return [RowComparison(None, None, None)] * len(table.record_keys)
    previous, year_ago = table.month.previous, table.month.year_ago
    keys = [column.key for column in dataset.of_kind(Kind.MONTH)]
    now = zip(*(table.values[key] for key in keys), strict=True)
    none: Mapping[Month, Mapping[str, Decimal]] = {}
    return [
        RowComparison(
            row_total(dataset, dict(zip(keys, values, strict=True))),
            row_total(dataset, months.get(previous, {})),
            row_total(dataset, months.get(year_ago, {})),
        )
        for values, months in zip(now, (past.get(key, none) for key in table.record_keys), strict=True)
    ]
