"""Fast scan of the XML of a sheet, for sheets written by common spreadsheet programs.

The common programs are Excel, WPS, LibreOffice, openpyxl and xlsxwriter. A cell takes 0.2 microseconds.

Rows of a table look alike once the digits are taken out of their XML. So each distinct shape is parsed once, and rows
are looked up by their shape; only rows with formulas, errors and the like are read cell by cell. Whatever does not fit
the strict grammar raises NotPlainXml, and `slow_scan` reads it with a real XML parser. For the child process.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from itertools import pairwise

from hunan_trade.workbooks import sheet_size_check
from hunan_trade.workbooks.merged_and_hidden import scan_merged_and_hidden
from hunan_trade.workbooks.scan_result import (
    BlankCellsTooFarOut,
    CellStyle,
    NotPlainXml,
    Scan,
    Styles,
    cell_kind,
    to_fifteen_digits,
)
from hunan_trade.workbooks.sheet_types import EMPTY, NUMBER, TEXT, parse_address
from hunan_trade.workbooks.zip_archive import Limits

_DIGITS = b"0123456789"
_DATA = re.compile(rb"<sheetData(?: [^>]*)?(/?)>")
_ENCODING = re.compile(rb"""<\?xml [^>]*encoding=["'](?!utf-?8["'])""", re.IGNORECASE)
_INLINE_TEXT = re.compile(rb"<t(?: [^>]*)?>[^<]+</t>")
_ROW_NUMBER = re.compile(rb'<row r="(\d+)"')
_CELL_ROW = re.compile(rb'<c r="[A-Z]+(\d+)"')

# Of a shape: XML without digits.
_ROW = re.compile(rb' r=""[^>]*?(/?)>\s*')
_ROW_END = re.compile(rb"</row>\s*")
_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})"(?: s="")?(?: t="([A-Za-z]+)")?(?: (?:cm|vm|ph)="[^"]*")*\s*(?:/>|>\s*'
    rb"(<f(?: [^>]*?)?(?:/>|>[^<]*</f>))?\s*"
    rb"(<v(?: [^>]*?)?(?:/>|>[^<]*</v>)|<is/>|<is>.*?</is>)?\s*</c>)\s*",
    re.DOTALL,
)

# Of the XML itself, once its shape is known to be plain.
_REAL_CELL = re.compile(
    rb'<c r="([A-Z]+\d+)"(?: s="(\d+)")?(?: t="([A-Za-z]+)")?[^>]*?(?:/>|>\s*'
    rb"(<f(?: [^>]*?)?(?:/>|>([^<]*)</f>))?\s*"
    rb"(?:<v(?: [^>]*?)?(?:/>|>([^<]*)</v>))?.*?</c>)",
    re.DOTALL,
)
_STYLED_NUMBER = rb'<c r="([A-Z]+\d+)"(?: s="(%s)")%s(?: t="n")?(?: (?:cm|vm|ph)="[^"]*")*>\s*<v>([^<]+)</v>'
# A number that the second reader would shorten (it writes nine decimals) or spell longer than the file does.
_LONG = re.compile(rb"\.(?:\d{10}|(?<=\d{7}\.)\d)")
_CELL_HEAD = re.compile(rb'<c r="([A-Z]+\d+)"(?: s="\d+")?(?: t="n")?(?: (?:cm|vm|ph)="[^"]*")*>')


@dataclass(frozen=True, slots=True)
class _RowPattern:
    """What sheet rows have in common whose XML differs only in digits: the kinds and the number of their cells.

    It holds the kinds by column, the number of cells, and whether single rows must be checked.
    """

    kinds: dict[int, int]
    cell_count: int
    needs_cell_check: bool

    @property
    def width(self) -> int:
        return max(self.kinds, default=-1) + 1

    def kinds_as_bytes(self, width: int) -> bytes:
        line = bytearray(EMPTY.encode() * width)
        for column, kind in self.kinds.items():
            line[column] = kind
        return bytes(line)


