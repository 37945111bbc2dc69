"""The look over all stored files: is each still what its name, the hash of its content, says?"""

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
from hunan_trade.files.actions import examine
from hunan_trade.files.models import StoredFile
from hunan_trade.workflow import MoveRefused

AT_ONCE = 100  # files between two signs of life
LASTS_AT_MOST = 180  # seconds; below the time a job may take. The rest comes first the next night


@dataclass(frozen=True)
class Look:
    """How many files were compared, how many had to wait, and how many of all are unreadable as far as is known."""

    looked: int
    left: int
    damaged: int
    missing: int


def verify(
    *,
    by: Actor,
    lasts: float | None = None,
    advance: Callable[[int, int], None] = lambda done, total: None,
    fenced: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Look:
    """Compare the files that were not looked at for the longest time, for `lasts` seconds, or all of them.

    MoveRefused where the whole place is gone: then no single file is at fault.
    """
    begun, started = clock.real_now(), time.monotonic()
    waiting = StoredFile.objects.filter(Q(looked_at=None) | Q(looked_at__lt=begun))
    waiting = waiting.order_by(F("looked_at").asc(nulls_first=True), "pk")
    total, looked = waiting.count(), 0
    if total and not Path(settings.FILES_DIR).is_dir():
        raise MoveRefused("存放文件的目录不在。检查磁盘是否挂载，再重新办理")
    while handful := list(waiting[:AT_ONCE]):
        advance(looked, total)
        changed = [stored.pk for stored in handful if stored.compare() != stored.fault]
        with fenced():
            for sha256 in changed:
                examine(sha256, by=by)
            StoredFile.objects.filter(pk__in=[stored.pk for stored in handful]).update(looked_at=begun)
        looked += len(handful)
        if lasts is not None and time.monotonic() - started > lasts:
            break
    faults = list(StoredFile.objects.unreadable().values_list("fault", flat=True))
    damaged, missing = faults.count(StoredFile.Fault.DAMAGED), faults.count(StoredFile.Fault.MISSING)
    return Look(looked, max(total - looked, 0), damaged, missing)
