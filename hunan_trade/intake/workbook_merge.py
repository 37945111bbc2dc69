"""Three-way merge of the downloaded, the uploaded and the stored texts of a return's cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Generic, NamedTuple, TypeVar

from django.db.models import TextChoices

from hunan_trade.intake.return_sheets import ReturnSheets
from hunan_trade.tabular.column_declaration import Column
from hunan_trade.tabular.table_types import RawTable, TableSpec

CELL_CHARACTERS = 2000  # characters kept of one raw cell; the column's own limit is told by the checks
Place = tuple[str, str]  # dataset, record
Cell = tuple[str, str, str]  # dataset, record, column
Change = tuple[str, str, str, str, str]  # sheet, record, column, before, after
Texts = Mapping[str, str]
T = TypeVar("T")


class Side(TextChoices):
    """The text chosen for a conflicting cell: MINE means the workbook's text, THEIRS the stored text."""

    MINE = "mine", "文件中的"  # the workbook's text
    THEIRS = "theirs", "系统中的"  # the text that stands


class TextVersion(NamedTuple):
    """Who wrote a stored text and when, and the first version of the monthly return that contains the text."""

    since: int
    by: int
    at: datetime


@dataclass(frozen=True)
class MergeBase:
    """The texts that a return had when a workbook was downloaded, as the base of a three-way merge.

    Only the rows written since are stored here. `is_known` is False when nobody can say. `older` has the texts that
    were replaced since, oldest first, `latest` who wrote what stands; `own` are the versions that earlier uploads of
    this very download brought.
    """

    version: int | None = None
    older: Mapping[Place, Sequence[tuple[TextVersion, Texts]]] = field(default_factory=dict)
    latest: Mapping[Place, TextVersion] = field(default_factory=dict)
    own: frozenset[int] = frozenset()
    copied: frozenset[str] = frozenset()  # datasets whose sheet came from another workbook

    def empty_if_sheet_copied(self, dataset: TableSpec) -> MergeBase:
        return MergeBase() if dataset.code in self.copied else self

    @property
    def is_known(self) -> bool:
        return self.version is not None

    def base_text(self, place: Place, column: str, now: str, default: str) -> str:
        """Return the text that a cell had when the workbook was downloaded.

        This is `now`, the stored text, if the row was not written since, and `default` if nobody had typed it.
        """
        if place not in self.latest:
            return now
        first = next(iter(self.older.get(place, ())), None)
        there = first is not None and self.version is not None and first[0].since <= self.version
        return first[1].get(column, default) if first and there else default

    def current_text_version(self, place: Place, column: str, now: str) -> TextVersion | None:
        """Return who wrote a cell's stored text and when, or None if its row is unchanged since the download."""
        found = self.latest.get(place)
        for written, texts in reversed(self.older.get(place, ())):
            if texts.get(column, "") != now:
                break
            found = written
        return found


@dataclass(frozen=True)
class ConflictChoices:
    """The user's choice, for each conflicting cell, between the workbook's text and the stored text.

    `rest` is the choice for all cells that `cells` does not name.
    """

    cells: Mapping[Cell, Side] = field(default_factory=dict)
    rest: Side | None = None

    def side_of(self, cell: Cell) -> Side | None:
        return self.cells.get(cell, self.rest)

    def __bool__(self) -> bool:
        return bool(self.cells) or self.rest is not None


@dataclass(frozen=True)
class CellConflict:
    """A cell whose text was changed differently in the workbook and in the portal since the download.

    `base` is the downloaded text.
    """

    dataset: TableSpec
    key: str
    column: Column
    record: str
    address: str
    base: str | None
    mine: str
    theirs: str
    theirs_version: TextVersion | None
    chosen: Side | None

    @property
    def cell_key(self) -> Cell:
        return self.dataset.code, self.key, self.column.key


@dataclass(frozen=True)
class SheetWrite:
    """The rows of one sheet that a merge will store: their record keys, and their texts by column."""

    dataset: TableSpec
    keys: Sequence[str]
    columns: Mapping[str, Sequence[str]]


class CountedList(Generic[T]):
    """An iterable of known length that creates its items anew at each iteration.

    A page shows only the first few hundred.
    """

    def __init__(self, count: int, build: Callable[[], Iterator[T]]) -> None:
        self._count, self._build = count, build

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[T]:
        return self._build()