def fast_scan(
    xml: bytes, styles: Styles, limits: Limits, blanks: sheet_size_check.BlankTexts, on_size_allowed: Callable[[], None]
) -> Scan:
    """Return the cells in a sheet's XML as a `Scan`; raise NotPlainXml if only the slow scan can read the XML.

    Calls `on_size_allowed` once the sheet's size is known to be allowed.

    Raises NotPlainXml, BlankCellsTooFarOut, or WorkbookRefused for a sheet that is too large.
    """
    body = _sheet_data(xml)
    numbers = [int(number) for number in _ROW_NUMBER.findall(body)]
    shapes = _row_patterns(body)
    if len(shapes) != len(numbers) or any(later <= earlier for earlier, later in pairwise(numbers)):
        raise NotPlainXml("rows without numbers or out of order")
    while shapes and not shapes[-1].kinds:
        shapes.pop()
        numbers.pop()
    distinct = set(map(id, shapes))
    by_id = {id(shape): shape for shape in shapes}
    scan = Scan(numbers[-1] if numbers else 0, max((by_id[key].width for key in distinct), default=0))
    rows = body.split(b"<row")[1:]
    if not sheet_size_check.is_within_limits(scan.height, scan.width, limits):
        sheet_size_check.check_extent(_nonblank_columns_by_row(rows, numbers, shapes, blanks), limits)
        raise BlankCellsTooFarOut
    on_size_allowed()
    _check_addresses(rows, numbers, shapes)

    lines = {key: by_id[key].kinds_as_bytes(scan.width) for key in distinct}
    blank = EMPTY.encode() * scan.width
    pieces, expected = [], 1
    for number, shape in zip(numbers, shapes, strict=True):
        if number != expected:
            pieces.append(blank * (number - expected))
        pieces.append(lines[id(shape)])
        expected = number + 1
    scan.kinds = bytearray(b"".join(pieces))

    for row, shape in zip(rows, shapes, strict=False):
        if shape.needs_cell_check:
            _scan_special_cells(row, scan, styles)
    _round_long_numbers(body, scan)
    _scan_styled_numbers(body, scan, styles)
    scan.layout = scan_merged_and_hidden(xml)
    return scan


def _sheet_data(xml: bytes) -> bytes:
    # Asking for one byte first is ten times faster than for two, and "!" and "?" are rare in sheets.
    exotic = (b"!" in xml and b"<!" in xml) or (xml.find(b"?", 100) >= 0 and xml.count(b"<?") > 1)
    if exotic or _ENCODING.match(xml.removeprefix(b"\xef\xbb\xbf")):
        raise NotPlainXml("comments, CDATA or another encoding")
    opening = _DATA.search(xml)
    if opening is None:
        raise NotPlainXml("no sheetData")
    if opening[1]:
        return b""
    closing = xml.rfind(b"</sheetData>")
    if closing < opening.end():
        raise NotPlainXml("sheetData is not closed")
    return xml[opening.end() : closing]


def _row_patterns(body: bytes) -> list[_RowPattern]:
    if b"<v></v>" in body:
        body = body.replace(b"<v></v>", b"<v/>")
    texts = body.translate(None, _DIGITS).split(b"<row")
    distinct = set(texts[1:])
    if any(b"inlineStr" in text for text in distinct):
        texts = _INLINE_TEXT.sub(b"<t>x</t>", body).translate(None, _DIGITS).split(b"<row")
        distinct = set(texts[1:])
    if texts[0].strip():
        raise NotPlainXml("something before the first row")
    known = {text: _parse_row_pattern(text) for text in distinct}
    return [known[text] for text in texts[1:]]


def _parse_row_pattern(text: bytes) -> _RowPattern:
    head = _ROW.match(text)
    if head is None:
        raise NotPlainXml("an unknown row")
    place, kinds, cell_count, needs_cell_check, last = head.end(), {}, 0, False, -1
    while not head[1] and (cell := _CELL.match(text, place)):
        letters, cell_type, formula, value = cell.groups()
        column = parse_address(letters.decode() + "1")[1]
        if column <= last:
            raise NotPlainXml("cells out of order")
        kind_name = (cell_type or b"").decode()
        filled = value is not None and not value.endswith(b"/>")
        kind = cell_kind(kind_name, value is not None, filled, formula is not None)
        if kind == NUMBER and not value.startswith(b"<v>"):
            raise NotPlainXml("a number in other clothes")
        if kind == TEXT and kind_name == "s" and value != b"<v></v>":
            raise NotPlainXml("a text's number in other clothes: the second reader would take the first text for it")
        if kind != EMPTY:
            kinds[column] = ord(kind)
        # The second reader shortens small numbers to nothing; those are written with an exponent.
        spelled = kind == NUMBER and value.translate(None, b"</v>.+-") != b""
        needs_cell_check = needs_cell_check or spelled or kind not in (EMPTY, TEXT, NUMBER)
        place, last, cell_count = cell.end(), column, cell_count + 1
    if head[1]:
        if text[place:].strip():
            raise NotPlainXml("text between rows")
    elif not (end := _ROW_END.match(text, place)) or end.end() != len(text):
        raise NotPlainXml("an unknown cell")
    return _RowPattern(kinds, cell_count, needs_cell_check)


