"""Merges a workbook into the return cell by cell: the downloaded texts, the workbook's and the stored ones. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from itertools import chain
from typing import Generic, NamedTuple, TypeVar

from hunan_trade.intake.return_sheets import ReturnSheets
from hunan_trade.tabular.columns import Column
from hunan_trade.tabular.tables import RawTable, TableSpec

CELL = 2000  # characters kept of one raw cell; the column's own limit is told by the checks
Place = tuple[str, str]  # dataset, record
Cell = tuple[str, str, str]  # dataset, record, column
Change = tuple[str, str, str, str, str]  # sheet, record, column, before, after
Texts = Mapping[str, str]
T = TypeVar("T")


class Side(StrEnum):
    """The side whose text a conflict takes."""

    MINE = "mine"  # the workbook's text
    THEIRS = "theirs"  # the text that stands


class TextVersion(NamedTuple):
    """The version of the return since which a text holds, who wrote it and when."""

    since: int
    by: int
    at: datetime


@dataclass(frozen=True)
class MergeBase:
    """What the return held when a workbook was downloaded, for the rows written since.

    `known` is False when nobody can say. `older` has the texts that were replaced since, oldest first, `latest` who
    wrote what stands; `own` are the versions that earlier uploads of this very download brought.
    """

    version: int | None = None
    older: Mapping[Place, Sequence[tuple[TextVersion, Texts]]] = field(default_factory=dict)
    latest: Mapping[Place, TextVersion] = field(default_factory=dict)
    own: frozenset[int] = frozenset()
    copied: frozenset[str] = frozenset()  # datasets whose sheet came from another workbook

    def of(self, dataset: TableSpec) -> MergeBase:
        return MergeBase() if dataset.code in self.copied else self

    @property
    def known(self) -> bool:
        return self.version is not None

    def text(self, place: Place, column: str, now: str) -> str:
        """Return the text that the cell had in the download. A row not written since holds what it held."""
        if place not in self.latest:
            return now
        first = next(iter(self.older.get(place, ())), None)
        return first[1].get(column, "") if first and self.version is not None and first[0].since <= self.version else ""

    def written(self, place: Place, column: str, now: str) -> TextVersion | None:
        """Return who wrote the cell's current text and when; None where it is older than the workbook."""
        found = self.latest.get(place)
        for written, texts in reversed(self.older.get(place, ())):
            if texts.get(column, "") != now:
                break
            found = written
        return found


@dataclass(frozen=True)
class ConflictChoices:
    """The side that each conflicting cell takes; `rest` is for all that are not named."""

    cells: Mapping[Cell, Side] = field(default_factory=dict)
    rest: Side | None = None

    def of(self, cell: Cell) -> Side | None:
        return self.cells.get(cell, self.rest)

    def __bool__(self) -> bool:
        return bool(self.cells) or self.rest is not None


@dataclass(frozen=True)
class CellConflict:
    """A cell that both workbook and return changed; `base` is None where the downloaded text is unknown."""

    dataset: TableSpec
    key: str
    column: Column
    record: str
    address: str
    base: str | None
    mine: str
    theirs: str
    written: TextVersion | None
    chosen: Side | None

    @property
    def cell(self) -> Cell:
        return self.dataset.code, self.key, self.column.key


@dataclass(frozen=True)
class SheetWrite:
    """Rows of one sheet to store."""

    dataset: TableSpec
    keys: Sequence[str]
    columns: Mapping[str, Sequence[str]]


class CountedList(Generic[T]):
    """Cells counted at once but built one by one: a page shows only the first few hundred."""

    def __init__(self, count: int, told: Callable[[], Iterator[T]]) -> None:
        self._count, self._told = count, told

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[T]:
        return self._told()


