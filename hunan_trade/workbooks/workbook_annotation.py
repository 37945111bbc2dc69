"""Adds findings to an uploaded workbook, both as comments and as a list in a new first sheet."""

import json
import struct
from collections.abc import Sequence

from hunan_trade.workbooks import child_process
from hunan_trade.workbooks.sheet_types import FINDINGS_SHEET, CellFinding, ColumnLayout, WorkbookRefused
from hunan_trade.workbooks.table_file_writers import xlsx_table
from hunan_trade.workbooks.zip_archive import Archive, Limits

MAX_FINDINGS = 500  # findings; marking takes time with each, and nobody mends more at once
_CHILD = "hunan_trade.workbooks.annotation_subprocess"
SEVERITIES = {"blocking": "必须修改", "explain": "需要说明", "note": "提示"}
COLUMNS = [
    ColumnLayout("序号", width=6, number_format="0"),
    ColumnLayout("工作表", width=18),
    ColumnLayout("单元格", width=10),
    ColumnLayout("类别", width=12),
    ColumnLayout("问题和处理办法", width=80),
]


def annotate(data: bytes, findings: Sequence[CellFinding], limits: Limits | None = None) -> bytes:
    """Return a copy of an uploaded workbook that shows its errors as comments and as a list on a new first sheet.

    Annotations of an earlier upload are removed.

    A workbook too large to be marked within the limits comes back as the list of findings alone. Raises WorkbookRefused
    for a file that `upload_reader.read` would refuse.
    """
    limits = limits or Limits()
    Archive(data, limits)
    rows = [(finding.sheet, finding.cell, finding.severity, finding.message) for finding in findings[:MAX_FINDINGS]]
    if more := len(findings) - len(rows):
        rows.append(("", "", "note", f"另有 {more} 处没有列出。改好以上各处再上传，接着列出其余。"))
    head = json.dumps(rows, ensure_ascii=False).encode()
    try:
        answer = child_process.run_child(_CHILD, struct.pack("<I", len(head)) + head + data, limits)
    except WorkbookRefused as refusal:
        if refusal.code not in ("exhausted", "overtime", "unreadable"):
            raise
        answer = b""
    return answer or _findings_workbook(rows)


def _findings_workbook(rows: list[tuple[str, str, str, str]]) -> bytes:
    return xlsx_table(
        FINDINGS_SHEET,
        COLUMNS,
        [
            (number, sheet, cell, SEVERITIES.get(severity, severity), message)
            for number, (sheet, cell, severity, message) in enumerate(rows, start=1)
        ],
    )
