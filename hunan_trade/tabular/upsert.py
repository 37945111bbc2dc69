"""Many rows at once: COPY into a temporary table, joined there with what stands, and only what differs is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from json.encoder import encode_basestring as quoted
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.db.backends.utils import CursorWrapper

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"
_BLOCK = 1024  # rows spelled at once: while PostgreSQL takes them in, the next are spelled
_MANY = 1000  # fewer rows are looked up in the key's index one by one


def json_objects(columns: Mapping[str, Sequence[str]]) -> list[str]:
    """Columns of texts as one JSON object a row. What a column says alike in all rows is spelled once."""
    count = len(next(iter(columns.values())))
    if not count:
        return []
    pieces: list[Iterable[str]] = []
    between = "{"
    for name, texts in columns.items():
        between += f"{quoted(name)}: "
        if texts.count(texts[0]) == count:
            between += quoted(texts[0])
        else:
            pieces += [repeat(between, count), map(quoted, texts)]
            between = ""
        between += ", "
    return list(map("".join, zip(*pieces, repeat(between.removesuffix(", ") + "}", count), strict=True)))


def upsert(
    model: type[models.Model],
    key: Sequence[str],
    columns: Mapping[str, Sequence[Any]],
    *,
    fixed: Mapping[str, Any],
    unless_same: Sequence[str],
    counted: str = "",
) -> int:
    """Insert rows, updating those whose key is there; returns how many were written.

    `columns` holds one value a row for each field (texts, numbers, dates, JSON as text, or None), `fixed` the fields
    that are the same in all rows. A row whose `unless_same` fields equal the stored ones is left alone. The field
    `counted` is 1 in a new row and raised in a changed one. Runs in the caller's transaction.
    """
    storing = _Storing(model, key, tuple(columns), fixed, unless_same, counted)
    table, count = storing.table, len(next(iter(columns.values())))
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {storing.staging} ON COMMIT DROP AS "
            f"SELECT {storing.copied} FROM {table} WITH NO DATA"
        )
        cursor.execute(f"TRUNCATE {storing.staging}")
        _copy(cursor, storing.staging, storing.copied, _Spelled(list(columns.values())))
        if count < _MANY:
            return storing.one_by_one(cursor)
        try:
            with transaction.atomic():
                return storing.joined(cursor)
        except IntegrityError:  # somebody else brought the same rows at this moment
            return storing.one_by_one(cursor)


@dataclass(frozen=True)
class _Storing:
    """The statements that take rows over from the temporary table."""

    model: type[models.Model]
    key: Sequence[str]
    columns: Sequence[str]
    fixed: Mapping[str, Any]
    unless_same: Sequence[str]
    counted: str

    @cached_property
    def table(self) -> str:
        return connection.ops.quote_name(self.model._meta.db_table)

    @cached_property
    def staging(self) -> str:
        return connection.ops.quote_name(f"staged_{self.model._meta.db_table}")

    @cached_property
    def copied(self) -> str:
        return ", ".join(map(self._name, self.columns))

    def joined(self, cursor: CursorWrapper) -> int:
        """One pass over both tables. IntegrityError where another transaction inserts one of the rows meanwhile."""
        found = " AND ".join(f"there.{self._name(name)} = {self._given(name)}" for name in self.key)
        changed = ", ".join(f"{self._name(name)} = {self._given(name)}" for name in self._changing)
        values = ", ".join(self._given(name) for name in self._all)
        if self.counted:
            count = self._name(self.counted)
            changed, values = f"{changed}, {count} = there.{count} + 1", f"{values}, 1"
        # New rows are in no statistics yet: taken for few, they would be looked for in each other's full length.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(
            f"MERGE INTO {self.table} there USING {self.staging} given ON {found} "
            f"WHEN MATCHED AND ({self._same_of('there')}) IS DISTINCT FROM ({self._same_of('given')}) "
            f"THEN UPDATE SET {changed} "
            f"WHEN NOT MATCHED THEN INSERT ({self._targets}) VALUES ({values})",
            [self.fixed[name] for name in (*self.key, *self._changing, *self._all) if name in self.fixed],
        )
        written = int(cursor.rowcount)
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
        return written

    def one_by_one(self, cursor: CursorWrapper) -> int:
        """By the key's index; two writers of the same rows do not collide."""
        changed = ", ".join(f"{self._name(name)} = excluded.{self._name(name)}" for name in self._changing)
        values = ", ".join(self._given(name) for name in self._all)
        if self.counted:
            count = self._name(self.counted)
            changed, values = f"{changed}, {count} = there.{count} + 1", f"{values}, 1"
        cursor.execute(
            f"INSERT INTO {self.table} AS there ({self._targets}) SELECT {values} FROM {self.staging} given "
            f"ON CONFLICT ({', '.join(map(self._name, self.key))}) DO UPDATE SET {changed} "
            f"WHERE ({self._same_of('there')}) IS DISTINCT FROM ({self._same_of('excluded')})",
            [self.fixed[name] for name in self._all if name in self.fixed],
        )
        return int(cursor.rowcount)

    @property
    def _all(self) -> list[str]:
        return [*self.columns, *self.fixed]

    @property
    def _changing(self) -> list[str]:
        return [name for name in self._all if name not in self.key]

    @property
    def _targets(self) -> str:
        return ", ".join(map(self._name, [*self._all, *([self.counted] if self.counted else [])]))

    def _given(self, name: str) -> str:
        return "%s" if name in self.fixed else f"given.{self._name(name)}"

    def _same_of(self, side: str) -> str:
        return ", ".join(f"{side}.{self._name(name)}" for name in self.unless_same)

    def _name(self, name: str) -> str:
        return connection.ops.quote_name(_column(self.model, name))


