"""Calls several functions at the same moment, each in its own thread with its own database connection."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections

from hunan_trade.workflow import MoveRefused, Stale


def refusals_at_once(*acts: Callable[[], object]) -> list[str]:
    """Call functions at the same moment; return each one's refusal message in order, or "" if it succeeded."""
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
