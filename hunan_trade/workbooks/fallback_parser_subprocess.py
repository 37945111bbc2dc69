"""Child process that parses slowly but completely the workbooks on which the two fast readers disagree.

Places and numbers come from the slow scan, texts from openpyxl.
"""

import zipfile
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from typing import Any

from openpyxl import load_workbook

from hunan_trade.text_cleaning import tidy
from hunan_trade.workbooks import sandbox, sheet_size_check
from hunan_trade.workbooks.arrow_text_reader import to_text_column
from hunan_trade.workbooks.scan_result import UNCERTAIN, Scan
from hunan_trade.workbooks.sheet_types import (
    BOOLEAN,
    DATE,
    EMPTY,
    NUMBER,
    PERCENT,
    SHOWN_DIFFERENTLY,
    TEXT,
    WorkbookRefused,
    address,
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

_VISIBLE_KINDS = (TEXT + NUMBER + PERCENT + SHOWN_DIFFERENTLY + BOOLEAN + DATE).encode()
_UNSEEN = EMPTY.encode()


def parse(archive: Archive, data: bytes, limits: Limits) -> sandbox.Answer:
    """Return the workbook's sheets, read by the slow XML scan and by openpyxl, which must find the same cells.

    Raises WorkbookRefused, also if these two readers disagree as well.
    """
    known = read_styles(archive)
    blanks = cache(lambda: sheet_size_check.blank_text_indexes(archive, shared_strings_part(archive)))
    answers = []
    linked = has_links_to_other_workbooks(archive)
    try:
        book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except (
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        OSError,
        SyntaxError,
        zipfile.BadZipFile,
    ) as error:
        raise _unreadable_refusal("工作簿") from error
    for part in sheet_parts(archive, limits):
        linked = linked or validation_refers_to_other_workbook(archive.part(part.part))
        scan = slow_scan(archive.part(part.part), known, limits, blanks, with_blanks=False)
        sheet = book[part.name]
        # Some programs write that the sheet ends at A1; believing it would lose every other row.
        sheet.reset_dimensions()
        try:
            texts = _column_texts(sheet.iter_rows(values_only=True), scan, part)
        except (KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError) as error:
            raise _unreadable_refusal(f"工作表“{part.name}”") from error
        answers.append(sandbox.build_sheet_answer(part, scan, [to_text_column(column) for column in texts]))
    return answers, {
        "status": "read",
        "linked": "1" if linked else "",
        "epoch_1904": "1" if known.epoch_1904 else "",
    }


def _column_texts(rows: Iterable[tuple[Any, ...]], scan: Scan, part: SheetPart) -> list[list[str]]:
    """Return a sheet's texts by column, after checking that the XML scan and openpyxl found the same cells."""
    columns = [[""] * scan.height for _ in range(scan.width)]
    expected = sum(scan.kinds.count(kind) for kind in _VISIBLE_KINDS)
    seen = 0
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            if value is None:
                continue
            inside = row < scan.height and column < scan.width
            kind = scan.kinds[row * scan.width + column] if inside else ord(EMPTY)
            if kind == ord(EMPTY) and isinstance(value, str) and not tidy(value):
                continue
            if kind == ord(EMPTY):
                raise _unreadable_refusal(f"工作表“{part.name}”的 {address(row, column)} 单元格")
            if kind == ord(UNCERTAIN):
                scan.kinds[row * scan.width + column] = ord(TEXT)
            seen += kind in _VISIBLE_KINDS
            if inside:
                columns[column][row] = value if isinstance(value, str) else ""
    if seen != expected:
        raise _unreadable_refusal(f"工作表“{part.name}”")
    scan.kinds = scan.kinds.replace(UNCERTAIN.encode(), _UNSEEN)
    return columns


def _unreadable_refusal(place: str) -> WorkbookRefused:
    message = f"{place}无法准确读取；请用 WPS 或 Excel 打开后另存为“.xlsx”格式，再上传。"
    return WorkbookRefused("unreadable-cells", message)


if __name__ == "__main__":
    sandbox.run_archive_parser_in_sandbox(parse)
