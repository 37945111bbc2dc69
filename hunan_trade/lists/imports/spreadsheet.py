"""Functions that read an uploaded spreadsheet (.xlsx, .xls or .csv) into sheets of cells."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from typing import NamedTuple

from hunan_trade import quantities
from hunan_trade.workbooks import sheet_types as books
from hunan_trade.workbooks import upload_reader
from hunan_trade.workbooks.merged_and_hidden import MAX_MERGED
from hunan_trade.workbooks.sheet_types import OddCell, RawSheet, RawWorkbook, WorkbookRefused, address, parse_address
from hunan_trade.workbooks.table_file_writers import unguard_formula
from hunan_trade.workbooks.zip_archive import MEGABYTE, OLE_BEGIN, Limits

MAX_ROWS = 100_000  # rows that hold something, over all sheets
LIMITS = Limits(columns=256)
_WRONG_KIND = "只收 .xlsx、.xls 和 .csv 文件。用 WPS 或 Excel 打开后另存为其中一种，再传。"
_SENTENCES = {  # where the reader's own sentence speaks of the portal's returns
    "swollen": "文件展开后过大。只留要导入的工作表，删去图片和空白的格式，另存后再传。",
    "exhausted": "文件无法在限定的时间和内存内读完。只留要导入的工作表，或分成几个文件，再传。",
    "overtime": "文件无法在限定的时间和内存内读完。只留要导入的工作表，或分成几个文件，再传。",
    "not-a-workbook": _WRONG_KIND,
    "html": f"文件是网页，不是电子表格。{_WRONG_KIND}",
    "no-sheets": "工作簿中没有工作表。选有记录的文件再传。",
}
_BINARY = (b"PK\x03\x04", OLE_BEGIN, b"%PDF")
_DELIMITERS = ",\t;"
_SAMPLE = 4096  # characters in which the delimiter is looked for


class SpreadsheetRefused(Exception):
    """Raised when an uploaded file cannot be read; `sentence` tells the user in Chinese why.

    It also says what to do.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a spreadsheet, with its stored value and its displayed text.

    `kind` is one of the kinds in `workbooks.sheets`; `value` is a number without its format, a date in ISO form, or text.
    """

    address: str
    kind: str
    value: str
    shown: str
    formula: str = ""
    has_value: bool = True  # False for a formula that nobody has calculated


class Area(NamedTuple):
    """A merged range of cells in a sheet, given by its first and last row and column, counted from zero."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Sheet:
    """One sheet of a spreadsheet; its rows and columns are counted from zero.

    Addresses are as Excel names them.
    """

    raw: RawSheet
    epoch_1904: bool = False  # whether serial days count from 1904

    @cached_property
    def merged_areas(self) -> list[Area]:
        """The merged cell ranges of the sheet, clipped to the sheet's size.

        Together they cover no more cells than the sheet has. Areas overlap in no sheet that a program wrote.
        """
        found, left_to_cover = [], self.height * self.width
        for area in self.raw.merged:
            (top, left), (bottom, right) = map(parse_address, area.split(":"))
            clipped = Area(top, left, min(bottom, self.height - 1), min(right, self.width - 1))
            left_to_cover -= max(clipped.bottom - top + 1, 0) * max(clipped.right - left + 1, 0)
            if left_to_cover < 0:
                break
            found.append(clipped)
        return found

    @cached_property
    def _odd_cells(self) -> dict[int, dict[int, OddCell]]:
        found: dict[int, dict[int, OddCell]] = {}
        for place, odd in self.raw.oddities.items():
            row, column = parse_address(place)
            found.setdefault(column, {})[row] = odd
        return found

    def odd_cells(self, column: int) -> Mapping[int, OddCell]:
        """Return, by row, the cells of a column that contain neither plain text nor a plain number."""
        return self._odd_cells.get(column, {})

    @property
    def name(self) -> str:
        return self.raw.name

    @property
    def height(self) -> int:
        return self.raw.height

    @property
    def width(self) -> int:
        return self.raw.width

    def cell(self, row: int, column: int) -> Cell:
        place, kind, text = address(row, column), self.raw.kind(row, column), self.raw.text(row, column)
        odd = self.raw.oddities.get(place)
        if odd is None:
            return Cell(place, kind, text, text)
        return Cell(place, odd.kind, odd.text, odd.shown, odd.formula, odd.has_value)

    def row(self, row: int) -> list[Cell]:
        return [self.cell(row, column) for column in range(self.width)]


