"""Reads an upload without trusting it: the zip is judged here, everything inside it in a process of its own."""

import hashlib
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from hunan_trade.workbooks import wire
from hunan_trade.workbooks.archive import Archive, Limits
from hunan_trade.workbooks.sheets import MARKS_SHEET, Oddity, RawSheet, RawWorkbook, WorkbookRefused, address

_PROJECT = Path(__file__).resolve().parents[2]
_FIRST, _SECOND = "hunan_trade.workbooks.child", "hunan_trade.workbooks.second_child"
_ANSWER_BYTES = 256 << 20
_TRY_AGAIN = "请把填报内容复制到新下载的工作簿中，再上传。"


def read(data: bytes, limits: Limits | None = None) -> RawWorkbook:
    """Every cell of every sheet, as text with its kind. Raises WorkbookRefused with a sentence for the uploader."""
    limits = limits or Limits()
    Archive(data, limits)
    facts, sheets = _ask(_FIRST, data, limits)
    if facts.get("status") == "disagree":
        facts, sheets = _ask(_SECOND, data, limits)
    if facts.get("status") == "refused":
        raise WorkbookRefused(str(facts["code"]), str(facts["message"]))
    if facts.get("status") != "read":
        raise _exhausted()
    found = [_sheet(head, kinds, columns) for head, kinds, columns in sheets]
    return RawWorkbook(
        sheets=[sheet for sheet in found if sheet.name != MARKS_SHEET],
        sha256=hashlib.sha256(data).hexdigest(),
        marks=next((_marks(sheet) for sheet in found if sheet.name == MARKS_SHEET), {}),
    )


def _ask(module: str, data: bytes, limits: Limits) -> wire.Answer:
    with tempfile.TemporaryFile() as upload:
        upload.write(data)
        upload.seek(0)
        # No environment: the child has no business with database addresses and keys.
        child = subprocess.Popen(
            [sys.executable, "-m", module, limits.as_json()],
            stdin=upload,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_PROJECT,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
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
        raise _exhausted()
    try:
        return wire.receive(answer)
    except wire.Garbled as error:
        raise _exhausted() from error


def _sheet(head: dict[str, Any], kinds: bytes, block: list[list[str]]) -> RawSheet:
    """The block that the second reader gave, put back where it stands in the sheet."""
    height, width, top, left = head["height"], head["width"], head["top"], head["left"]
    above = [""] * top
    columns = [[""] * height for _ in range(left)]
    columns += [(above + column if top else column) + [""] * (height - top - len(column)) for column in block]
    columns += [[""] * height for _ in range(width - len(columns))]
    for row, column, text in head["texts"]:
        columns[column][row] = text
    oddities = {
        address(row, column): Oddity(kind, text, formula, has_value, numeric)
        for row, column, kind, text, formula, has_value, numeric in head["oddities"]
    }
    return RawSheet(head["name"], head["hidden"], columns, kinds, oddities)


def _marks(sheet: RawSheet) -> dict[str, str]:
    return {row[0]: row[1] for row in sheet.rows if len(row) > 1 and row[0]}


def _exhausted() -> WorkbookRefused:
    return WorkbookRefused("exhausted", f"文件无法在限定的时间和内存内读完；{_TRY_AGAIN}")
