"""Named places in the life of a bulletin's job where a worker of a test stops, so that it can be killed there.

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


def reached(point: str) -> None:
    if (FOLDER / "point").read_text() != point:
        return
    try:
        (FOLDER / "stopped").touch(exist_ok=False)
    except FileExistsError:  # only the first is stopped: whoever takes the work over passes
        return
    while not (FOLDER / "released").exists():
        time.sleep(0.02)


def wrap(owner: Any, name: str, before: str = "", after: str = "", only: Callable[..., bool] | None = None) -> None:
    inner = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        counts = only is None or only(*args)
        if before and counts:
            reached(before)
        answer = inner(*args, **kwargs)
        if after and counts:
            reached(after)
        return answer

    setattr(owner, name, wrapped)


def of_a_job(channel: CloseSafeChannel, delivery_tag: str, *_: Any) -> bool:
    """Sweeps and pings are acknowledged through the same channel."""
    message = channel.qos.get(delivery_tag)
    return bool(message.headers["task"] == "jobs.run")


wrap(jobs, "claim", "before the claim", "after the claim")
wrap(tasks, "gathered", after="after gathering")
wrap(tasks, "sealed", after="after sealing")
wrap(tasks, "render", before="before the PDF", only=lambda document, format_: format_ == "pdf")
wrap(actions, "draft", after="draft written, not committed")
wrap(Lease, "finish", after="finished, not committed")
wrap(jobs, "_work", after="committed")
wrap(CloseSafeChannel, "basic_ack", "before the acknowledgement", "after the acknowledgement", only=of_a_job)
