"""What follows from a job's progress. Pure."""

from __future__ import annotations

from datetime import timedelta


def time_left(done: int, total: int | None, elapsed: timedelta) -> timedelta | None:
    """At the pace so far; None while too little is done to tell (less than a twentieth, or less than 3 s)."""
    if not total or done * 20 < total or elapsed < timedelta(seconds=3):
        return None
    return elapsed * (total - done) / done
