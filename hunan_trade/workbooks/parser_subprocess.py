"""Child process that parses an upload by two independent readers and compares their results.

One is the scan of the sheet's XML, the other is fastexcel.
"""

import re
import threading
from functools import cache
from typing import Any

import fastexcel

from hunan_trade.workbooks import child_protocol, sandbox, sheet_size_check
from hunan_trade.workbooks.arrow_text_reader import TextColumn, UnsupportedArrowType, text_columns
from hunan_trade.workbooks.fast_sheet_scan import fast_scan
from hunan_trade.workbooks.scan_result import UNCERTAIN, BlankCellsTooFarOut, NotPlainXml, Scan, Styles
from hunan_trade.workbooks.sheet_types import (
    BOOLEAN,
    DATE,
    ERROR,
    FORMULA,
    NUMBER,
    PERCENT,
    SHOWN_DIFFERENTLY,
    TEXT,
    WorkbookRefused,
    parse_address,
)
from hunan_trade.workbooks.slow_sheet_scan import slow_scan
from hunan_trade.workbooks.workbook_parts import (
    SheetPart,
    has_links_to_other_workbooks,
    read_styles,
    shared_strings_part,
    sheet_parts,
    validation_refers_to_other_workbook,
)
from hunan_trade.workbooks.zip_archive import Archive, Limits

_SEEN = (TEXT + NUMBER + PERCENT + SHOWN_DIFFERENTLY + BOOLEAN).encode()
_PERHAPS = (DATE + ERROR + FORMULA).encode()  # dates without a day and errors come back as nothing
_PRESENCE = bytes(ord("1") if kind in _SEEN else ord("?") if kind in _PERHAPS else ord("0") for kind in range(256))
# A value behind an entity, CDATA or a comment: the second reader would take something else for it.
_ESCAPED_VALUE = re.compile(rb"<(?:\w+:)?v(?: [^>]*)?>[^<&]*(?:&|<[!?])")

_EXTENT = re.compile(rb'<dimension ref="[A-Z]{1,3}\d{1,7}:([A-Z]{1,3})(\d{1,7})"')
_HEAD_BYTES = 4096  # in which the extent stands
_ROW_NUMBER = re.compile(rb'<row r="(\d{1,7})"')


class ReadersDisagree(Exception):
    """Raised when the XML scan and the library fastexcel found different cells in a workbook."""


class _FastexcelThread(threading.Thread):
    """Thread in which the library fastexcel reads a sheet while the main thread scans the sheet's XML.

    fastexcel releases the interpreter meanwhile.
    """

    def __init__(self, reader: Any, index: int) -> None:
        super().__init__()
        self.reader, self.index = reader, index
        self.columns: list[TextColumn] | None = None

    def start_once(self) -> None:
        """Start the thread if it has not been started."""
        if not self.ident:
            self.start()

    def run(self) -> None:
        try:
            sheet = self.reader.load_sheet(self.index, header_row=None, dtypes="string")
            self.columns = text_columns(sheet)
        except (fastexcel.FastExcelError, UnsupportedArrowType):
            self.columns = None


def parse(archive: Archive, data: bytes, limits: Limits) -> sandbox.Answer:
    """Parse the workbook by XML scan and by fastexcel; the returned status is "disagree" if the results differ.

    Raises WorkbookRefused.
    """
    known = read_styles(archive)
    parts = sheet_parts(archive, limits)
    blanks = cache(lambda: sheet_size_check.blank_text_indexes(archive, shared_strings_part(archive)))
    answers: list[child_protocol.SheetAnswer] = []
    linked = has_links_to_other_workbooks(archive)
    try:
        reader = fastexcel.read_excel(data)
        for part in parts:
            if reader.sheet_names[part.index] != part.name:
                raise ReadersDisagree(part.name)
            linked = linked or validation_refers_to_other_workbook(archive.part(part.part))
            answers.append(_read_sheet(reader, archive, part, known, limits, blanks))
            if sum(len(column.data) for answer in answers for column in answer.columns) > limits.text_bytes:
                raise WorkbookRefused("swollen", "工作簿中的文字过多；请把填报内容复制到新下载的工作簿中，再上传。")
    except (ReadersDisagree, BlankCellsTooFarOut, fastexcel.FastExcelError, IndexError):
        return [], {"status": "disagree"}
    return answers, {
        "status": "read",
        "linked": "1" if linked else "",
        "epoch_1904": "1" if known.epoch_1904 else "",
    }


def _read_sheet(
    reader: Any, archive: Archive, part: SheetPart, known: Styles, limits: Limits, blanks: sheet_size_check.BlankTexts
) -> child_protocol.SheetAnswer:
    xml = archive.part(part.part)
    archive.free_part(part.part)
    loading = _FastexcelThread(reader, part.index)
    if _declares_allowed_extent(xml, limits):
        loading.start_once()
    try:
        scan = fast_scan(xml, known, limits, blanks, on_size_allowed=loading.start_once)
    except NotPlainXml:
        if _ESCAPED_VALUE.search(xml):
            raise ReadersDisagree(part.name) from None
        scan = slow_scan(xml, known, limits, blanks)
        loading.start_once()
    loading.join()
    if loading.columns is None:
        raise ReadersDisagree(part.name)
    top, left = top_left_of_agreed_cells(scan, loading.columns, part)
    return sandbox.build_sheet_answer(part, scan, loading.columns, top, left)


def _declares_allowed_extent(xml: bytes, limits: Limits) -> bool:
    """Return whether the sheet's XML declares a size that is within the limits and includes the last row.

    Then fastexcel need not wait until the scan has seen all cells. A sheet that names less than it holds is refused by
    the scan as ever; whoever lies about columns may find the process at the end of its memory before that.
    """
    declared = _EXTENT.search(xml, 0, _HEAD_BYTES)
    last = _ROW_NUMBER.match(xml, xml.rfind(b"<row "))
    if not declared or not last:
        return False
    height, width = int(declared[2]), parse_address(declared[1].decode() + "1")[1] + 1
    return int(last[1]) <= height <= limits.rows and width <= limits.columns and height * width <= limits.cells


def top_left_of_agreed_cells(scan: Scan, columns: list[TextColumn], part: SheetPart) -> tuple[int, int]:
    """Return the first filled row and column; raise ReadersDisagree if XML scan and fastexcel found different cells."""
    presence = bytes(scan.kinds).translate(_PRESENCE)
    if ord(UNCERTAIN) in scan.kinds:
        raise ReadersDisagree(part.name)
    width, nothing = scan.width, b"0" * scan.height
    by_column = [presence[column::width] for column in range(width)]
    filled = [column for column in range(width) if by_column[column] != nothing]
    if not filled:
        if columns:
            raise ReadersDisagree(part.name)
        return 0, 0
    left, right = filled[0], filled[-1]
    top = min(len(column) - len(column.lstrip(b"0")) for column in by_column[left : right + 1])
    bottom = max(len(column.rstrip(b"0")) for column in by_column[left : right + 1])
    if len(columns) != right - left + 1:
        raise ReadersDisagree(part.name)
    for scanned, read in zip(by_column[left:], columns, strict=False):
        block = scanned[top:bottom]
        if block != read.present and not _presence_agrees(block, read.present):
            raise ReadersDisagree(part.name)
    return top, left


def _presence_agrees(scanned: bytes, read: bytes) -> bool:
    return len(scanned) == len(read) and all(a == b or a == ord("?") for a, b in zip(scanned, read, strict=True))


if __name__ == "__main__":
    sandbox.run_archive_parser_in_sandbox(parse)