class WorkbookMerge:
    """The result of merging a workbook into a return: changes, conflicts, and cells that keep the stored text.

    A cell equal to the base keeps what is stored (`kept_cells`), one that only the workbook changed is taken
    (`changes`), one that both changed to different texts is a conflict; until it is decided, it counts as taken for the
    checks.
    """

    def __init__(
        self, raw: Sequence[RawTable], form: ReturnSheets, base: MergeBase, choices: ConflictChoices | None = None
    ) -> None:
        choices = choices or ConflictChoices()
        self.base = base
        self._merged = [_SheetMerge(sheet, form, base, choices) for sheet in raw]
        asked = [(merged, at, column, side) for merged in self._merged for at, column, side in merged.conflicts]
        self.undecided_count = sum(side is None for *_, side in asked)
        self.decided_counts = {
            side.value: number for side in Side if (number := sum(chosen_side is side for *_, chosen_side in asked))
        }
        cells = {merged.cell_key(at, column) for merged, at, column, _ in asked} if choices.cells else set()
        self.unknown_cells = choices.cells.keys() - cells  # named, but in no conflict
        self.conflicts = CountedList(len(asked), lambda: self._each_cell(_SheetMerge.iter_conflicts))
        self.changes = CountedList(self._count_cells("taken_rows"), lambda: self._each_cell(_SheetMerge.iter_changes))
        self.kept_cells = CountedList(self._count_cells("kept_rows"), lambda: self._each_cell(_SheetMerge.iter_kept))

    @cached_property
    def merged_tables(self) -> list[RawTable]:
        """The merged tables of all sheets, on which the checks are run."""
        return [merged.merged_table for merged in self._merged]

    @property
    def sheet_writes(self) -> list[SheetWrite]:
        return [merged.rows_to_store for merged in self._merged]

    def _count_cells(self, what: str) -> int:
        return sum(len(places) for merged in self._merged for places in getattr(merged, what).values())

    def _each_cell(self, list_cells: Callable[[_SheetMerge], Iterator[T]]) -> Iterator[T]:
        return (cell for merged in self._merged for cell in list_cells(merged))


