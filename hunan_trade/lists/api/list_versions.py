"""The version of a list, by which the API answers that nothing has changed without reading the list."""

from __future__ import annotations

from django.db import connection
from django.db.models import Model

from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.feed.feed_changes import horizon_of
from hunan_trade.lists.history.history_models import history_of
from hunan_trade.table_versions import version_sql


def list_version(listing: Listing) -> str | None:
    """Return a text that differs after every committed change of what the list reads; None if none is known now.

    Read it before the records. A register says it by the last transaction that changed or deleted a record. That one
    counts once all older ones have ended: an open one may still commit a change under a lower number.
    """
    if not listing.reads:
        return None
    horizon = horizon_of(listing)
    registers = [model for model in listing.reads if not isinstance(model, str)]
    changes = [_last_transaction_sql(*place) for model in registers for place in _places_of_changes(model)]
    versions = [version_sql(table) for table in listing.reads if isinstance(table, str)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([*changes, *versions])}")
        found = cursor.fetchone()
    transactions = [int(number) for number in found[: len(changes)] if number is not None]
    return f"{horizon.database} {found}" if max(transactions, default=0) < horizon.complete else None


def _places_of_changes(model: type[Model]) -> tuple[tuple[type[Model], str], ...]:
    """Return where the transactions stand that changed the register's records, and those that deleted some."""
    return (model, "changed_xid"), (history_of(model), "ended_xid")


def _last_transaction_sql(model: type[Model], column: str) -> str:
    table = connection.ops.quote_name(model._meta.db_table)
    return f"(SELECT {column}::text FROM {table} WHERE {column} IS NOT NULL ORDER BY {column} DESC, id DESC LIMIT 1)"
