"""Calls several functions at the same moment, each in its own thread with its own database connection."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection, connections

from hunan_trade.workflow import MoveRefused, Stale

Result = TypeVar("Result")
_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


def refusals_of_simultaneous_calls(*acts: Callable[[], object]) -> list[str]:
    """Call functions at the same moment; return for each the message of its `Stale` or `MoveRefused`, else ""."""
    start = Barrier(len(acts))

    def refusal(act: Callable[[], object]) -> str:
        try:
            start.wait(30)
            act()
        except (Stale, MoveRefused) as told:
            return str(told)
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(refusal, acts))


def start_in_thread_until_blocked(threads: Executor, act: Callable[[], Result]) -> Future[Result]:
    """Start a function in a thread; return its future once it ends or waits for a lock of the caller's transaction."""

    def run() -> Result:
        try:
            return act()
        finally:
            connections.close_all()

    beside, until = threads.submit(run), time.monotonic() + 30
    while not (beside.done() or _is_waited_for()) and time.monotonic() < until:
        time.sleep(0.02)
    return beside


def _is_waited_for() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return bool(cursor.fetchone() != (0,))
