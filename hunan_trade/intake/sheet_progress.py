"""Counts the filled rows and findings of each sheet of a return, and caches the counts.

Everything that a check looks at is either the return's own, and then its row was written in the same transaction
(`audit.state_changes`), or in a table that a dataset's `version_tables` are the version of (ADR 11). Nothing of it
depends on the time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from hunan_trade.intake import datasets, return_sheets, row_totals
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.intake.return_checks import CheckedReturn
from hunan_trade.intake.return_sheets import ReturnSheets
from hunan_trade.table_versions import current_version_subquery
from hunan_trade.tabular.column_declaration import Kind
from hunan_trade.tabular.findings import Severity
from hunan_trade.tabular.table_types import ParsedTable, TableSpec
from hunan_trade.ui.component_data import StateKind

CACHE_SIZE = 200  # a few hundred bytes each
_cache: dict[int, tuple[str, tuple[SheetProgress, ...]]] = {}  # return → the version that was counted, and the counts


@dataclass(frozen=True)
class SheetProgress:
    """How far a sheet of a monthly return is filled in: numbers of rows, filled rows and findings, and the total."""

    dataset: TableSpec
    rows: int
    filled: int
    blocking: int
    unexplained: int
    total: (
        Decimal | None
    )  # of the month as typed, in 万, where the sheet adds up and every line of it reads as a figure

    @property
    def state(self) -> tuple[StateKind, str]:
        if self.blocking:
            return ("bad", "有问题") if self.filled else ("", "未填")
        return ("warn", "待说明") if self.unexplained else ("ok", "检查通过")


def return_progress(monthly_return: MonthlyReturn) -> tuple[SheetProgress, ...]:
    """Return how far each sheet of a monthly return is filled in, from the cache if nothing has changed."""
    before = progress_cache_key(monthly_return)
    if (cached := _cache.get(monthly_return.pk)) is not None and cached[0] == before:
        return cached[1]
    form = return_sheets.stored_sheets(monthly_return)
    progress = tuple(_progress_by_sheet(form, form.check()))
    if before and progress_cache_key(monthly_return) == before:  # nobody wrote while all that was read
        if len(_cache) >= CACHE_SIZE:
            _cache.clear()
        _cache[monthly_return.pk] = before, progress
    return progress


def progress_cache_key(monthly_return: MonthlyReturn) -> str:
    """Return a cache key for a return's progress; any change of data that the return's checks read changes the key.

    "" if the loaded return is outdated.

    The row's xmin is the transaction that wrote it last, so it tells apart what the version alone would not: a database
    that was restored counts up to the same versions again, and when its server was started tells that apart from xmin.
    """
    sheets = datasets.of_month(monthly_return.period)
    version_tables = sorted({table for dataset in sheets for table in dataset.version_tables})
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT concat_ws('/', pg_postmaster_start_time(), xmin, version, {', '.join(map(current_version_subquery, version_tables))})"
            f" FROM {MonthlyReturn._meta.db_table} WHERE id = %s AND version = %s",
            [monthly_return.pk, monthly_return.version],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _progress_by_sheet(form: ReturnSheets, checked: CheckedReturn) -> Iterator[SheetProgress]:
    for code, table in checked.tables.items():
        months, rows = table.spec.of_kind(Kind.MONTH), form.rows(table.spec)
        without_figures = [row.locks_all(months) for row, _ in rows]  # nothing to fill in, nothing to add up
        findings = checked.findings_of_sheet(code)
        yield SheetProgress(
            table.spec,
            rows=len(table.record_keys),
            filled=sum(
                without or any(typed.get(column.key) for column in months)
                for without, (_, typed) in zip(without_figures, rows, strict=True)
            ),
            blocking=sum(finding.severity is Severity.BLOCKING for finding in findings),
            unexplained=sum(finding.severity is Severity.EXPLAIN and not finding.explained for finding in findings),
            total=_month_total(table, without_figures) if table.spec.measure else None,
        )


def _month_total(table: ParsedTable, without_figures: Sequence[bool]) -> Decimal | None:
    amounts = [
        row_totals.row_total(table.spec, {key: column[at] for key, column in table.values.items()})
        for at in range(len(table.record_keys))
        if not without_figures[at]
    ]
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(amounts) else None
