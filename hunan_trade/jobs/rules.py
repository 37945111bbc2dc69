"""Pure calculations about a job's progress."""

from __future__ import annotations

from datetime import timedelta


def estimated_time_left(done: int, total: int | None, elapsed: timedelta) -> timedelta | None:
    """Estimate a job's time left from its pace so far; None while it is too early to say.

    None before a twentieth is done and 3 s have passed.
    """
    if not total or done * 20 < total or elapsed < timedelta(seconds=3):
        return None
    return elapsed * (total - done) / done