class _SheetMerge:
    """Merges one sheet of an uploaded workbook into the stored sheet of the return.

    `taken_rows` and `kept_rows` map columns to rows; `conflicts` are (row, column, side).
    """

    def __init__(self, sheet: RawTable, form: ReturnSheets, base: MergeBase, choices: ConflictChoices) -> None:
        self.sheet, self.dataset, self.base = sheet, sheet.spec, base.empty_if_sheet_copied(sheet.spec)
        self.mine, self.context = typed_texts_by_column(sheet), form.contexts[sheet.spec.code]
        self.stored = form.texts.get(self.dataset.code, {})  # rows as they are stored
        self.special = {row.key: row for row in self.context.rows if row.defaults or row.locked_columns}
        shown = {key: row.input_cell_texts(self.stored.get(key, {})) for key, row in self.special.items()}
        self.theirs = {**self.stored, **shown} if shown else self.stored
        self.taken_rows: dict[str, list[int]] = {column.key: [] for column in self.dataset.input_columns}
        self.kept_rows: dict[str, list[int]] = {column.key: [] for column in self.dataset.input_columns}
        self.conflicts: list[tuple[int, Column, Side | None]] = []
        self._last = {
            key: at for at, key in enumerate(sheet.record_keys)
        }  # of a record named twice the last one counts
        undisputed = not self.stored or (self.base.is_known and not self.base.latest)
        for column in self.dataset.input_columns:
            differing = self._differing_rows(column)
            if undisputed:
                self.taken_rows[column.key] = differing
                continue
            for at in differing:
                self._classify_cell(at, column, choices)

    def _classify_cell(self, at: int, column: Column, choices: ConflictChoices) -> None:
        key, new = self.sheet.record_keys[at], self.mine[column.key][at]
        now, place = self.stored_text(key, column), (self.dataset.code, key)
        then = self._base_text(at, column) if self.base.is_known else None
        if then is not None and same_text(column, new, then):
            self.kept_rows[column.key].append(at)
        elif (
            now == self._default_text(key, column)
            if then is None
            else same_text(column, now, then) or self._comes_from_same_download(place, column, now)
        ):
            self.taken_rows[column.key].append(at)
        else:
            self.conflicts.append((at, column, choices.side_of((*place, column.key))))

    def _base_text(self, at: int, column: Column) -> str:
        key = self.sheet.record_keys[at]
        place, now = (self.dataset.code, key), self.stored_text(key, column)
        return self.base.base_text(place, column.key, now, self._default_text(key, column))

    def _default_text(self, key: str, column: Column) -> str:
        return self.special[key].defaults.get(column.key, "") if key in self.special else ""

    def _is_locked_cell(self, key: str, column: Column) -> bool:
        return key in self.special and column.key in self.special[key].locked_columns

    def _comes_from_same_download(self, place: Place, column: Column, now: str) -> bool:
        """Return whether a cell's stored text came from the user's earlier upload of the same downloaded workbook.

        An upload by the same user.
        """
        written = self.base.current_text_version(place, column.key, now) if self.base.own else None
        return written is not None and written.since in self.base.own

    def _differing_rows(self, column: Column) -> list[int]:
        """Return the indexes of the rows whose uploaded text in this column differs from the stored text.

        A cell that is locked in its row takes no text; the check tells what the workbook has there.
        """
        texts = self.mine[column.key]
        if not self.theirs:
            return [at for at in self._last.values() if texts[at]]
        nothing: Texts = {}
        now = [self.theirs.get(key, nothing).get(column.key, "") for key in self._last]
        pairs = zip(self._last.values(), now, strict=True)
        found = [at for at, text in pairs if text != texts[at] and not same_text(column, text, texts[at])]
        return (
            [at for at in found if not self._is_locked_cell(self.sheet.record_keys[at], column)]
            if self.special
            else found
        )

    def stored_text(self, key: str, column: Column) -> str:
        return self.theirs.get(key, {}).get(column.key, "")

    def cell_key(self, at: int, column: Column) -> Cell:
        return self.dataset.code, self.sheet.record_keys[at], column.key

    def _rows_taking(self, side: Side) -> dict[str, set[int]]:
        """Return, by column key, the indexes of the rows that get the workbook's (MINE) or stored (THEIRS) text.

        Undecided conflicts get the workbook's text.
        """
        found = {key: set(rows) for key, rows in (self.taken_rows if side is Side.MINE else self.kept_rows).items()}
        for at, column, chosen in self.conflicts:
            if (chosen or Side.MINE) is side:
                found[column.key].add(at)
        return found

    @property
    def merged_table(self) -> RawTable:
        theirs = self._rows_taking(Side.THEIRS)
        if not any(theirs.values()):
            return self.sheet
        columns = []
        for column, texts in zip(self.dataset.columns, self.sheet.columns, strict=True):
            if rows := theirs.get(column.key):
                texts = list(texts)
                for at in rows:
                    texts[at] = self.stored_text(self.sheet.record_keys[at], column)
            columns.append(texts)
        return replace(self.sheet, columns=columns)

    @property
    def rows_to_store(self) -> SheetWrite:
        """The rows that the merge will store: new records, and rows in which a cell has changed.

        All rows if the return was empty.
        """
        if not self.stored:
            return SheetWrite(self.dataset, self.sheet.record_keys, self.mine)
        mine = self._rows_taking(Side.MINE)
        touched = set(chain.from_iterable(mine.values()))
        rows = [(key, at) for key, at in self._last.items() if key not in self.stored or at in touched]
        columns = {
            column.key: [
                self.mine[column.key][at] if at in mine[column.key] else self.stored_text(key, column)
                for key, at in rows
            ]
            for column in self.dataset.input_columns
        }
        return SheetWrite(self.dataset, [key for key, _ in rows], columns)

    def iter_changes(self) -> Iterator[Change]:
        return self._changes_at(self.taken_rows)

    def iter_kept(self) -> Iterator[Change]:
        return self._changes_at(self.kept_rows)

    def _changes_at(self, places: Mapping[str, Sequence[int]]) -> Iterator[Change]:
        """Yield (sheet, record, column, stored text, uploaded text) for cells given as row indexes by column key.

        A change is sheet, record, column, stored text and workbook text.
        """
        at_columns = {key: set(rows) for key, rows in places.items()}
        for at in sorted(set(chain.from_iterable(at_columns.values()))):
            for column in self.dataset.input_columns:
                if at in at_columns[column.key]:
                    now, mine = self.stored_text(self.sheet.record_keys[at], column), self.mine[column.key][at]
                    yield self.dataset.sheet, self._record_name(at), column.title, now, mine

    def iter_conflicts(self) -> Iterator[CellConflict]:
        for at, column, side in sorted(self.conflicts, key=lambda conflict: conflict[0]):
            key = self.sheet.record_keys[at]
            now, place = self.stored_text(key, column), (self.dataset.code, key)
            yield CellConflict(
                dataset=self.dataset,
                key=key,
                column=column,
                record=self._record_name(at),
                address=f"{self.dataset.letter(column.key)}{self.sheet.numbers[at]}",
                base=self._base_text(at, column) if self.base.is_known else None,
                mine=self.mine[column.key][at],
                theirs=now,
                theirs_version=self.base.current_text_version(place, column.key, now),
                chosen=side,
            )

    @cached_property
    def _record_names_by_key(self) -> Mapping[str, str]:
        return {row.key: row.name for row in self.context.rows}

    def _record_name(self, at: int) -> str:
        key = self.sheet.record_keys[at]
        if key in self._record_names_by_key:
            return self._record_names_by_key[key]
        record = self.context.addable_row(key)
        return record.name if record else key


def typed_texts_by_column(sheet: RawTable) -> dict[str, Sequence[str]]:
    """Return the texts of the columns that cities fill in, by column key, each cut to CELL_CHARACTERS."""
    return {column.key: _cut_each_to_limit(sheet.texts[column.key]) for column in sheet.spec.input_columns}


def _cut_each_to_limit(texts: Sequence[str]) -> Sequence[str]:
    return [text[:CELL_CHARACTERS] for text in texts] if max(map(len, texts), default=0) > CELL_CHARACTERS else texts


def same_text(column: Column, one: str, other: str) -> bool:
    """Return whether two texts are equal, also as numbers (343.40 = 343.4) or dates (2013-6-5 = 2013-06-05)."""
    if one == other:
        return True
    if (column.places is None and not column.is_date) or not one or not other:
        return False
    both = column.parse([one, other])
    return not both.faults and both.values[0] == both.values[1]
