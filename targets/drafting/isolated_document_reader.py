"""Parses an uploaded document in a child process with limited time and memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hunan_trade.workbooks import child_process
from hunan_trade.workbooks.sheet_types import WorkbookRefused
from hunan_trade.workbooks.zip_archive import Limits

FILE_BYTES = 10 << 20
MOST_NODES = 1_500
MOST_CHARACTERS = 200_000  # a plan has some ten thousand
_CHILD = "targets.drafting.document_reader_child_process"
_LIMITS = Limits(memory_bytes=768 << 20, cpu_seconds=10, wall_seconds=10)  # a plan is read in one or two


class DocumentRefused(Exception):
    """Raised with a Chinese message if a file is unreadable or not a work plan."""


def parse_document_in_child_process(data: bytes, names: Sequence[str]) -> dict[str, Any]:
    """Parse an uploaded work plan in a child process with limited time and memory; return the plan as a dict.

    Raises DocumentRefused, and ReadersBusy when too many documents are read at once.
    """
    if len(data) > FILE_BYTES:
        raise DocumentRefused("文件超过 10 MB。删去图片，只留要点正文，再上传。")
    payload = json.dumps(list(names), ensure_ascii=False).encode() + b"\n" + data
    try:
        output = child_process.run_child(_CHILD, payload, _LIMITS)
    except WorkbookRefused as refused:
        raise DocumentRefused(_WORDS.get(refused.code, _WORDS["unreadable"])) from refused
    if not output:
        raise DocumentRefused(_WORDS["exhausted"])
    answer: dict[str, Any] = json.loads(output)
    if answer["refused"]:
        raise DocumentRefused(answer["refused"])
    nodes = answer["nodes"]
    if len(nodes) > MOST_NODES or sum(len(node["text"]) for node in nodes) > MOST_CHARACTERS:
        raise DocumentRefused("文件太长，不像一份工作要点。请只上传要点正文。")
    return answer


_WORDS = {
    "unreadable": "文件无法读取。请用 WPS 或 Word 打开，另存为 .docx 后再上传。",
    "overtime": f"文件 {_LIMITS.wall_seconds} 秒还没有读完，超出限定的时间和内存。请只留要点正文，另存为 .docx 或 .txt 后再上传。",
    "exhausted": "文件无法在限定的时间和内存内读完。请只留要点正文，另存为 .docx 或 .txt 后再上传。",
}
