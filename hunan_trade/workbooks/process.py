"""Starts the walled-in process that handles an upload, and ends it in time whatever it does."""

import logging
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from hunan_trade.workbooks.archive import Limits
from hunan_trade.workbooks.sheets import WorkbookRefused
from hunan_trade.workbooks.slots import slot

logger = logging.getLogger(__name__)
_PROJECT = Path(__file__).resolve().parents[2]
_ANSWER_BYTES = 256 << 20


def run(module: str, payload: bytes, limits: Limits) -> bytes:
    """What `python -m module` answers to the payload. Raises WorkbookRefused when it dies, hangs or talks too much,
    ReadersBusy when too many are at work.
    """
    with slot():
        return _run(module, payload, limits)


def _run(module: str, payload: bytes, limits: Limits) -> bytes:
    with tempfile.TemporaryFile() as given:
        given.write(payload)
        given.seek(0)
        child = subprocess.Popen(
            [sys.executable, "-m", module, limits.as_json()],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_PROJECT,
            # The child has no business with the addresses and keys that stand in the environment.
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
    # The wall clock is the parent's: a child that sleeps uses no processor time.
    timer = threading.Timer(limits.wall_seconds, child.kill)
    timer.start()
    try:
        with child:
            assert child.stdout is not None
            answer = child.stdout.read(_ANSWER_BYTES + 1)
            if len(answer) > _ANSWER_BYTES:
                child.kill()
    finally:
        timer.cancel()
    if child.returncode != 0 or len(answer) > _ANSWER_BYTES:
        logger.warning("%s ended with %s after %d bytes", module, child.returncode, len(answer))
        raise exhausted() if child.returncode <= 0 else unreadable()
    return answer


def unreadable() -> WorkbookRefused:
    """The child stumbled over something that neither it nor its walls know."""
    return WorkbookRefused("unreadable", "文件无法读取；请用 WPS 或 Excel 打开后另存为“.xlsx”格式，再上传。")


def exhausted() -> WorkbookRefused:
    """Why an upload could not be handled at all."""
    return WorkbookRefused(
        "exhausted", "文件无法在限定的时间和内存内读完；请把填报内容复制到新下载的工作簿中，再上传。"
    )
