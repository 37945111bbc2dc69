"""Reads the cells from a sheet's XML with an XML parser: slower than the fast scan, but for every valid file.

It takes any prefix, order, comment or missing address.

For the child process, and only where `fast_scan` gave up or the two readers disagreed.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from xml.parsers import expat

from hunan_trade.text_cleaning import tidy
from hunan_trade.workbooks import sheet_size_check
from hunan_trade.workbooks.merged_and_hidden import MergedAndHidden, is_hidden, to_spans
from hunan_trade.workbooks.scan_result import (
    UNCERTAIN,
    BlankCellsTooFarOut,
    CellStyle,
    Scan,
    Styles,
    cell_kind,
    to_fifteen_digits,
)
from hunan_trade.workbooks.sheet_types import EMPTY, NUMBER, TEXT, WorkbookRefused, address, parse_address
from hunan_trade.workbooks.zip_archive import Limits

_INDEX = re.compile(r"[0-9]+")
_ESCAPED = re.compile(r"_x((?![dD][89a-fA-F])[0-9A-Fa-f]{4})_")  # how a workbook spells characters that XML cannot hold


@dataclass(slots=True)
class _Cell:
    row: int
    column: int
    type: str
    style: int
    rich: bool
    formula: str | None = None
    value: str | None = None
    inline: str | None = None


class _SheetParser:
    """XML event handler that collects a worksheet's cells, merged areas, hidden rows and hidden columns."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], _Cell] = {}
        self.cell: _Cell | None = None
        self.row = self.column = -1
        self.inside: list[str] = []
        self.layout = MergedAndHidden()
        self.hidden_rows: set[int] = set()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self.inside.append(name)
        if name == "row":
            self.row = int(attributes["r"]) - 1 if "r" in attributes else self.row + 1
            self.column = -1
            if is_hidden(attributes):
                self.hidden_rows.add(self.row)
        elif name == "c":
            self._start_cell(attributes)
        elif name == "col":
            self.layout.add_column_if_hidden(attributes)
        elif name == "mergeCell":
            self.layout.add_merged_area(attributes.get("ref", ""))
        elif self.cell is not None:
            if name == "f":
                self.cell.formula = ""
            elif name == "v":
                self.cell.value = ""
            elif name == "is":
                self.cell.inline = ""

    def _start_cell(self, attributes: dict[str, str]) -> None:
        if "r" in attributes:
            self.row, self.column = parse_address(attributes["r"].replace("$", "").upper())
        else:
            self.column += 1
        place = self.row, self.column
        if place in self.cells:
            raise WorkbookRefused(
                "duplicate-cells",
                f"单元格 {address(*place)} 在文件中出现两次，无法确定取哪一个；请用 WPS 或 Excel 打开后另存，再上传。",
            )
        self.cell = _Cell(*place, attributes.get("t", ""), int(attributes.get("s", "0")), "vm" in attributes)
        self.cells[place] = self.cell

    def end(self, tag: str) -> None:
        self.inside.pop()
        if tag.rpartition(":")[2] == "c":
            self.cell = None

    def characters(self, text: str) -> None:
        if self.cell is None:
            return
        if self.inside[-1] == "v":
            self.cell.value = (self.cell.value or "") + text
        elif self.inside[-1] == "f":
            self.cell.formula = (self.cell.formula or "") + text
        elif self.inside[-1] == "t" and "rPh" not in self.inside:
            self.cell.inline = (self.cell.inline or "") + text


def slow_scan(
    xml: bytes, styles: Styles, limits: Limits, blanks: sheet_size_check.BlankTexts, *, with_blanks: bool = True
) -> Scan:
    """Read a worksheet's cells, merged areas, hidden rows and hidden columns with an XML parser.

    Raises WorkbookRefused for XML that is broken, names a cell twice, or spans too much.

    With blanks, a sheet within its limits but for those raises BlankCellsTooFarOut; without, they are empty cells.
    """
    walker = _SheetParser()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = walker.start
    parser.EndElementHandler = walker.end
    parser.CharacterDataHandler = walker.characters
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError) as error:
        raise WorkbookRefused(
            "damaged", "工作表的内容已损坏，无法读取；请用 WPS 或 Excel 打开检查，另存后重新上传。"
        ) from error

    kinds = {place: kind for place, cell in walker.cells.items() if (kind := _kind(cell)) != EMPTY}
    height, width = _height_and_width(kinds)
    if not with_blanks or not sheet_size_check.is_within_limits(height, width, limits):
        kinds = {place: kind for place, kind in kinds.items() if not _is_blank(walker.cells[place], blanks)}
        sheet_size_check.check_extent(_columns_by_row(kinds), limits)
        if with_blanks:
            raise BlankCellsTooFarOut
        height, width = _height_and_width(kinds)
    walker.layout.hidden_rows = to_spans(walker.hidden_rows)
    scan = Scan(height, width, layout=walker.layout)
    scan.kinds = bytearray(EMPTY.encode() * (scan.height * scan.width))
    for (row, column), kind in kinds.items():
        cell = walker.cells[row, column]
        scan.kinds[row * scan.width + column] = ord(kind)
        if kind == NUMBER:
            value = (cell.value or "").strip()
            if cell.style in styles.formats:
                scan.add_formatted_number(row, column, cell.style, value, styles)
            else:
                scan.texts.append((row, column, to_fifteen_digits(value)))
        else:
            if kind == TEXT and cell.type == "s" and not _INDEX.fullmatch(cell.value or ""):
                # One reader takes the first text for such a number, another counts from the end of the table.
                message = f"单元格 {address(row, column)} 无法准确读取；请用 WPS 或 Excel 打开后另存，再上传。"
                raise WorkbookRefused("unreadable-cells", message)
            if kind == TEXT and cell.type != "s":
                # The second reader drops CDATA without a word; here the text is known for certain.
                scan.texts.append((row, column, _ESCAPED.sub(_unescape, cell.value or cell.inline or "")))
            scan.add_odd_cell(
                row, column, cell.type, cell.value, cell.formula, CellStyle(styles, cell.style, cell.rich)
            )
    return scan


def _height_and_width(kinds: Collection[sheet_size_check.Cell]) -> tuple[int, int]:
    return max((row for row, _ in kinds), default=-1) + 1, max((column for _, column in kinds), default=-1) + 1


def _columns_by_row(kinds: Collection[sheet_size_check.Cell]) -> Iterator[tuple[int, list[int]]]:
    """Yield (row, columns of its non-empty cells) for each row that has such cells, from the last row to the first."""
    for row, cells in groupby(sorted(kinds, key=lambda cell: (-cell[0], cell[1])), key=itemgetter(0)):
        yield row, [column for _, column in cells]


def _is_blank(cell: _Cell, blanks: sheet_size_check.BlankTexts) -> bool:
    if cell.formula is not None or cell.type not in ("s", "str", "inlineStr"):
        return False
    if cell.type == "s":
        return bool(_INDEX.fullmatch(cell.value or "")) and int(cell.value or "") in blanks()
    return not tidy(_ESCAPED.sub(_unescape, cell.value or cell.inline or ""))


def _kind(cell: _Cell) -> str:
    filled = bool(cell.value or cell.inline)
    present = cell.value is not None or cell.inline is not None
    kind = cell_kind(cell.type, present, filled, cell.formula is not None)
    return UNCERTAIN if kind == TEXT and not filled else kind


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))