@dataclass(frozen=True)
class Spreadsheet:
    """An uploaded spreadsheet file with its sheets.

    `sha256` is the hash of its bytes, `name` the name it was uploaded under.
    """

    name: str
    sha256: str
    sheets: tuple[Sheet, ...]

    def sheet(self, name: str) -> Sheet | None:
        return next((sheet for sheet in self.sheets if sheet.name == name), None)


def read_spreadsheet(data: bytes, name: str) -> Spreadsheet:
    """Read all cells of an uploaded spreadsheet file.

    Workbooks are read in a child process. Raises SpreadsheetRefused for a file of a wrong kind, with a password or
    macros, too large, or damaged.
    """
    try:
        book = _reader(data)(data, name)
    except WorkbookRefused as refusal:
        raise SpreadsheetRefused(_SENTENCES.get(refusal.code, refusal.message)) from refusal
    if any(len(sheet.merged) >= MAX_MERGED for sheet in book.sheets):
        raise SpreadsheetRefused(
            f"合并的单元格超过 {quantities.format_with_commas(MAX_MERGED)} 处。取消合并，每格各填各的，再传。"
        )
    if (count := sum(map(_filled_rows, book.sheets))) > MAX_ROWS:
        raise SpreadsheetRefused(
            f"文件有 {quantities.format_with_commas(count)} 行，一次最多导入 {quantities.format_with_commas(MAX_ROWS)} 行。分成几个文件再传。"
        )
    return Spreadsheet(name, book.sha256, tuple(Sheet(sheet, book.epoch_1904) for sheet in book.sheets))


def _reader(data: bytes) -> Callable[[bytes, str], RawWorkbook]:
    """Return the function that reads an uploaded file of this format (.xls, .xlsx, CSV), recognised by its content."""
    if data.startswith(OLE_BEGIN):
        return lambda data, name: upload_reader.read_xls(data, LIMITS)
    return _read_csv if _is_text(data) else lambda data, name: upload_reader.read(data, LIMITS)


def _filled_rows(sheet: RawSheet) -> int:
    """Return the number of a sheet's rows that are not empty."""
    width, empty = sheet.width, books.EMPTY.encode()
    return sum(
        bool(sheet.kinds[start : start + width].strip(empty)) for start in range(0, len(sheet.kinds), width or 1)
    )


# --- CSV ------------------------------------------------------------------------------------------------------------
def _is_text(data: bytes) -> bool:
    """Return whether an uploaded file's bytes may be a CSV file.

    What is no text at all is left to the reader of workbooks to refuse.
    """
    begin = data[:_SAMPLE].lower()
    return bool(data) and not data.startswith(_BINARY) and b"\0" not in begin and b"<html" not in begin


def _read_csv(data: bytes, name: str) -> RawWorkbook:
    if len(data) > LIMITS.file_bytes:
        raise SpreadsheetRefused(f"文件超过 {LIMITS.file_bytes // MEGABYTE} MB。分成几个文件再传。")
    text = _decode(data)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True):
            rows.append(list(map(unguard_formula, row)))
    except csv.Error as error:
        raise SpreadsheetRefused(
            f"第 {len(rows) + 1} 行的引号不成对，或一格过长，无法分列。改好这一行再传。"
        ) from error
    width = max(map(len, rows), default=0)
    if width > LIMITS.columns or width * len(rows) > LIMITS.cells:
        raise SpreadsheetRefused(f"文件有 {width} 列，最多 {LIMITS.columns} 列。删去多余的列再传。")
    columns = list(zip(*(row + [""] * (width - len(row)) for row in rows), strict=True))
    kinds = b"".join(b"s" if text else b"." for row in rows for text in row + [""] * (width - len(row)))
    sheet = RawSheet(name.rpartition(".")[0] or name, False, columns, kinds)
    return RawWorkbook([sheet], hashlib.sha256(data).hexdigest())


def _decode(data: bytes) -> str:
    """Decode a CSV file as UTF-8 or else as GB18030; raise SpreadsheetRefused if both fail.

    Both are strict; nothing is guessed.
    """
    furthest = 0
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            furthest = max(furthest, error.start)
    before = data[:furthest].decode("gb18030", errors="replace")
    row = before.count("\n")
    column = before[before.rfind("\n") + 1 :].count(_delimiter(before))
    raise SpreadsheetRefused(
        f"{address(row, column)} 有读不出来的字节：既不是 UTF-8，也不是 GB18030。"
        "用 WPS 或 Excel 打开，改好这一格，另存为 .xlsx 再传。"
    )


def _delimiter(text: str) -> str:
    return max(_DELIMITERS, key=text[:_SAMPLE].count)
