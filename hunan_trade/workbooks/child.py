"""The process in which an upload is parsed: the scan of the XML and fastexcel read the same cells and must agree."""

import re
import threading
from typing import Any

import fastexcel

from hunan_trade.workbooks import sandbox, wire
from hunan_trade.workbooks.archive import Archive, Limits
from hunan_trade.workbooks.arrow import TextColumn, UnknownArrow, text_columns
from hunan_trade.workbooks.cells import UNCERTAIN, NotPlain, Scan, Styles
from hunan_trade.workbooks.exact_scan import exact_scan
from hunan_trade.workbooks.package import SheetPart, sheet_parts, styles
from hunan_trade.workbooks.plain_scan import plain_scan
from hunan_trade.workbooks.sheets import BOOLEAN, DATE, ERROR, FORMULA, NUMBER, PERCENT, TEXT, WorkbookRefused

_SEEN = (TEXT + NUMBER + PERCENT + BOOLEAN).encode()
_PERHAPS = (DATE + ERROR + FORMULA).encode()  # dates without a day and errors come back as nothing
_PRESENCE = bytes(ord("1") if kind in _SEEN else ord("?") if kind in _PERHAPS else ord("0") for kind in range(256))
# A value behind an entity, CDATA or a comment: the second reader would take something else for it.
_VEILED = re.compile(rb"<(?:\w+:)?v(?: [^>]*)?>[^<&]*(?:&|<[!?])")


class Disagreement(Exception):
    """The two readers did not see the same cells."""


class _Loading(threading.Thread):
    """fastexcel at work on one sheet while the scan goes on; it lets go of the interpreter meanwhile."""

    def __init__(self, reader: Any, index: int) -> None:
        super().__init__()
        self.reader, self.index = reader, index
        self.columns: list[TextColumn] | None = None

    def run(self) -> None:
        try:
            sheet = self.reader.load_sheet(self.index, header_row=None, dtypes="string")
            self.columns = text_columns(sheet)
        except (fastexcel.FastExcelError, UnknownArrow):
            self.columns = None


def parse(archive: Archive, data: bytes, limits: Limits) -> sandbox.Answer:
    """Answers with the sheets, or with `{"status": "disagree"}`. Raises WorkbookRefused."""
    known = styles(archive)
    parts = sheet_parts(archive, limits)
    answers: list[wire.SheetAnswer] = []
    try:
        reader = fastexcel.read_excel(data)
        for part in parts:
            if reader.sheet_names[part.index] != part.name:
                raise Disagreement(part.name)
            answers.append(_read(reader, archive, part, known, limits))
            if sum(len(column.data) for answer in answers for column in answer.columns) > limits.text_bytes:
                raise WorkbookRefused("swollen", "工作簿中的文字过多；请把填报内容复制到新下载的工作簿中，再上传。")
    except (Disagreement, fastexcel.FastExcelError, IndexError):
        return [], {"status": "disagree"}
    return answers, {"status": "read"}


def _read(reader: Any, archive: Archive, part: SheetPart, known: Styles, limits: Limits) -> wire.SheetAnswer:
    xml = archive.part(part.part)
    archive.forget(part.part)
    loading = _Loading(reader, part.index)
    try:
        scan = plain_scan(xml, known, limits, within_limits=loading.start)
    except NotPlain:
        if _VEILED.search(xml):
            raise Disagreement(part.name) from None
        scan = exact_scan(xml, known, limits)
        if loading.ident:
            loading.join()
        loading = _Loading(reader, part.index)
        loading.start()
    loading.join()
    if loading.columns is None:
        raise Disagreement(part.name)
    top, left = agree(scan, loading.columns, part)
    return sandbox.sheet_answer(part, scan, loading.columns, top, left)


def agree(scan: Scan, columns: list[TextColumn], part: SheetPart) -> tuple[int, int]:
    """Where the second reader's block of cells begins. Raises Disagreement unless both saw the same cells in it."""
    presence = bytes(scan.kinds).translate(_PRESENCE)
    if ord(UNCERTAIN) in scan.kinds:
        raise Disagreement(part.name)
    width, nothing = scan.width, b"0" * scan.height
    by_column = [presence[column::width] for column in range(width)]
    filled = [column for column in range(width) if by_column[column] != nothing]
    if not filled:
        if columns:
            raise Disagreement(part.name)
        return 0, 0
    left, right = filled[0], filled[-1]
    top = min(len(column) - len(column.lstrip(b"0")) for column in by_column[left : right + 1])
    bottom = max(len(column.rstrip(b"0")) for column in by_column[left : right + 1])
    if len(columns) != right - left + 1:
        raise Disagreement(part.name)
    for scanned, read in zip(by_column[left:], columns, strict=False):
        block = scanned[top:bottom]
        if block != read.present and not _compatible(block, read.present):
            raise Disagreement(part.name)
    return top, left


def _compatible(scanned: bytes, read: bytes) -> bool:
    return len(scanned) == len(read) and all(a == b or a == ord("?") for a, b in zip(scanned, read, strict=True))


if __name__ == "__main__":
    sandbox.serve(parse)
