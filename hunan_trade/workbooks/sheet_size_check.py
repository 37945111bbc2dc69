"""Checks whether a sheet's size, measured up to its last visible cell, is within the limits.

For the child process. Programs leave blanks a million rows down; who cannot see them cannot delete them either.
"""

import re
from collections.abc import Callable, Collection, Iterable
from html import unescape

from hunan_trade.text_cleaning import tidy
from hunan_trade.workbooks.sheet_types import WorkbookRefused, address
from hunan_trade.workbooks.zip_archive import Archive, Limits

Cell = tuple[int, int]  # row, column, from zero
BlankTexts = Callable[[], Collection[int]]  # asked only where a sheet seems to reach too far

_TEXT = re.compile(rb"<(?:\w+:)?si(?:>|\s[^>]*>)(.*?)</(?:\w+:)?si>|<(?:\w+:)?si\s*/>", re.DOTALL)
_TAG = re.compile(rb"<[^>]*>")


def is_within_limits(height: int, width: int, limits: Limits) -> bool:
    """Return whether a sheet has at most as many rows, columns and cells as an uploaded workbook may have."""
    return height <= limits.rows and width <= limits.columns and height * width <= limits.cells


def extent_refusal(cell: Cell, limits: Limits) -> WorkbookRefused:
    return WorkbookRefused(
        "extent",
        f"{address(*cell)} 单元格有内容，超出 {limits.rows} 行、{limits.columns} 列的范围；"
        "请删除表格以外多余的内容后重新上传。",
    )


def check_extent(rows: Iterable[tuple[int, list[int]]], limits: Limits) -> None:
    """Raise WorkbookRefused, naming the cell, if a cell with visible content lies beyond the allowed rows or columns.

    Takes rows with columns, last row first.
    """
    height, allowed = 0, limits.columns
    for row, columns in rows:
        if not columns:
            continue
        if not height:
            height = row + 1
            if height > limits.rows:
                raise extent_refusal((row, columns[0]), limits)
            allowed = min(limits.columns, limits.cells // height)
        if columns[-1] >= allowed:
            raise extent_refusal((row, next(column for column in columns if column >= allowed)), limits)


def blank_text_indexes(archive: Archive, part: str) -> frozenset[int]:
    """Return the indexes of those shared strings of an .xlsx file that contain no visible character."""
    if part not in archive:
        return frozenset()
    return frozenset(at for at, text in enumerate(_TEXT.finditer(archive.part(part))) if is_blank_text(text[1] or b""))


def is_blank_text(xml: bytes) -> bool:
    """Return whether the text in an XML fragment contains no visible character."""
    return not tidy(unescape(_TAG.sub(b"", xml).decode(errors="replace")))
