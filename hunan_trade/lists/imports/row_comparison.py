"""Pure functions that compare the rows of a file with the records of a list.

They say which rows would be new, changed, the same or refused. A cell is compared with what stands and, where the file
was exported, with what the export held: a cell that still holds that keeps what is newer, and a field that both sides
have changed is chosen by a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, Literal, Protocol

from hunan_trade.lists.columns import Column
from hunan_trade.lists.imports.comparable_values import Stored, empty_value, stored_value
from hunan_trade.lists.imports.compared_records import Register
from hunan_trade.lists.imports.row_matching import SKIP, PossibleDuplicate, RowMatch, match_rows
from hunan_trade.lists.imports.row_parsing import ParsedRow
from hunan_trade.lists.imports.value_difference_text import difference_text, is_outlier
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.tabular.findings import Finding, Severity

Verdict = Literal["new", "changed", "same", "refused", "undecided", "skipped"]
VERDICTS: tuple[Verdict, ...] = ("new", "changed", "same", "refused", "undecided", "skipped")
Side = Literal["file", "register", "base"]


class Cells(Protocol):
    """Protocol for reading an imported file's cells: address and text by row number and column key."""

    @property
    def sheet(self) -> str: ...
    def address(self, row: int, column: str) -> str: ...  # "" where the file has no such column
    def text(self, row: int, column: str) -> str: ...


@dataclass(frozen=True)
class Choices:
    """A user's decisions on an import: what becomes of each possible duplicate, and which value each field gets.

    By row number for possible duplicates, by `row:column` for fields, and for all other fields.
    """

    rows: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)
    others: str = ""


@dataclass(frozen=True)
class FileColumns:
    """The columns of a list that an imported file contains: those that the import writes and those it only compares.

    The latter are called locked. `exported` are the columns by which downloads of the list write the first ones. `told`
    are those of both that are not written in standing records, each with the phrase that says what writes it, and
    `told_new` those in new records.
    """

    written: tuple[Column, ...]
    locked: tuple[Column, ...] = ()
    exported: Mapping[str, Column] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    told_new: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CellChange:
    """A field that an import would change, with its value in the database, in the file and in the earlier export.

    The last is None if it is not known. `is_open`: both sides changed it, or nobody knows, so that a person may choose;
    `side` is what holds now.
    """

    row: int
    cell: str
    column: str
    title: str
    stands: str
    file: str
    base: str | None
    difference: str
    is_outlier: bool
    is_open: bool
    side: Side

    @property
    def key(self) -> str:
        return f"{self.row}:{self.column}"


@dataclass(frozen=True)
class RowResult:
    """The result of comparing an imported row with a list's records, with a verdict such as "new" or "refused".

    `kept` counts fields that others changed since the export and the file did not. `change` is what would be written:
    None for a row that is the same, refused, skipped or not yet decided.
    """

    number: int
    verdict: Verdict
    name: str
    pk: int | None = None
    version: int | None = None
    changes: tuple[CellChange, ...] = ()
    candidates: tuple[PossibleDuplicate, ...] = ()
    choice: str = ""
    findings: tuple[Finding, ...] = ()
    kept: int = 0
    change: RecordChange | None = None


