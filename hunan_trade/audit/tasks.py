"""Job that verifies the audit log's hash chain every hour."""

from __future__ import annotations

from typing import Any

from hunan_trade.audit import chain_verification
from hunan_trade.audit.actions import System
from hunan_trade.workflow import MoveRefused


def verify_audit_chain(lease: Any) -> None:
    """Verify the audit log's hash chain and record the result as an audit event.

    A broken chain fails the job, so that administrators see it.

    `lease` is a `jobs.lease.Lease`, which this floor does not know.
    """
    found = chain_verification.verify_chain(lambda number: lease.advance(number, note="核验审计记录链"))
    with lease.fenced():
        chain_verification.record_verification_and_save_head(found, by=System("后台任务"))
    if found.fault:
        raise MoveRefused(str(found)[:300])
