"""Bulk upsert: copies rows into a temporary table with COPY, then merges them into the target table.

Only changed rows are written.
"""

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
_BLOCK_ROWS = 1024  # rows spelled at once: while PostgreSQL takes them in, the next are spelled
_MERGE_THRESHOLD = 1000  # fewer rows are looked up in the key's index one by one


def json_objects(columns: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the rows of a table, given as a dict of its columns, as JSON objects: {"code": "A1", "name": "x"}.

    A value common to all rows is encoded once.
    """
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


def upsert_rows(
    model: type[models.Model],
    key: Sequence[str],
    columns: Mapping[str, Sequence[Any]],
    *,
    fixed: Mapping[str, Any],
    compared_fields: Sequence[str],
    updated_fields: Sequence[str] | None = None,
    version_field: str = "",
) -> int:
    """Insert rows, or update stored rows with the same key if they differ; return how many rows were written.

    `columns` holds one value a row for each field (texts, numbers, dates, JSON as text, or None), `fixed` the fields
    that are the same in all rows. A row whose `compared_fields` fields equal the stored ones is left alone. In a row
    that is changed the `updated_fields` are written, all by default: naming one of a unique index makes everybody wait
    who refers to the row. The field `version_field` is 1 in a new row and raised in a changed one. Runs in the caller's transaction.
    """
    storing = _UpsertStatements(model, key, tuple(columns), fixed, compared_fields, updated_fields, version_field)
    table, count = storing.table, len(next(iter(columns.values())))
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {storing.staging} ON COMMIT DROP AS "
            f"SELECT {storing.column_names} FROM {table} WITH NO DATA"
        )
        cursor.execute(f"TRUNCATE {storing.staging}")
        _copy_rows_to_table(cursor, storing.staging, storing.column_names, _CopyFile(list(columns.values())))
        if count < _MERGE_THRESHOLD:
            return storing.insert_on_conflict(cursor)
        try:
            with transaction.atomic():
                return storing.merge_rows(cursor)
        except IntegrityError:  # somebody else brought the same rows at this moment
            return storing.insert_on_conflict(cursor)


@dataclass(frozen=True)
class _UpsertStatements:
    """Builds and runs the SQL statements that upsert rows from a temporary table into a model's table."""

    model: type[models.Model]
    key: Sequence[str]
    columns: Sequence[str]
    fixed: Mapping[str, Any]
    compared_fields: Sequence[str]
    updated_fields: Sequence[str] | None
    version_field: str

    @cached_property
    def table(self) -> str:
        return connection.ops.quote_name(self.model._meta.db_table)

    @cached_property
    def staging(self) -> str:
        return connection.ops.quote_name(f"staged_{self.model._meta.db_table}")

    @cached_property
    def column_names(self) -> str:
        return ", ".join(map(self._quoted_column, self.columns))

    def merge_rows(self, cursor: CursorWrapper) -> int:
        """Upsert the temporary table's rows by one MERGE statement; return how many rows were written.

        Raises IntegrityError if another transaction inserts one of them meanwhile.
        """
        found = " AND ".join(f"there.{self._quoted_column(name)} = {self._value_sql(name)}" for name in self.key)
        changed = ", ".join(
            f"{self._quoted_column(name)} = {self._value_sql(name)}" for name in self._updated_field_names
        )
        values = ", ".join(self._value_sql(name) for name in self._all_fields)
        if self.version_field:
            count = self._quoted_column(self.version_field)
            changed, values = f"{changed}, {count} = there.{count} + 1", f"{values}, 1"
        # New rows are in no statistics yet: taken for few, they would be looked for in each other's full length.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(
            f"MERGE INTO {self.table} there USING {self.staging} given ON {found} "
            f"WHEN MATCHED AND ({self._compared_columns_sql('there')}) IS DISTINCT FROM ({self._compared_columns_sql('given')}) "
            f"THEN UPDATE SET {changed} "
            f"WHEN NOT MATCHED THEN INSERT ({self._target_names}) VALUES ({values})",
            [
                self.fixed[name]
                for name in (*self.key, *self._updated_field_names, *self._all_fields)
                if name in self.fixed
            ],
        )
        written = int(cursor.rowcount)
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
        return written

    def insert_on_conflict(self, cursor: CursorWrapper) -> int:
        """Upsert the temporary table's rows by INSERT ... ON CONFLICT; return how many rows were written.

        This tolerates concurrent writers of the same rows.
        """
        changed = ", ".join(
            f"{self._quoted_column(name)} = excluded.{self._quoted_column(name)}" for name in self._updated_field_names
        )
        values = ", ".join(self._value_sql(name) for name in self._all_fields)
        if self.version_field:
            count = self._quoted_column(self.version_field)
            changed, values = f"{changed}, {count} = there.{count} + 1", f"{values}, 1"
        cursor.execute(
            f"INSERT INTO {self.table} AS there ({self._target_names}) SELECT {values} FROM {self.staging} given "
            f"ON CONFLICT ({', '.join(map(self._quoted_column, self.key))}) DO UPDATE SET {changed} "
            f"WHERE ({self._compared_columns_sql('there')}) IS DISTINCT FROM ({self._compared_columns_sql('excluded')})",
            [self.fixed[name] for name in self._all_fields if name in self.fixed],
        )
        return int(cursor.rowcount)

    @property
    def _all_fields(self) -> list[str]:
        return [*self.columns, *self.fixed]

    @property
    def _updated_field_names(self) -> list[str]:
        fields = self._all_fields if self.updated_fields is None else self.updated_fields
        return [name for name in fields if name not in self.key]

    @property
    def _target_names(self) -> str:
        return ", ".join(
            map(self._quoted_column, [*self._all_fields, *([self.version_field] if self.version_field else [])])
        )

    def _value_sql(self, name: str) -> str:
        return "%s" if name in self.fixed else f"given.{self._quoted_column(name)}"

    def _compared_columns_sql(self, side: str) -> str:
        return ", ".join(f"{side}.{self._quoted_column(name)}" for name in self.compared_fields)

    def _quoted_column(self, name: str) -> str:
        return connection.ops.quote_name(_column_name(self.model, name))


