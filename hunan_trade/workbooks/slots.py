"""How many uploads a machine parses at once: each may take a gigabyte and a core, and on deadline night all come at once.

A slot is a locked file below the data directory, so that all processes of the portal share them and one that is
killed gives its slot back.
"""

import fcntl
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_PROJECT = Path(__file__).resolve().parents[2]
_LOOK_SECONDS = 0.05


class ReadersBusy(Exception):
    """Nobody's fault and soon over; the message is shown as it is."""

    def __init__(self) -> None:
        super().__init__("现在上传的人多，文件没有读到，本次没有保存。过一分钟再办一次。")


def slots() -> int:
    return int(os.environ.get("WORKBOOK_SLOTS") or max(2, os.cpu_count() or 2))


def wait_seconds() -> float:
    """Who waits holds one of the web server's few threads; fourteen uploads of 100,000 rows are read in this time."""
    return float(os.environ.get("WORKBOOK_WAIT_SECONDS") or 8)


@contextmanager
def slot() -> Iterator[None]:
    """Holds one of the machine's slots for the block. Raises ReadersBusy when none came free in time."""
    folder = Path(os.environ.get("DATA_DIR") or _PROJECT / ".data") / "readers"
    folder.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + wait_seconds()
    while (held := _free(folder)) is None:
        if time.monotonic() >= until:
            raise ReadersBusy
        time.sleep(random.uniform(0.5, 1.5) * _LOOK_SECONDS)  # so that those who wait do not march in step
    with held:
        yield


def _free(folder: Path) -> IO[bytes] | None:
    for number in range(slots()):
        file = (folder / f"{number}.lock").open("wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            file.close()
    return None
