"""Job functions for tests, which log each effect as an audit event, so that tests can count the effects."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError

from hunan_trade.audit.actions import record
from hunan_trade.jobs.lease import SYSTEM, Lease
from hunan_trade.workflow import MoveRefused


def count(lease: Lease, **payload: Any) -> dict[str, Any]:
    lease.advance(1, 2, "数到一半")
    with lease.fenced():
        record("test.counted", by=SYSTEM, after=payload)
    return {"counted": payload}


def count_slowly(lease: Lease, *, pid_file: str, gate: str) -> None:
    """Write the process id to a file, then wait for the gate file, so that a test has time to kill the process."""
    fresh = Path(f"{pid_file}.{os.getpid()}")
    fresh.write_text(str(os.getpid()))
    fresh.rename(pid_file)
    while not Path(gate).exists():
        time.sleep(0.02)
    with lease.fenced():
        record("test.counted", by=SYSTEM)
        lease.finish()


def raise_refusal(lease: Lease) -> None:
    raise MoveRefused("月报还没有核定，先核定再生成")


def raise_unexpected_error(lease: Lease) -> None:
    with lease.fenced():
        record("test.counted", by=SYSTEM)
        lease.finish()
        raise ZeroDivisionError("in the middle of the effects")


def raise_temporary_fault(lease: Lease) -> None:
    raise OperationalError("the connection was cut")


def exceed_time_limit(lease: Lease) -> None:
    raise SoftTimeLimitExceeded


def kill_worker(lease: Lease) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
