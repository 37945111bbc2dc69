"""Limits how many uploads a machine parses at the same time, to save memory and processor time.

A slot is a locked file below the data directory, so that all processes of the portal share them and one that is
killed gives its slot back. No account and no city holds more than its share of them, and an account has few
requests wait, as each that waits holds one of the web server's threads.
"""

import fcntl
import os
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from hunan_trade.workbooks import current_requester
from hunan_trade.workbooks.current_requester import ClientGone, Requester

_PROJECT = Path(__file__).resolve().parents[2]
_POLL_SECONDS = 0.05
_QUEUED_PER_SLOT = 4  # requests of one account for each slot of its share, the one that is read included


class ReadersBusy(Exception):
    """Raised when too many uploads are being read at once; its message and title are shown to the user."""

    def __init__(
        self,
        message: str = "现在上传的人多，文件没有读到，本次没有保存。过一分钟再办一次。",
        title: str = "现在上传的人多",
    ) -> None:
        super().__init__(message)
        self.title = title


def slot_count() -> int:
    return int(os.environ.get("WORKBOOK_SLOTS") or max(2, os.cpu_count() or 2))


def slots_per_account() -> int:
    """Return how many uploads of one account, or of one city, this machine reads at the same time."""
    return int(os.environ.get("WORKBOOK_SHARE") or max(1, slot_count() // 2))


def wait_seconds() -> float:
    """Return how many seconds a request waits for its turn to have an upload read.

    A waiting request holds one of the web server's few threads.
    """
    return float(os.environ.get("WORKBOOK_WAIT_SECONDS") or 8)


@contextmanager
def reader_slot() -> Iterator[None]:
    """Context manager that waits for one of the machine's slots for reading an upload, and occupies it.

    Waits for a slot within the share of the account and its city.

    Raises ReadersBusy when none came free in time, or when others of the same account wait already;
    ClientGone when nobody waits for it any more.
    """
    requester = current_requester.current()
    account, city = requester.account and f"account-{requester.account}", requester.city and f"city-{requester.city}"
    with ExitStack() as locks:
        if account:
            if (line := _lock_free_slot(f"{account}-line", _QUEUED_PER_SLOT * slots_per_account())) is None:
                raise ReadersBusy("本账号的文件还在读，本次没有保存。等读完再办一次。", "本账号的文件还在读")
            locks.enter_context(line)
        until = time.monotonic() + wait_seconds()
        for name, count in ((account, slots_per_account()), (city, slots_per_account()), ("machine", slot_count())):
            if name:
                locks.enter_context(_wait_for_lock(name, count, until, requester))
        yield


def _wait_for_lock(name: str, count: int, until: float, requester: Requester) -> IO[bytes]:
    while (place := _lock_free_slot(name, count)) is None:
        if requester.has_disconnected:
            raise ClientGone
        if time.monotonic() >= until:
            raise ReadersBusy
        time.sleep(random.uniform(0.5, 1.5) * _POLL_SECONDS)  # so that those who wait do not march in step
    return place


def _lock_free_slot(name: str, count: int) -> IO[bytes] | None:
    """Lock one of the files <name>-0.lock, <name>-1.lock, … and return it; None if all `count` are locked."""
    folder = Path(os.environ.get("DATA_DIR") or _PROJECT / ".data") / "readers"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        file = (folder / f"{name}-{number}.lock").open("wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            file.close()
    return None
