"""The walls around the process that parses an upload, and its way in and out."""

import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence

from hunan_trade.workbooks import wire
from hunan_trade.workbooks.archive import Archive, Limits
from hunan_trade.workbooks.arrow import TextColumn
from hunan_trade.workbooks.cells import UNCALCULATED, Scan
from hunan_trade.workbooks.package import SheetPart
from hunan_trade.workbooks.sheets import FORMULA, WorkbookRefused

_PR_SET_PDEATHSIG = 1
Answer = tuple[list[wire.SheetAnswer], dict[str, str]]


def serve(parse: Callable[[Archive, bytes, Limits], Answer]) -> None:
    """Reads the upload from standard input, walls the process in, and answers on standard output."""
    data, limits = enter()
    try:
        archive = Archive(data, limits)
        archive.check_parts()
        sheets, facts = parse(archive, data, limits)
        head, blobs = wire.packed(sheets, **facts)
        _judge(sheets, head, limits)
    except MemoryError:
        head, blobs = wire.packed([], status="exhausted")
    except WorkbookRefused as refusal:
        head, blobs = wire.packed([], status="refused", code=refusal.code, message=refusal.message)
    wire.send(sys.stdout.buffer, head, blobs)
    leave()


def _judge(sheets: Sequence[wire.SheetAnswer], head: bytes, limits: Limits) -> None:
    """The parent holds all of the answer in its memory, and it serves others besides."""
    if sum(len(sheet.kinds) for sheet in sheets) > limits.cells:
        raise WorkbookRefused("swollen", "工作簿中填有内容的格子过多；请只留报表本身的工作表，再上传。")
    if len(head) > limits.oddity_bytes:
        raise WorkbookRefused("swollen", "工作簿中公式、日期一类的格子过多；请复制后选择性粘贴为数值，再上传。")


def enter(open_files: int = 0) -> tuple[bytes, Limits]:
    """The parent's payload. After it: no more memory or time than allowed, no core dump, no new file, socket or pipe.

    `open_files` beyond the three standard streams are for a library that cannot do without temporary files.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # whom nobody waits for goes at once
    limits = Limits(**json.loads(sys.argv[1]))
    payload = sys.stdin.buffer.read()
    "".encode("cp437")  # zip names may need this codec, and behind the wall its module can no longer be opened
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))  # SIGXCPU says why, KILL not
    resource.setrlimit(resource.RLIMIT_NOFILE, (3 + open_files, 3 + open_files))
    return payload, limits


def leave() -> None:
    """Ends the process at once: the answer is complete, and tearing down the parsed workbook would only cost time."""
    sys.stdout.buffer.flush()
    os._exit(0)


def sheet_answer(
    part: SheetPart, scan: Scan, columns: list[TextColumn], top: int = 0, left: int = 0
) -> wire.SheetAnswer:
    """One sheet for the parent; the block of `columns` begins at row `top`, column `left` (zero-based)."""
    head = {
        "name": part.name,
        "hidden": part.hidden,
        "top": top,
        "left": left,
        "height": scan.height,
        "width": scan.width,
        "oddities": scan.oddities,
        "texts": scan.texts,
        "merged": scan.layout.merged,
        "hidden_rows": scan.layout.hidden_rows,
        "hidden_columns": scan.layout.hidden_columns,
    }
    return wire.SheetAnswer(head, bytes(scan.kinds).replace(UNCALCULATED.encode(), FORMULA.encode()), columns)
