"""The hourly job."""

from __future__ import annotations

from typing import Any

from hunan_trade.audit import verification
from hunan_trade.audit.actions import System
from hunan_trade.workflow import MoveRefused


def verify(lease: Any) -> None:
    """Verify the chain and keep its head outside; a broken chain leaves the job 没办成, where the keepers see it.

    `lease` is a `jobs.lease.Lease`, which this floor does not know.
    """
    found = verification.verify(lambda number: lease.advance(number, note="核验审计记录链"))
    with lease.fenced():
        verification.conclude(found, by=System("后台任务"))
    if found.fault:
        raise MoveRefused(str(found)[:300])