class WorkbookMerge:
    """The merge of a workbook's rows into the stored return.

    A cell equal to the base keeps what stands (`kept`), one that only the workbook changed is taken (`changes`), one
    that both changed to different texts is a conflict; until it is decided, it counts as taken for the checks.
    """

    def __init__(
        self, raw: Sequence[RawTable], form: ReturnSheets, base: MergeBase, choices: ConflictChoices | None = None
    ) -> None:
        choices = choices or ConflictChoices()
        self.base = base
        self._merged = [_SheetMerge(sheet, form, base, choices) for sheet in raw]
        asked = [(merged, at, column, side) for merged in self._merged for at, column, side in merged.conflicts]
        self.undecided = sum(side is None for *_, side in asked)
        self.decided = {side.value: number for side in Side if (number := sum(said is side for *_, said in asked))}
        cells = {merged.cell(at, column) for merged, at, column, _ in asked} if choices.cells else set()
        self.unknown = choices.cells.keys() - cells  # named, but in no conflict
        self.conflicts = CountedList(len(asked), lambda: self._each(_SheetMerge.told_conflicts))
        self.changes = CountedList(self._number("taken"), lambda: self._each(_SheetMerge.told_changes))
        self.kept = CountedList(self._number("kept"), lambda: self._each(_SheetMerge.told_kept))

    @cached_property
    def sheets(self) -> list[RawTable]:
        """The workbook's rows after the merge, as the checks read them."""
        return [merged.sheet_after for merged in self._merged]

    @property
    def writes(self) -> list[SheetWrite]:
        return [merged.write for merged in self._merged]

    def _number(self, what: str) -> int:
        return sum(len(places) for merged in self._merged for places in getattr(merged, what).values())

    def _each(self, told: Callable[[_SheetMerge], Iterator[T]]) -> Iterator[T]:
        return (cell for merged in self._merged for cell in told(merged))


