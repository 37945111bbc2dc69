"""Pure calculations about a job's progress."""

from __future__ import annotations

from datetime import timedelta


def estimated_time_left(done: int, total: int | None, elapsed: timedelta) -> timedelta | None:
    """Estimate the time left from the pace so far.

    None before a twentieth is done and 3 s have passed.
    """
    if not total or done * 20 < total or elapsed < timedelta(seconds=3):
        return None
    return elapsed * (total - done) / done
