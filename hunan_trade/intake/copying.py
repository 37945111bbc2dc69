"""Many rows at once: COPY into a temporary table, then one INSERT … ON CONFLICT that touches only what differs."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, models

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _field(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, Mapping):
        value = json.dumps(value, ensure_ascii=False)
    elif isinstance(value, datetime | date):
        return value.isoformat()
    return str(value).translate(_ESCAPES)


def _column(model: type[models.Model], name: str) -> str:
    return str(getattr(model._meta.get_field(name), "column"))  # noqa: B009 - relations without a column have no place here


def upsert(
    model: type[models.Model],
    key: Sequence[str],
    fields: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    unless_same: Sequence[str] | None = None,
) -> int:
    """Insert rows of (key…, fields…), updating those whose key is there; returns how many were written.

    A row whose `unless_same` fields (default: all) equal the stored ones is left alone. Runs in the caller's
    transaction; values are texts, numbers, dates, mappings (as JSON) or None.
    """
    meta = model._meta
    columns = [_column(model, name) for name in (*key, *fields)]
    same = [_column(model, name) for name in (unless_same or fields)]
    quote = connection.ops.quote_name
    table, staging = quote(meta.db_table), quote(f"staged_{meta.db_table}")
    listed = ", ".join(map(quote, columns))
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {staging} ON COMMIT DROP AS SELECT {listed} FROM {table} WITH NO DATA"
        )
        cursor.execute(f"TRUNCATE {staging}")
        text = io.StringIO("".join("\t".join(map(_field, row)) + "\n" for row in rows))
        cursor.copy_expert(f"COPY {staging} ({listed}) FROM STDIN", text)
        keys = ", ".join(map(quote, columns[: len(key)]))
        sets = ", ".join(f"{quote(c)} = excluded.{quote(c)}" for c in columns[len(key) :])
        differs = "({}) IS DISTINCT FROM ({})".format(
            ", ".join(f"{table}.{quote(c)}" for c in same), ", ".join(f"excluded.{quote(c)}" for c in same)
        )
        cursor.execute(
            f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {staging} "
            f"ON CONFLICT ({keys}) DO UPDATE SET {sets} WHERE {differs}"
        )
        return int(cursor.rowcount)
