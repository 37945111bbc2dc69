"""Many rows at once: COPY into a temporary table, then one INSERT … ON CONFLICT that touches only what differs."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring as quoted
from typing import Any

from django.db import connection, models

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"


def json_objects(columns: Mapping[str, Sequence[str]]) -> list[str]:
    """Columns of texts as one JSON object a row."""
    members = [[f"{quoted(name)}: {quoted(text)}" for text in texts] for name, texts in columns.items()]
    return ["{" + ", ".join(row) + "}" for row in zip(*members, strict=True)]


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
    quote = connection.ops.quote_name
    table, staging = quote(model._meta.db_table), quote(f"staged_{model._meta.db_table}")
    names = {name: quote(_column(model, name)) for name in (*columns, *fixed)}
    copied = ", ".join(names[name] for name in columns)
    targets, sources = list(names.values()), [*(names[name] for name in columns), *("%s" for _ in fixed)]
    sets = [f"{names[name]} = excluded.{names[name]}" for name in names if name not in key]
    if counted:
        count = quote(_column(model, counted))
        targets, sources = [*targets, count], [*sources, "1"]
        sets.append(f"{count} = {table}.{count} + 1")
    stored, offered = (", ".join(f"{side}.{names[name]}" for name in unless_same) for side in (table, "excluded"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {staging} ON COMMIT DROP AS SELECT {copied} FROM {table} WITH NO DATA"
        )
        cursor.execute(f"TRUNCATE {staging}")
        cursor.copy_expert(f"COPY {staging} ({copied}) FROM STDIN", io.StringIO(_text(list(columns.values()))))
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(targets)}) SELECT {', '.join(sources)} FROM {staging} "
            f"ON CONFLICT ({', '.join(names[name] for name in key)}) DO UPDATE SET {', '.join(sets)} "
            f"WHERE ({stored}) IS DISTINCT FROM ({offered})",
            list(fixed.values()),
        )
        return int(cursor.rowcount)


def insert(model: type[models.Model], columns: Mapping[str, Sequence[Any]], *, fixed: Mapping[str, Any]) -> None:
    """New rows, as in `upsert`; IntegrityError where one is there already. Runs in the caller's transaction."""
    quote = connection.ops.quote_name
    count = len(next(iter(columns.values())))
    texts = _text([*columns.values(), *([value] * count for value in fixed.values())])
    names = ", ".join(quote(_column(model, name)) for name in (*columns, *fixed))
    if count:
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {quote(model._meta.db_table)} ({names}) FROM STDIN", io.StringIO(texts))


def _column(model: type[models.Model], name: str) -> str:
    return str(getattr(model._meta.get_field(name), "column"))  # noqa: B009 - relations without a column have no place here


def _text(columns: Sequence[Sequence[Any]]) -> str:
    """What COPY reads: a line a row, tabs between the fields."""
    lines = map("\t".join, zip(*map(_fields, columns), strict=True))
    return "".join(f"{line}\n" for line in lines)


def _fields(values: Sequence[Any]) -> list[str]:
    """A column as COPY spells it; escaped only where there is something to escape, which whole columns seldom have."""
    texts = ["" if value is None else str(value) for value in values]
    together = "".join(texts)
    if any(sign in together for sign in "\\\t\n\r"):
        texts = [text.translate(_ESCAPES) for text in texts]
    if None in values:
        texts = [_NULL if value is None else text for value, text in zip(values, texts, strict=True)]
    return texts
