"""Functions that tamper with the audit log, as an attacker with the database owner's password could."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.db import connection, transaction

from hunan_trade.audit import chain_queries


@contextmanager
def without_triggers() -> Iterator[None]:
    """Disable the log's triggers for the block, as the owner of the tables can."""
    tables = ("audit_event", "audit_link")
    with transaction.atomic(), connection.cursor() as sql:
        for table in tables:
            sql.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        for table in tables:
            sql.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def execute_sql(command: str, *values: Any) -> None:
    with connection.cursor() as sql:
        sql.execute(command, values)


def event_seq_of_link(number: int) -> int:
    with connection.cursor() as sql:
        sql.execute("SELECT event_id FROM audit_link WHERE number = %s", [number])
        return int(sql.fetchone()[0])


def rebuild_chain(after: int = 0) -> None:
    """Recompute every hash after link `after`, so that the chain is consistent again."""
    links = list(chain_queries.read_links())
    before = links[after - 1].hash if after else links[0].prev_hash
    execute_sql("DELETE FROM audit_link WHERE number > %s", after)
    for number, link in enumerate(links[after:], start=after + 1):
        sealed = replace(link, number=number, prev_hash=before)
        execute_sql(
            "INSERT INTO audit_link (number, form, prev_hash, hash, event_id) VALUES (%s, 1, %s, %s, %s)",
            *(number, before, sealed.digest(), link.event),
        )
        before = sealed.digest()