@dataclass(frozen=True)
class Comparison:
    """A comparison of the rows of an imported file with the records of a list.

    `fills` are the values that new records get where the file has no column.
    """

    rows: Sequence[ParsedRow]
    register: Register
    columns: FileColumns
    keys: tuple[tuple[str, ...], ...]
    name: str
    model: type[Any]
    cells: Cells
    locked_values: Mapping[str, Mapping[int, Any]] = field(default_factory=dict)
    fills: Mapping[str, Any] = field(default_factory=dict)

    def results(self, choices: Choices) -> Iterator[RowResult]:
        """Yield a RowResult for each row of the imported file, in the file's order."""
        chosen = self._match_rows(choices.rows) if choices.rows else self._matches_before_choices
        for row, found in zip(self.rows, chosen, strict=True):
            yield self._result(row, found, choices)

    def matched_record_versions(self) -> dict[str, Any]:
        """Return, by row number, primary keys and versions of the records that the imported row matches or resembles.

        If they are no longer the same, nobody may confirm. It names each record that the row means or may be the same
        as, with its version.
        """
        facts = {}
        for row, recognised in zip(self.rows, self._matches_before_choices, strict=True):
            named = [recognised.pk] if recognised.pk is not None else [each.pk for each in recognised.candidates]
            records = [[pk, record.version] for pk in named if (record := self.register.records.get(pk))]
            facts[str(row.number)] = [recognised.pk is not None, bool(recognised.refusal), records]
        return facts

    @cached_property
    def _matches_before_choices(self) -> list[RowMatch]:
        """The record to which each imported row refers, found without the user's decisions on possible duplicates."""
        return self._match_rows({})

    def _match_rows(self, choices: Mapping[str, str]) -> list[RowMatch]:
        return match_rows(self.rows, self.register, self.keys, self.name, choices)

    def _result(self, row: ParsedRow, found: RowMatch, choices: Choices) -> RowResult:
        record = self.register.records.get(found.pk) if found.pk is not None else None
        reference = (self.register.bases.get(found.mark) if found.mark else None) or record
        settled = {each.column for each in row.findings if self._is_as_exported(row, each.column, reference)}
        told = self.columns.told_new if record is None else self.columns.told
        left_out = settled | self._locked | told.keys()
        findings = tuple(each for each in row.findings if each.column not in left_out)
        name = str(record or row.values.get(self.name) or f"第 {row.number} 行")
        result = RowResult(
            row.number, "new", name, found.pk, candidates=found.candidates, findings=findings, choice=found.choice
        )
        if found.refusal:
            result = self._with_finding(result, found.at, found.refusal)
        if any(finding.severity == Severity.BLOCKING for finding in result.findings):
            return replace(result, verdict="refused")
        if found.choice == SKIP:
            return replace(result, verdict="skipped")
        if record is not None:
            return self._existing_record_result(result, record, row, found, settled, choices)
        if found.candidates and not found.choice:
            return replace(result, verdict="undecided")
        given = {**self.fills, **{key: value for key, value in row.values.items() if key in self._written}}
        values = {key: value for key, value in given.items() if key not in told}
        return replace(self._with_unwritten_field_notes(result, row, (), told), change=RecordChange(values))

    @cached_property
    def _written(self) -> dict[str, Column]:
        return {column.key: column for column in self.columns.written}

    @cached_property
    def _locked(self) -> set[str]:
        return {column.key for column in self.columns.locked}

    def _existing_record_result(
        self,
        result: RowResult,
        record: Any,
        row: ParsedRow,
        found: RowMatch,
        settled: Collection[str],
        choices: Choices,
    ) -> RowResult:
        base = self.register.bases.get(found.mark) if found.mark else None
        changes, values, kept = [], {}, 0
        for key, column in self._written.items():
            if key in self.columns.told:
                continue
            model_field: Any = self.model._meta.get_field(key)
            if key in row.cleared:
                wanted = empty_value(model_field)
            elif key in row.values or key in settled:
                wanted = stored_value(model_field, row.values.get(key))
            else:
                continue
            stands = getattr(record, model_field.attname)
            was = None if base is None else getattr(base, model_field.attname)
            if wanted != stands and self._is_as_exported(row, key, base or record):
                wanted = stands if base is None else was
            if wanted == stands:
                continue
            if base is not None and wanted == was:
                kept += 1
                continue
            is_open = base is None or was != stands
            change = self._cell_change(row, column, stands, wanted, (was,) if base is not None else (), is_open)
            change = replace(change, side=_side(change, choices))
            changes.append(change)
            if change.side != "register" and (value := {"file": wanted, "base": was}[change.side]) != stands:
                values[key] = value
        result = replace(result, version=record.version, changes=tuple(changes), kept=kept)
        result = self._with_unwritten_field_notes(
            result, row, (record,) if base is None else (base, record), self.columns.told
        )
        result = self._with_unwritable_cell_notes(result, record)
        if not values:
            return replace(result, verdict="same")
        return replace(result, verdict="changed", change=RecordChange(values, record.pk, record.version))

    def _cell_change(
        self, row: ParsedRow, column: Column, stands: Stored, wanted: Stored, was: tuple[Stored, ...], is_open: bool
    ) -> CellChange:
        spell = self.register.text_with_unit
        return CellChange(
            row=row.number,
            cell=self.cells.address(row.number, column.key),
            column=column.key,
            title=column.title,
            stands=spell(column, stands),
            file=spell(column, wanted),
            base=spell(column, was[0]) if was else None,
            difference=difference_text(stands, wanted),
            is_outlier=is_outlier(stands, wanted),
            is_open=is_open,
            side="file",
        )

    # --- What an export held ----------------------------------------------------------------------------------------
    def _is_as_exported(self, row: ParsedRow, key: str, reference: Any) -> bool:
        """Return whether an imported cell has the same text that an export of the record `reference` would write.

        So a cell whose text no reader understands, such as a computed one, comes back as it went out.
        """
        if reference is None or key not in self._written:
            return False
        text = self.cells.text(row.number, key)
        return bool(text) and text == _exported_text(self.columns.exported.get(key, self._written[key]), reference)

    def _with_unwritable_cell_notes(self, result: RowResult, record: Any) -> RowResult:
        """Add a note to an imported row's result for each cell that differs from a value that imports may not change."""
        for column in self.columns.locked:
            text = self.cells.text(result.number, column.key)
            stands = self.locked_values.get(column.key, {}).get(record.pk)
            if text and not _is_same(text, stands):
                phrase = self.columns.told.get(column.key, "不从导入改")
                result = self._with_note(result, column, phrase)
        return result

    def _with_unwritten_field_notes(
        self, result: RowResult, row: ParsedRow, records: Sequence[Any], told: Mapping[str, str]
    ) -> RowResult:
        """Return an imported row's result with a note on each new value for a field that imports never write.

        `records` are what the export held and what stands, none for a new record, which begins with the defaults.
        """
        for key in self._written.keys() & told.keys():
            model_field: Any = self.model._meta.get_field(key)
            standing = [getattr(each, model_field.attname) for each in records] or [model_field.get_default()]
            read = {key: empty_value(model_field)} if key in row.cleared else row.values
            if not self.cells.text(row.number, key) or any(self._is_as_exported(row, key, each) for each in records):
                continue
            if key not in read or stored_value(model_field, read[key]) not in standing:
                result = self._with_note(result, self._written[key], told[key])
        return result

    def _with_note(self, result: RowResult, column: Column, phrase: str) -> RowResult:
        return self._with_finding(result, column.key, f"{column.title}{phrase}，这一格不写入。", Severity.NOTE)

    def _with_finding(
        self, result: RowResult, column: str, sentence: str, severity: Severity = Severity.BLOCKING
    ) -> RowResult:
        return replace(result, findings=(*result.findings, self.finding(result, column, sentence, severity)))

    def finding(self, result: RowResult, column: str, sentence: str, severity: Severity = Severity.BLOCKING) -> Finding:
        """Return a Finding (error or note for the user) about a cell, or about its row if the file lacks the column."""
        address = self.cells.address(result.number, column) or f"第 {result.number} 行"
        return Finding(
            self.cells.sheet, address, "import", severity, sentence, result.name, key=str(result.number), column=column
        )


