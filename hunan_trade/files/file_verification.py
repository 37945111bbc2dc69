"""Verifies all stored files against the hashes of their content."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import F, Q

from hunan_trade import clock
from hunan_trade.audit.actions import Actor
from hunan_trade.files.actions import check_file
from hunan_trade.files.models import StoredFile
from hunan_trade.workflow import MoveRefused

BATCH = 100  # files between two signs of life
MAX_SECONDS = 180  # seconds; below the time a job may take. The rest comes first the next night


@dataclass(frozen=True)
class VerificationResult:
    """Result of verifying stored files: how many were compared, still remain, are damaged and are missing."""

    compared: int
    remaining: int
    damaged: int
    missing: int


def verify_files(
    *,
    by: Actor,
    max_seconds: float | None = None,
    advance: Callable[[int, int], None] = lambda done, total: None,
    fenced: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> VerificationResult:
    """Compare stored files with their hashes for at most `max_seconds`; return a VerificationResult.

    Those not checked for the longest time come first.

    MoveRefused where the whole place is gone: then no single file is at fault.
    """
    begun, started = clock.real_now(), time.monotonic()
    waiting = StoredFile.objects.filter(Q(looked_at=None) | Q(looked_at__lt=begun))
    waiting = waiting.order_by(F("looked_at").asc(nulls_first=True), "pk")
    total, compared = waiting.count(), 0
    if total and not Path(settings.FILES_DIR).is_dir():
        raise MoveRefused("存放文件的目录不在。检查磁盘是否挂载，再重新办理")
    while batch := list(waiting[:BATCH]):
        advance(compared, total)
        changed = [stored.pk for stored in batch if stored.find_fault() != stored.fault]
        with fenced():
            for sha256 in changed:
                check_file(sha256, by=by)
            StoredFile.objects.filter(pk__in=[stored.pk for stored in batch]).update(looked_at=begun)
        compared += len(batch)
        if max_seconds is not None and time.monotonic() - started > max_seconds:
            break
    faults = list(StoredFile.objects.unreadable().values_list("fault", flat=True))
    damaged, missing = faults.count(StoredFile.Fault.DAMAGED), faults.count(StoredFile.Fault.MISSING)
    return VerificationResult(compared, max(total - compared, 0), damaged, missing)
