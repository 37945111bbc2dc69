"""Simulates new transactions in tests, and waits for the transactions of tests that run in parallel."""

from __future__ import annotations

import time

from django.db import connection

_OLDER_ELSEWHERE = """
SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND datname <> current_database()
    AND transactionid::text::bigint < %s
"""


def next_transaction() -> None:
    """Clear the time stamp of the transaction's changes, so that a test's next changes count as a new transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lists.moment', '', true)")


def other_databases_write() -> bool:
    """Return whether another database of the same server has an open transaction that writes.

    A changes feed waits for those, too, since transaction numbers belong to the whole server.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        cursor.execute(_OLDER_ELSEWHERE, cursor.fetchone())
        return bool(cursor.fetchone() != (0,))


def wait_for_writes_in_other_databases(seconds: float = 900) -> None:
    """Wait until all writing transactions that are open now in other databases of the server have ended.

    Transaction numbers are those of the whole server: a changes feed also waits for tests that run beside this one. A
    module of tests that share their data in one transaction may take minutes.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        (now,) = cursor.fetchone()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            cursor.execute(_OLDER_ELSEWHERE, [now])
            if cursor.fetchone() == (0,):
                return
            time.sleep(0.05)
    raise TimeoutError("a transaction of another database stays open")