def _nonblank_columns_by_row(
    rows: list[bytes], numbers: list[int], shapes: list[_RowPattern], blanks: sheet_size_check.BlankTexts
) -> Iterator[tuple[int, list[int]]]:
    """Yield (row index, its columns with visible content) for each row, from the last row to the first."""
    for row, number, shape in zip(reversed(rows[: len(shapes)]), reversed(numbers), reversed(shapes), strict=True):
        seen = []
        for cell in _REAL_CELL.finditer(row):
            address, _, cell_type, formula, _, value = cell.groups()
            column = parse_address(address.decode())[1]
            if column not in shape.kinds or (formula is None and _is_blank(cell[0], cell_type, value, blanks)):
                continue
            seen.append(column)
        yield number - 1, seen


def _is_blank(cell: bytes, cell_type: bytes | None, value: bytes | None, blanks: sheet_size_check.BlankTexts) -> bool:
    if cell_type == b"s":
        return value is not None and value.isdigit() and int(value) in blanks()
    return cell_type in (b"str", b"inlineStr") and sheet_size_check.is_blank_text(cell)


def _check_addresses(rows: list[bytes], numbers: list[int], shapes: list[_RowPattern]) -> None:
    """Raise NotPlainXml if a cell's address names another row than the row that contains the cell.

    Counting `7"` settles that for most rows.
    """
    for row, number, shape in zip(rows, numbers, shapes, strict=False):
        found = row.count(b'%d"' % number)
        if found != shape.cell_count + 1 and any(int(row_number) != number for row_number in _CELL_ROW.findall(row)):
            raise NotPlainXml("a cell in another row")


def _scan_special_cells(row: bytes, scan: Scan, styles: Styles) -> None:
    for cell in _REAL_CELL.finditer(row):
        rich = b' vm="' in cell[0][: cell[0].index(b">")]
        address, style, cell_type, formula, formula_text, value = cell.groups()
        row_index, column = parse_address(address.decode())
        kind = (cell_type or b"").decode()
        text = None if value is None else unescape(value.decode())
        if formula is not None or kind in ("e", "b", "d"):
            calculation = unescape((formula_text or b"").decode()) if formula is not None else None
            scan.add_odd_cell(row_index, column, kind, text, calculation, CellStyle(styles, int(style or 0), rich))
        elif kind in ("", "n") and text:
            scan.texts.append((row_index, column, to_fifteen_digits(text)))


def _round_long_numbers(body: bytes, scan: Scan) -> None:
    for match in _LONG.finditer(body):
        start = body.rfind(b"<", 0, match.start())
        if body[start : start + 3] != b"<v>":
            continue
        text = body[start + 3 : body.index(b"<", match.end())].decode()
        whole = text.index(".")
        if whole < 7 and _fits_nine_decimals(text, whole):
            continue  # the second reader comes to the same text
        head = _CELL_HEAD.match(body, body.rfind(b"<c ", 0, start))
        if head and not body[head.end() : start].strip():
            row, column = parse_address(head[1].decode())
            scan.texts.append((row, column, to_fifteen_digits(text)))


def _fits_nine_decimals(text: str, whole: int) -> bool:
    """Return whether a number, rounded to 15 digits, has at most nine decimals, the most that fastexcel writes."""
    try:
        shown = f"{float(text):.15g}"
    except ValueError:
        return False
    return "e" not in shown and len(shown) <= whole + 10


def _scan_styled_numbers(body: bytes, scan: Scan, styles: Styles) -> None:
    used = [b"%d" % style for style in sorted(styles.formats) if b' s="%d"' % style in body]
    first = 0 in styles.formats  # the style of a cell that names none
    if used or first:
        for match in re.finditer(_STYLED_NUMBER % (b"|".join(used or [b"0"]), b"?" if first else b""), body):
            row, column = parse_address(match[1].decode())
            scan.add_formatted_number(row, column, int(match[2] or 0), match[3].decode(), styles)