class _SheetMerge:
    """The merge of one sheet. `taken` and `kept` map columns to rows; `conflicts` are (row, column, side)."""

    def __init__(self, sheet: RawTable, form: ReturnSheets, base: MergeBase, choices: ConflictChoices) -> None:
        self.sheet, self.dataset, self.base = sheet, sheet.spec, base.of(sheet.spec)
        self.mine, self.known = typed_columns(sheet), form.known[sheet.spec.code]
        self.theirs = form.texts.get(self.dataset.code, {})
        self.taken: dict[str, list[int]] = {column.key: [] for column in self.dataset.input_columns}
        self.kept: dict[str, list[int]] = {column.key: [] for column in self.dataset.input_columns}
        self.conflicts: list[tuple[int, Column, Side | None]] = []
        self._last = {key: at for at, key in enumerate(sheet.keys)}  # of a record named twice the last one counts
        undisputed = not self.theirs or (self.base.known and not self.base.latest)
        for column in self.dataset.input_columns:
            differing = self._differing(column)
            if undisputed:
                self.taken[column.key] = differing
                continue
            for at in differing:
                self._judge(at, column, choices)

    def _judge(self, at: int, column: Column, choices: ConflictChoices) -> None:
        key, new = self.sheet.keys[at], self.mine[column.key][at]
        now, place = self.now(key, column), (self.dataset.code, key)
        then = self.base.text(place, column.key, now) if self.base.known else None
        if then is not None and same_text(column, new, then):
            self.kept[column.key].append(at)
        elif now == "" if then is None else same_text(column, now, then) or self._own(place, column, now):
            self.taken[column.key].append(at)
        else:
            self.conflicts.append((at, column, choices.of((*place, column.key))))

    def _own(self, place: Place, column: Column, now: str) -> bool:
        """Return whether the stored text came from the same workbook, which its owner corrected further."""
        written = self.base.written(place, column.key, now) if self.base.own else None
        return written is not None and written.since in self.base.own

    def _differing(self, column: Column) -> list[int]:
        """Return the rows in which the workbook differs from what is stored."""
        texts = self.mine[column.key]
        if not self.theirs:
            return [at for at in self._last.values() if texts[at]]
        nothing: Texts = {}
        now = [self.theirs.get(key, nothing).get(column.key, "") for key in self._last]
        pairs = zip(self._last.values(), now, strict=True)
        return [at for at, text in pairs if text != texts[at] and not same_text(column, text, texts[at])]

    def now(self, key: str, column: Column) -> str:
        return self.theirs.get(key, {}).get(column.key, "")

    def cell(self, at: int, column: Column) -> Cell:
        return self.dataset.code, self.sheet.keys[at], column.key

    def _of(self, side: Side) -> dict[str, set[int]]:
        """Map columns to the rows that take this side's text; undecided rows count as mine."""
        found = {key: set(rows) for key, rows in (self.taken if side is Side.MINE else self.kept).items()}
        for at, column, chosen in self.conflicts:
            if (chosen or Side.MINE) is side:
                found[column.key].add(at)
        return found

    @property
    def sheet_after(self) -> RawTable:
        theirs = self._of(Side.THEIRS)
        if not any(theirs.values()):
            return self.sheet
        columns = []
        for column, texts in zip(self.dataset.columns, self.sheet.columns, strict=True):
            if kept := theirs.get(column.key):
                texts = list(texts)
                for at in kept:
                    texts[at] = self.now(self.sheet.keys[at], column)
            columns.append(texts)
        return replace(self.sheet, columns=columns)

    @property
    def write(self) -> SheetWrite:
        """The rows to store: all where nothing is stored yet, else those that are new or have a cell to take."""
        if not self.theirs:
            return SheetWrite(self.dataset, self.sheet.keys, self.mine)
        mine = self._of(Side.MINE)
        touched = set(chain.from_iterable(mine.values()))
        rows = [(key, at) for key, at in self._last.items() if key not in self.theirs or at in touched]
        columns = {
            column.key: [
                self.mine[column.key][at] if at in mine[column.key] else self.now(key, column) for key, at in rows
            ]
            for column in self.dataset.input_columns
        }
        return SheetWrite(self.dataset, [key for key, _ in rows], columns)

    def told_changes(self) -> Iterator[Change]:
        return self._told(self.taken)

    def told_kept(self) -> Iterator[Change]:
        return self._told(self.kept)

    def _told(self, places: Mapping[str, Sequence[int]]) -> Iterator[Change]:
        """Yield the changes at these places: the stored text and the workbook's."""
        at_columns = {key: set(rows) for key, rows in places.items()}
        for at in sorted(set(chain.from_iterable(at_columns.values()))):
            for column in self.dataset.input_columns:
                if at in at_columns[column.key]:
                    now, mine = self.now(self.sheet.keys[at], column), self.mine[column.key][at]
                    yield self.dataset.sheet, self._name(at), column.title, now, mine

    def told_conflicts(self) -> Iterator[CellConflict]:
        for at, column, side in sorted(self.conflicts, key=lambda conflict: conflict[0]):
            key = self.sheet.keys[at]
            now, place = self.now(key, column), (self.dataset.code, key)
            yield CellConflict(
                dataset=self.dataset,
                key=key,
                column=column,
                record=self._name(at),
                address=f"{self.dataset.letter(column.key)}{self.sheet.numbers[at]}",
                base=self.base.text(place, column.key, now) if self.base.known else None,
                mine=self.mine[column.key][at],
                theirs=now,
                written=self.base.written(place, column.key, now),
                chosen=side,
            )

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return {row.key: row.name for row in self.known.rows}

    def _name(self, at: int) -> str:
        key = self.sheet.keys[at]
        if key in self._names:
            return self._names[key]
        record = self.known.recognise(key)
        return record.name if record else key


def typed_columns(sheet: RawTable) -> dict[str, Sequence[str]]:
    """Return the typed columns, with texts as they are stored."""
    return {column.key: _cut(sheet.texts[column.key]) for column in sheet.spec.input_columns}


def _cut(texts: Sequence[str]) -> Sequence[str]:
    return [text[:CELL] for text in texts] if max(map(len, texts), default=0) > CELL else texts


def same_text(column: Column, one: str, other: str) -> bool:
    """Return whether two texts are equal, or the same number written differently: 343.40 and 343.4."""
    if one == other:
        return True
    if column.places is None or not one or not other:
        return False
    both = column.parse([one, other])
    return not both.faults and both.values[0] == both.values[1]
