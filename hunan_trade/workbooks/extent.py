"""How far a sheet reaches: only cells in which something is to be seen count, and the one too far out is named.

For the child process. Programs leave blanks a million rows down; who cannot see them cannot delete them either.
"""

import re
from collections.abc import Callable, Collection, Iterable
from html import unescape

from hunan_trade.typed_text import tidy
from hunan_trade.workbooks.archive import Archive, Limits
from hunan_trade.workbooks.sheets import WorkbookRefused, address

Cell = tuple[int, int]  # row, column, from zero
BlankTexts = Callable[[], Collection[int]]  # asked only where a sheet seems to reach too far

_TEXT = re.compile(rb"<(?:\w+:)?si(?:>|\s[^>]*>)(.*?)</(?:\w+:)?si>|<(?:\w+:)?si\s*/>", re.DOTALL)
_TAG = re.compile(rb"<[^>]*>")


def fits(height: int, width: int, limits: Limits) -> bool:
    """Whether so many rows and columns are allowed, each and both together."""
    return height <= limits.rows and width <= limits.columns and height * width <= limits.cells


def too_far_out(cell: Cell, limits: Limits) -> WorkbookRefused:
    return WorkbookRefused(
        "extent",
        f"{address(*cell)} 单元格有内容，超出 {limits.rows} 行、{limits.columns} 列的范围；"
        "请删除表格以外多余的内容后重新上传。",
    )


def check(rows: Iterable[tuple[int, list[int]]], limits: Limits) -> None:
    """Refuses a sheet for the first of its visible cells that is not allowed. Takes rows with columns, last row first."""
    height, allowed = 0, limits.columns
    for row, columns in rows:
        if not columns:
            continue
        if not height:
            height = row + 1
            if height > limits.rows:
                raise too_far_out((row, columns[0]), limits)
            allowed = min(limits.columns, limits.cells // height)
        if columns[-1] >= allowed:
            raise too_far_out((row, next(column for column in columns if column >= allowed)), limits)


def blank_texts(archive: Archive, part: str) -> frozenset[int]:
    """The numbers of those texts of the workbook's table in which nothing is to be seen."""
    if part not in archive:
        return frozenset()
    return frozenset(at for at, text in enumerate(_TEXT.finditer(archive.part(part))) if is_blank_xml(text[1] or b""))


def is_blank_xml(xml: bytes) -> bool:
    """Whether nothing is to be seen of the text between these tags."""
    return not tidy(unescape(_TAG.sub(b"", xml).decode(errors="replace")))
