"""Functions that compare an uploaded file with a list's records, try its rows in a dry run, and write them.

The dry run is the list's own action, rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from hunan_trade.accounts.models import User
from hunan_trade.lists.columns import Column
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.imports.compared_records import Register, load_register
from hunan_trade.lists.imports.models import Import
from hunan_trade.lists.imports.opened_file import OpenedFile
from hunan_trade.lists.imports.row_comparison import Choices, Comparison, RowResult
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import WHOLE, Outcome
from hunan_trade.tabular.findings import Severity

Progress = Callable[[int, int], None]
STEP = 500  # rows between two reports of progress


@dataclass(frozen=True)
class Check:
    """The result of comparing an uploaded file with a list's records, with one result for each row of the file.

    `facts` are what was true of the register for them.
    """

    opened: OpenedFile
    comparison: Comparison
    results: tuple[RowResult, ...]
    facts: dict[str, Any]

    @property
    def rows_to_write(self) -> list[RowResult]:
        """The results of the imported rows that would create or change a record."""
        return [result for result in self.results if result.change is not None]


def check_file(opened: OpenedFile, found: Import, report: Progress | None = None) -> Check:
    """Compare each row of an uploaded file with the records that the importing user may see; write nothing.

    Nothing is locked either. `report` hears how many rows were compared, of how many.
    """
    listing, user, columns = opened.listing, opened.user, opened.written_and_compared_columns
    assert listing.importing is not None
    register = load_register(listing, columns.written, opened.rows, user)
    comparison = Comparison(
        rows=opened.rows,
        register=register,
        columns=columns,
        keys=listing.importing.keys,
        name=listing.importing.name,
        model=listing.model,
        cells=opened,
        locked_values=dict(_values_only_compared(listing, columns.locked, register)),
        fills=found.fills,
    )
    results = []
    for result in comparison.results(Choices(**found.choices)):
        results.append(result)
        if report is not None and len(results) % STEP == 0:
            report(len(results), len(opened.rows))
    return Check(opened, comparison, tuple(results), comparison.matched_record_versions())


def dry_run(check: Check, found: Import, *, by: User) -> Check:
    """Try to write a checked file's rows, roll back, and return the check with each row's outcome."""
    with transaction.atomic():
        written = write_rows(check, found, by=by)
        transaction.set_rollback(True)
    return written


def write_rows(check: Check, found: Import, *, by: User) -> Check:
    """Write a checked file's rows as records of its list, and return the check with each row's outcome.

    It marks rows that the action refused or left the same.
    """
    editing, rows = check.opened.listing.editing, check.rows_to_write
    assert editing is not None
    changes = [row.change for row in rows if row.change is not None]
    outcomes = editing.save(
        changes=changes, by=by, kind=Act.Kind.IMPORTED, reason=found.reason, reference=found.reference
    )
    after = {
        row.number: _result_after_writing(check, row, outcome) for row, outcome in zip(rows, outcomes, strict=True)
    }
    return replace(check, results=tuple(after.get(result.number, result) for result in check.results))


def stale_rows(before: dict[str, Any], after: dict[str, Any]) -> list[int]:
    """Return the numbers of an imported file's rows whose matching records differ between two checks of the file."""
    return sorted(int(row) for row in before.keys() | after.keys() if before.get(row) != after.get(row))


def _result_after_writing(check: Check, row: RowResult, outcome: Outcome) -> RowResult:
    if outcome.refused:
        found = [
            check.comparison.finding(
                row, "" if name == WHOLE else name, _sentence_with_field_title(check, row, name, sentence)
            )
            for name, sentences in outcome.errors.items()
            for sentence in sentences
        ]
        return replace(row, verdict="refused", findings=(*row.findings, *found), change=None)
    if outcome.result == "same":
        return replace(row, verdict="same", change=None)
    doubts = [check.comparison.finding(row, "", sentence, Severity.NOTE) for sentence in outcome.doubts]
    return replace(row, findings=(*row.findings, *doubts)) if doubts else row


def _sentence_with_field_title(check: Check, row: RowResult, name: str, sentence: str) -> str:
    """Return an error message about a field, preceded by the field's title if the imported file lacks its column."""
    if name == WHOLE or check.comparison.cells.address(row.number, name):
        return sentence
    field: Any = check.opened.listing.model._meta.get_field(name)
    return f"{field.verbose_name}：{sentence}"


def _values_only_compared(
    listing: Listing, locked: Sequence[Column], register: Register
) -> Iterator[tuple[str, dict[int, Any]]]:
    """Yield (column key, values by record's primary key) for each column that an import compares but never writes."""
    records = list(register.records.values())
    presented = list(listing.with_column_data(records, locked)) if locked else []
    for column in locked:
        values = map(column.kind.file_value, column.values(presented))
        yield column.key, dict(zip([record.pk for record in records], values, strict=True))
