"""Stops a Celery worker at a named point of a report job, so that a test can kill the worker.

Loaded by `celery worker -I`; the folder KILL_POINTS holds `point`, the place that is wanted; `stopped` appears when the
first process has come there, and it waits for `released`. Nothing of this is known to the code that is wrapped.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hunan_trade.jobs import actions as jobs
from hunan_trade.jobs.broker import CloseSafeChannel
from hunan_trade.jobs.lease import Lease
from reporting import actions, tasks

FOLDER = Path(os.environ["KILL_POINTS"])


def stop_at(point: str) -> None:
    """Stop this process at a named point until released, if a test waits for this point.

    Only the first process that comes to the point is stopped.
    """
    if (FOLDER / "point").read_text() != point:
        return
    try:
        (FOLDER / "stopped").touch(exist_ok=False)
    except FileExistsError:  # only the first is stopped: whoever takes the work over passes
        return
    while not (FOLDER / "released").exists():
        time.sleep(0.02)


def stop_around(
    owner: Any, name: str, before: str = "", after: str = "", only: Callable[..., bool] | None = None
) -> None:
    """Replace a function by a wrapper that can stop before or after calling it."""
    inner = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        counts = only is None or only(*args)
        if before and counts:
            stop_at(before)
        answer = inner(*args, **kwargs)
        if after and counts:
            stop_at(after)
        return answer

    setattr(owner, name, wrapped)


def belongs_to_job(channel: CloseSafeChannel, delivery_tag: str, *_: Any) -> bool:
    """Return whether a broker message runs a job."""
    message = channel.qos.get(delivery_tag)
    return bool(message.headers["task"] == "jobs.run")


stop_around(jobs, "claim_job", "before the claim", "after the claim")
stop_around(tasks, "gather_content", after="after gathering")
stop_around(tasks, "compose_document", after="after sealing")
stop_around(tasks, "render", before="before the PDF", only=lambda document, format_: format_ == "pdf")
stop_around(actions, "store_draft", after="draft written, not committed")
stop_around(Lease, "finish", after="finished, not committed")
stop_around(jobs, "_execute", after="committed")
stop_around(
    CloseSafeChannel, "basic_ack", "before the acknowledgement", "after the acknowledgement", only=belongs_to_job
)
