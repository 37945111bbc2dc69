"""Job that verifies the stored files every night."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hunan_trade.files import file_verification
from hunan_trade.files.actions import SYSTEM


def verify_stored_files(lease: Any) -> dict[str, int]:
    """Compare the stored files with their hashes; return the numbers of compared, damaged and missing files.

    Faults are shown on the administrator's home page and in /healthz.

    `lease` is a `jobs.lease.Lease`, which this floor does not know.
    """
    result = file_verification.verify_files(
        by=SYSTEM,
        max_seconds=file_verification.MAX_SECONDS,
        advance=lambda done, total: lease.advance(done, total, "核对存储文件"),
        fenced=lease.fenced,
    )
    return asdict(result)