def count_verdicts(results: Iterable[RowResult]) -> dict[str, int]:
    """Return a dict from each verdict on imported rows, such as "new" or "refused", to the number of rows with it.

    Together they are the rows of the file.
    """
    found = Counter(result.verdict for result in results)
    return {verdict: found[verdict] for verdict in VERDICTS}


def _side(change: CellChange, choices: Choices) -> Side:
    """Return whose value an import gives a changed field: "file", "register" (as stored) or "base" (as exported).

    It is as chosen, else the file's unless a figure that both may have changed moves by much.
    """
    if not change.is_open:
        return "file"
    allowed = {"file": "file", "register": "register"} | ({"base": "base"} if change.base is not None else {})
    default: Side = "register" if change.is_outlier else "file"
    chosen: Any = allowed.get(choices.cells.get(change.key, choices.others))
    return chosen or default


def _exported_text(column: Column, record: Any) -> str:
    (value,) = column.values([record])
    held = column.kind.file_value(value)
    return held.isoformat() if isinstance(held, date) else held if isinstance(held, str) else ""


def _is_same(text: str, stands: Any) -> bool:
    """Return whether an imported cell's text is how an export would write the stored value `stands`."""
    if stands is None or isinstance(stands, str):
        return text == (stands or "")
    if isinstance(stands, date):
        return text == stands.isoformat()
    try:
        return float(text) == float(stands)
    except ValueError:
        return False
