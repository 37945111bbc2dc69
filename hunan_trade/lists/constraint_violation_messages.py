"""Functions that turn violated database constraints into error messages for each row and field.

Which of many rows break which rule is asked at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models

Refusals = dict[int, dict[str, str]]  # by row's index: field → sentence
REQUIRED = "这一项要填。"
REFUSED = "与登记规则不符，数据库没有接受。核对后再报；仍不行的，请系统管理员看后台记录。"

_CHECKS = """
SELECT conname, pg_get_expr(conbin, conrelid), array(
    SELECT attname::text FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY(conkey) ORDER BY attnum
)
FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c' ORDER BY conname
"""
_UNIQUE = """
SELECT array(SELECT pg_get_indexdef(indexrelid, n, true) FROM generate_series(1, indnkeyatts) n),
    coalesce(pg_get_expr(indpred, indrelid), 'true'), array(
    SELECT attname::text FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY(indkey) ORDER BY attnum
)
FROM pg_index WHERE indrelid = %s::regclass AND indisunique AND NOT indisprimary ORDER BY indexrelid
"""
_GIVEN = "jsonb_populate_recordset(NULL::{table}, %s::jsonb) WITH ORDINALITY"


def find_constraint_errors(model: type[models.Model], columns: Mapping[str, Sequence[Any]]) -> Refusals:
    """Return, by row index and field name, the error messages of given rows that violate a database constraint.

    Rows may break a rule by themselves or with one another. `columns` hold the texts of each row's fields
    (`record_change_preparation.upsert_columns`), `id` among them.
    """
    names = {name: getattr(model._meta.get_field(name), "column") for name in columns}  # noqa: B009
    rows = [
        {names[name]: value if value is None else str(value) for name, value in zip(columns, row, strict=True)}
        for row in zip(*columns.values(), strict=True)
    ]
    table, given = connection.ops.quote_name(model._meta.db_table), json.dumps(rows, ensure_ascii=False)
    found: Refusals = _required_field_errors(model, rows)
    with connection.cursor() as cursor:
        cursor.execute(_CHECKS, [table])
        for constraint, condition, at in cursor.fetchall():
            source = _GIVEN.format(table=table)
            condition = condition.replace("%", "%%")
            cursor.execute(f"SELECT ordinality FROM {source} WHERE ({condition}) IS FALSE", [given])
            for (number,) in cursor.fetchall():
                found.setdefault(number - 1, {})[_field_name(model, at)] = _check_constraint_message(model, constraint)
        cursor.execute(_UNIQUE, [table])
        for keys, condition, at in cursor.fetchall():
            cursor.execute(_given_rows_with_duplicate_key_sql(table, keys, condition), [given])
            for (number,) in cursor.fetchall():
                row = rows[number - 1]
                found.setdefault(number - 1, {})[_field_name(model, at)] = _duplicate_value_message(model, at, row)
        for field in (field for field in model._meta.local_concrete_fields if field.is_relation):
            cursor.execute(_broken_foreign_keys_sql(table, field), [given])
            for (number,) in cursor.fetchall():
                found.setdefault(number - 1, {})[field.name] = missing_reference_message(field)
    return found


def _required_field_errors(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> Refusals:
    fields = model._meta.local_concrete_fields
    needed = {f.column: f.name for f in fields if not f.null and f.column in rows[0]}
    missing = {at: [column for column in needed if row[str(column)] is None] for at, row in enumerate(rows)}
    return {at: {needed[column]: REQUIRED for column in columns} for at, columns in missing.items() if columns}


def _given_rows_with_duplicate_key_sql(table: str, keys: Sequence[str], condition: str) -> str:
    """Return SQL that finds those of the given rows whose unique key another given or stored row also has."""
    named = ", ".join(f"{key} AS key_{n}" for n, key in enumerate(keys)).replace("%", "%%")
    condition = condition.replace("%", "%%")
    same = " AND ".join(f"other.key_{n} = given.key_{n}" for n in range(len(keys)))
    return (
        f"WITH every AS (SELECT *, ordinality AS at FROM {_GIVEN.format(table=table)}),"
        f" given AS (SELECT id, at, {named} FROM every WHERE {condition}),"
        f" standing AS (SELECT id, {named} FROM {table} WHERE ({condition}) AND id NOT IN (SELECT id FROM every))"
        f" SELECT at FROM given WHERE EXISTS (SELECT FROM standing other WHERE {same})"
        f" OR EXISTS (SELECT FROM given other WHERE other.at <> given.at AND {same}) ORDER BY at"
    )


def _broken_foreign_keys_sql(table: str, field: Any) -> str:
    """Return SQL that finds those of the given rows whose foreign key refers to a record that does not exist."""
    quote, target = connection.ops.quote_name, field.target_field
    column = f"given.{quote(field.column)}"
    return (
        f"SELECT ordinality FROM {_GIVEN.format(table=table)} given WHERE {column} IS NOT NULL AND NOT EXISTS"
        f" (SELECT FROM {quote(target.model._meta.db_table)} WHERE {quote(target.column)} = {column})"
    )


def missing_reference_message(field: Any) -> str:
    return f"没有这个{field.verbose_name}。从列出的里面选。"


def _field_name(model: type[models.Model], columns: Sequence[str]) -> str:
    """Return the name of the first model field stored in one of these database columns; "" for none."""
    by_column = {field.column: field.name for field in model._meta.local_concrete_fields}
    return next((by_column[column] for column in columns if column in by_column), "")


def _check_constraint_message(model: type[models.Model], constraint: str) -> str:
    declared = {rule.name: rule for rule in model._meta.constraints}.get(constraint)
    if declared is not None and declared.violation_error_message != declared.default_violation_error_message:
        return str(declared.violation_error_message)
    return REFUSED


def _duplicate_value_message(model: type[models.Model], columns: Sequence[str], row: Mapping[str, Any]) -> str:
    """Return the error message for a value that another record already has; it quotes only what the user typed.

    Nothing of the record that has the value already is told.
    """
    labels = {field.column: str(field.verbose_name) for field in model._meta.local_concrete_fields}
    named = "、".join(f"{labels.get(column, column)}“{row.get(column) or ''}”" for column in columns)
    return f"{named}已登记，不能重复。"
