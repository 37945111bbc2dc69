"""Converts a background job into the data of its progress bar.

Drawn by components/job.html.
"""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType

from hunan_trade import clock
from hunan_trade.jobs import rules_remaining_time
from hunan_trade.jobs.models import Job
from hunan_trade.quantities import format_with_commas
from hunan_trade.ui.component_data import JobProgress

SHOWN_STATES = MappingProxyType({"waiting": "waiting", "running": "running", "done": "done"})  # the rest looks failed


def progress_bar(job: Job, *, poll_url: str, result_url: str = "", result_text: str = "") -> JobProgress:
    """Return the data that a background job's progress bar shows, such as title, state and counts.

    The bar loads itself anew from `poll_url` until the job ends, then shows `result_text` as a link to `result_url`.
    """
    return JobProgress(
        title=job.title,
        state=SHOWN_STATES.get(job.state, "failed"),  # type: ignore[arg-type]
        done=job.done,
        total=job.total or 0,
        count=f"{format_with_commas(job.done)} / {format_with_commas(job.total)}"
        if job.total and not job.is_finished
        else "",
        note=_status_note(job),
        poll_url="" if job.is_finished else poll_url,
        result_url=result_url if job.state == Job.State.DONE else "",
        result_text=result_text,
    )


def _status_note(job: Job) -> str:
    if job.state == Job.State.WAITING:
        return "排队等待，可以离开。"
    if job.state == Job.State.RUNNING and job.started_at:
        left = rules_remaining_time.estimated_time_left(job.done, job.total, clock.real_now() - job.started_at)
        return "，".join(
            part for part in (job.note, f"约剩 {_duration_text(left)}" if left else "", "可以离开。") if part
        )
    return job.error  # its last step says nothing about a job that is over


def _duration_text(span: timedelta) -> str:
    seconds = max(1, int(span.total_seconds()))
    return f"{seconds} 秒" if seconds < 60 else f"{seconds // 60 + 1} 分钟"