def insert_rows(model: type[models.Model], columns: Mapping[str, Sequence[Any]], *, fixed: Mapping[str, Any]) -> None:
    """Insert rows into a model's table by PostgreSQL's COPY, in the caller's transaction.

    Raises IntegrityError if one exists.
    """
    quote = connection.ops.quote_name
    names = ", ".join(quote(_column_name(model, name)) for name in (*columns, *fixed))
    rows = _CopyFile(list(columns.values()), list(fixed.values()))
    with connection.cursor() as cursor:
        _copy_rows_to_table(cursor, quote(model._meta.db_table), names, rows)


def _copy_rows_to_table(cursor: CursorWrapper, table: str, names: str, rows: _CopyFile) -> None:
    with connection.wrap_database_errors:  # Django leaves COPY's as they are
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", rows)


def _column_name(model: type[models.Model], name: str) -> str:
    return str(getattr(model._meta.get_field(name), "column"))  # noqa: B009 - relations without a column have no place here


class _CopyFile:
    """File-like object that gives table rows to PostgreSQL's COPY as tab-separated lines.

    At the end of each line stand the values that all rows share.
    """

    def __init__(self, columns: Sequence[Sequence[Any]], shared: Sequence[Any] = ()) -> None:
        self._blocks = _copy_text_blocks(columns, "".join(f"\t{_escape(value)}" for value in shared))

    def read(self, size: int = -1) -> str:
        """Return the next block of lines for COPY, or "" after the last one; the argument `size` is ignored."""
        return next(self._blocks, "")


def _copy_text_blocks(columns: Sequence[Sequence[Any]], tail: str) -> Iterator[str]:
    for start in range(0, len(columns[0]), _BLOCK_ROWS):
        values = [column[start : start + _BLOCK_ROWS] for column in columns]
        texts = [list(map(str, column)) for column in values]
        rows = len(texts[0])
        block = "\n".join(map("\t".join, zip(*texts, strict=True))) + "\n"
        # Looked at as one text: hardly any block has something to escape.
        plain = block.count("\n") == rows and block.count("\t") == rows * (len(columns) - 1)
        if not plain or any(sign in block for sign in ("\\", "\r", "None")):
            texts = [[_escape(value) for value in column] for column in values]
            block = "\n".join(map("\t".join, zip(*texts, strict=True))) + "\n"
        yield block.replace("\n", f"{tail}\n") if tail else block


def _escape(value: Any) -> str:
    return _NULL if value is None else str(value).translate(_ESCAPES)
