"""Functions with which a child process limits its own rights, reads an upload and writes its result."""

import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence

from hunan_trade.workbooks import child_protocol
from hunan_trade.workbooks.arrow_text_reader import TextColumn
from hunan_trade.workbooks.scan_result import UNCALCULATED, Scan
from hunan_trade.workbooks.sheet_types import FORMULA, WorkbookRefused
from hunan_trade.workbooks.workbook_parts import SheetPart
from hunan_trade.workbooks.zip_archive import Archive, Limits

_PR_SET_PDEATHSIG = 1
Answer = tuple[list[child_protocol.SheetAnswer], dict[str, str]]


def run_archive_parser_in_sandbox(parse: Callable[[Archive, bytes, Limits], Answer]) -> None:
    """Run `parse` in the sandbox on the uploaded .xlsx file, after checking every part of the zip archive."""

    def parse_archive(data: bytes, limits: Limits) -> Answer:
        archive = Archive(data, limits)
        archive.check_parts()
        return parse(archive, data, limits)

    run_in_sandbox(parse_archive)


def run_in_sandbox(parse: Callable[[bytes, Limits], Answer]) -> None:
    """Enter the sandbox, parse the upload from standard input, and write the result to standard output."""
    data, limits = read_upload_and_enter_sandbox()
    try:
        sheets, facts = parse(data, limits)
        head, blobs = child_protocol.encode_answer(sheets, **facts)
        _check_answer_size(sheets, head, limits)
    except MemoryError:
        head, blobs = child_protocol.encode_answer([], status="exhausted")
    except WorkbookRefused as refusal:
        head, blobs = child_protocol.encode_answer([], status="refused", code=refusal.code, message=refusal.message)
    child_protocol.write_answer(sys.stdout.buffer, head, blobs)
    exit_now()


def _check_answer_size(sheets: Sequence[child_protocol.SheetAnswer], head: bytes, limits: Limits) -> None:
    """Raise WorkbookRefused if the parsed sheets would take too much memory in the parent process."""
    if sum(len(sheet.kinds) for sheet in sheets) > limits.cells:
        raise WorkbookRefused("swollen", "工作簿中填有内容的格子过多；请只留报表本身的工作表，再上传。")
    if len(head) > limits.oddity_bytes:
        raise WorkbookRefused("swollen", "工作簿中公式、日期一类的格子过多；请复制后选择性粘贴为数值，再上传。")


def read_upload_and_enter_sandbox(open_files: int = 0) -> tuple[bytes, Limits]:
    """Read the upload, then restrict this process's memory, time and open files; return upload and limits.

    Returns the upload and the limits. The process gets no core dumps, files, sockets or pipes.

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


def exit_now() -> None:
    """End the process at once, without spending time on freeing the memory of the parsed workbook."""
    sys.stdout.buffer.flush()
    os._exit(0)


def build_sheet_answer(
    part: SheetPart, scan: Scan, columns: list[TextColumn], top: int = 0, left: int = 0
) -> child_protocol.SheetAnswer:
    """Return a parsed sheet as the `SheetAnswer` that the child process sends to its parent.

    `columns` begin at row `top`, column `left` (zero-based).
    """
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
    return child_protocol.SheetAnswer(head, bytes(scan.kinds).replace(UNCALCULATED.encode(), FORMULA.encode()), columns)
