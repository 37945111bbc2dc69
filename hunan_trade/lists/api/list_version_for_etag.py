"""Computes the version of a list, which lets the API answer 304 Not Modified without reading the list."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Model

from hunan_trade import clock
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.feed.feed_changes import HORIZON
from hunan_trade.lists.history.history_models import find_history_model, keeps_history
from hunan_trade.table_versions import current_version_subquery


def list_version(listing: Listing) -> str | None:
    """Return a text that changes whenever the list's data change; None if no such text can be computed now.

    Read it before the records. A register says it by the last transaction that changed or deleted a record. That one
    counts once all older ones have ended: an open one may still commit a change under a lower number. The text differs
    after every deadline of a record, too.
    """
    if not listing.reads:
        return None
    registers = [model for model in listing.reads if not isinstance(model, str)]
    changes = [_last_transaction_sql(*place) for model in registers for place in _transaction_number_fields(model)]
    versions = [current_version_subquery(table) for table in listing.reads if isinstance(table, str)]
    deadlines = [_last_past_deadline_sql(listing.model, name) for name in listing.deadlines]
    with connection.cursor() as cursor:
        moments = [clock.now().replace(microsecond=0)] * len(deadlines)  # as clock.is_past compares
        facts = ", ".join(["horizon.*", *changes, *versions, *deadlines])
        cursor.execute(
            f"SELECT {facts} FROM ({HORIZON}) horizon", [*moments, _quoted_table_and_column(listing.model, "pk")[0]]
        )
        complete, _, database, *found = cursor.fetchone()
    transactions = [int(number) for number in found[: len(changes)] if number is not None]
    return f"{database} {found}" if max(transactions, default=0) < complete else None


def _transaction_number_fields(model: type[Model]) -> tuple[tuple[type[Model], str], ...]:
    """Return (model, field) for each field that stores which transaction last changed or deleted a record.

    Without a history no record is ever deleted.
    """
    changed = ((model, "changed_xid"),)
    return (*changed, (find_history_model(model), "ended_xid")) if keeps_history(model) else changed


def _last_transaction_sql(model: type[Model], column: str) -> str:
    table, key = _quoted_table_and_column(model, "pk")
    # Without its table, ORDER BY would take the column of the answer: the number's text, of which 9 is the last.
    order = f"{table}.{column} DESC, {key} DESC"
    return f"(SELECT {column}::text FROM {table} WHERE {column} IS NOT NULL ORDER BY {order} LIMIT 1)"


def _last_past_deadline_sql(model: type[Model], field: str) -> str:
    table, column = _quoted_table_and_column(model, field)
    return f"(SELECT max({column})::text FROM {table} WHERE {column} < %s)"


def _quoted_table_and_column(model: type[Model], field: str) -> tuple[str, str]:
    """Return the database names of a model's table and of one field's column, quoted for SQL."""
    found: Any = model._meta.pk if field == "pk" else model._meta.get_field(field)
    return connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name(found.column)
