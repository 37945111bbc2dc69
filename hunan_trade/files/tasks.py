"""The night's job."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hunan_trade.files import verification
from hunan_trade.files.actions import SYSTEM


def verify(lease: Any) -> dict[str, int]:
    """Look over the stored files; what is found stands on the keeper's home page and in /healthz.

    `lease` is a `jobs.lease.Lease`, which this floor does not know.
    """
    look = verification.verify(
        by=SYSTEM,
        lasts=verification.LASTS_AT_MOST,
        advance=lambda done, total: lease.advance(done, total, "核对存储文件"),
        fenced=lease.fenced,
    )
    return asdict(look)