def insert(model: type[models.Model], columns: Mapping[str, Sequence[Any]], *, fixed: Mapping[str, Any]) -> None:
    """New rows, as in `upsert`; IntegrityError where one is there already. Runs in the caller's transaction."""
    quote = connection.ops.quote_name
    names = ", ".join(quote(_column(model, name)) for name in (*columns, *fixed))
    rows = _Spelled(list(columns.values()), list(fixed.values()))
    with connection.cursor() as cursor:
        _copy(cursor, quote(model._meta.db_table), names, rows)


def _copy(cursor: CursorWrapper, table: str, names: str, rows: _Spelled) -> None:
    with connection.wrap_database_errors:  # Django leaves COPY's as they are
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", rows)


def _column(model: type[models.Model], name: str) -> str:
    return str(getattr(model._meta.get_field(name), "column"))  # noqa: B009 - relations without a column have no place here


class _Spelled:
    """Columns as the file that COPY reads: a line a row, tabs between the fields, at the end what all rows share."""

    def __init__(self, columns: Sequence[Sequence[Any]], shared: Sequence[Any] = ()) -> None:
        self._blocks = _blocks(columns, "".join(f"\t{_field(value)}" for value in shared))

    def read(self, size: int = -1) -> str:
        """The next block, of whatever size; "" after the last."""
        return next(self._blocks, "")


def _blocks(columns: Sequence[Sequence[Any]], tail: str) -> Iterator[str]:
    for start in range(0, len(columns[0]), _BLOCK):
        values = [column[start : start + _BLOCK] for column in columns]
        texts = [list(map(str, column)) for column in values]
        rows = len(texts[0])
        block = "\n".join(map("\t".join, zip(*texts, strict=True))) + "\n"
        # Looked at as one text: hardly any block has something to escape.
        plain = block.count("\n") == rows and block.count("\t") == rows * (len(columns) - 1)
        if not plain or any(sign in block for sign in ("\\", "\r", "None")):
            texts = [[_field(value) for value in column] for column in values]
            block = "\n".join(map("\t".join, zip(*texts, strict=True))) + "\n"
        yield block.replace("\n", f"{tail}\n") if tail else block


def _field(value: Any) -> str:
    return _NULL if value is None else str(value).translate(_ESCAPES)
