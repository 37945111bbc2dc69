"""Estimates the remaining time of a background job, without database access."""

from __future__ import annotations

from datetime import timedelta


def estimated_time_left(done: int, total: int | None, elapsed: timedelta) -> timedelta | None:
    """Estimate the remaining time of a job from its pace so far; return None if it is too early to say.

    None before a twentieth is done and 3 s have passed.
    """
    if not total or done * 20 < total or elapsed < timedelta(seconds=3):
        return None
    return elapsed * (total - done) / done
