"""Types for sheets, cells and layouts of workbooks, used for reading and for writing."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Protocol

from hunan_trade.text_cleaning import is_tidy, tidy

METADATA_SHEET = "_portal"
FINDINGS_SHEET = "检查结果"

# One byte a cell, so that 100,000 x 12 cells cost a megabyte and a whole column can be asked at once.
EMPTY, TEXT, NUMBER, PERCENT, DATE, FORMULA, ERROR, BOOLEAN = ".", "s", "n", "p", "d", "f", "e", "b"
SHOWN_DIFFERENTLY = "m"  # a number whose format shows another number: 103760000 as 10376.0
UNFORMATTED = "u"  # a number whose format is not known, as in an .xls file: what the cell shows may be another one
PICTURE = (
    "i"  # of an Oddity alone: an object put into the cell; the cell's own kind is what the file says, error or formula
)
NUMERIC = NUMBER + PERCENT + SHOWN_DIFFERENTLY + UNFORMATTED

# Doubles beyond these are no figure anybody typed; str() of them would need hundreds of digits.
_NUMBER_TEXT = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?\s*")
_ADDRESS = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")


def blank_invisible_texts(texts: Sequence[str]) -> Sequence[str]:
    """Return the texts, with "" in place of each text that has no visible characters."""
    together = "".join(texts)
    if " " not in together and is_tidy(together):
        return texts
    return [text if tidy(text) else "" for text in texts]


class WorkbookRefused(Exception):
    """Raised to refuse an uploaded file, with a code and a Chinese message for the user.

    `message` is one sentence for its uploader: what, where, what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def to_excel_number(text: str) -> Decimal:
    """Round a numeric cell's stored text to 15 digits, as Excel does: 19.989999999999998 → 19.99.

    `19.989999999999998` is 19.99. Raises ValueError for anything but a finite number.
    """
    if not _NUMBER_TEXT.fullmatch(text):
        raise ValueError(f"not a number: {text!r}")
    rounded = f"{float(text):.15g}"
    if rounded.endswith("inf"):
        raise ValueError(f"not a finite number: {text!r}")
    return Decimal(rounded) + 0  # and no negative zero


def column_letters(column: int) -> str:
    """Convert a zero-based column index to letters: 0 → A, 26 → AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    """Convert a zero-based row and column to Excel's cell address: (3, 1) → B4."""
    return f"{column_letters(column)}{row + 1}"


def parse_address(cell: str) -> tuple[int, int]:
    """Convert Excel's cell address to a zero-based row and column: B4 → (3, 1).

    Raises ValueError.
    """
    match = _ADDRESS.fullmatch(cell)
    if not match:
        raise ValueError(f"not a cell address: {cell!r}")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1


@dataclass(frozen=True, slots=True)
class OddCell:
    """A cell that contains neither plain text nor a plain number, such as a formula, date or error.

    `kind` is one of FORMULA, ERROR, BOOLEAN, DATE, PERCENT, SHOWN_DIFFERENTLY, PICTURE; or NUMBER for a figure like any
    other that is only written otherwise, 1 as 01. `text` is what the cell holds: a formula's cached value, a date in
    ISO form, 0.125 for 12.5%. `formula` is without the equals sign; `has_value` is False for a formula nobody has
    calculated; `numeric` says whether `text` is a number. `shown` is what stands in the cell for who looks at it: 7月5日,
    12.5%, 10376.0.
    """

    kind: str
    text: str
    formula: str = ""
    has_value: bool = True
    numeric: bool = False
    shown: str = ""


@dataclass(frozen=True)
class RawSheet:
    """A sheet of an uploaded workbook, with the text of every cell.

    `columns[j][i]` and `rows[i][j]` are Excel row i+1, column j+1; "" is empty.

    A number's text has the 15 digits that Excel keeps (19.99 where the file says 19.989999999999998). `merged` are
    areas as A4:A5, hidden rows and columns the first and last of each run, from zero.
    """

    name: str
    hidden: bool
    columns: Sequence[Sequence[str]]
    kinds: bytes = field(repr=False)
    oddities: Mapping[str, OddCell] = field(default_factory=dict)
    merged: Sequence[str] = ()
    hidden_rows: Sequence[tuple[int, int]] = ()
    hidden_columns: Sequence[tuple[int, int]] = ()

    @property
    def width(self) -> int:
        return len(self.columns)

    @property
    def height(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    @cached_property
    def rows(self) -> list[tuple[str, ...]]:
        return list(zip(*self.columns, strict=True))

    def text(self, row: int, column: int) -> str:
        """Return the text of a cell, or "" for a cell outside the sheet."""
        return self.columns[column][row] if column < self.width and row < self.height else ""

    def kind(self, row: int, column: int) -> str:
        return chr(self.kinds[row * self.width + column]) if column < self.width and row < self.height else EMPTY

    def column_kinds(self, column: int) -> bytes:
        """Return, for each row, the one-byte code of what the column's cell contains, such as `n` for a number."""
        return self.kinds[column :: self.width] if column < self.width else b""

    def is_number(self, row: int, column: int) -> bool:
        """Return whether a cell contains a number; a text that looks like a number does not count."""
        return self.kind(row, column) in NUMERIC


@dataclass(frozen=True)
class RawWorkbook:
    """An uploaded workbook's content: its sheets, the file's SHA-256, and the metadata that the portal wrote into it.

    `metadata` is the content of the hidden sheet that the portal writes into its workbooks.

    `linked` says that it names other workbooks, which nobody opened.
    """

    sheets: Sequence[RawSheet]
    sha256: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    linked: bool = False
    epoch_1904: bool = False  # whether its serial days count from 1904

    def sheet(self, name: str) -> RawSheet | None:
        return next((sheet for sheet in self.sheets if sheet.name == name), None)


Value = str | Decimal | int | date | None  # what may be written into a cell
NUMBER_DIGITS = 15  # a cell is a double; more digits would come back as others
TEXT_CHARACTERS = 32_767  # as UTF-16 counts them


def check_value(row: int, column: int, value: Value) -> None:
    """Raise ValueError if a number has more than 15 digits or a text is too long for an Excel cell."""
    if value is None or isinstance(value, date) or (isinstance(value, str) and len(value) <= TEXT_CHARACTERS // 2):
        return
    if isinstance(value, str):
        if len(value.encode("utf-16-le")) > 2 * TEXT_CHARACTERS:
            raise ValueError(f"{address(row, column)} holds {len(value)} characters")
    elif len(str(value)) > NUMBER_DIGITS and len(Decimal(value).normalize().as_tuple().digits) > NUMBER_DIGITS:
        raise ValueError(f"{address(row, column)} holds a number of {len(str(value))} digits")


@dataclass(frozen=True)
class ColumnLayout:
    """How the portal writes one column of a workbook: title, width, number format, lock, drop-down list, comment.

    `width` is in characters of Excel's default font (a Chinese character takes two). `group` is the upper heading:
    neighbours with the same group share one merged cell; without one, the title takes both rows. `choices` become a
    drop-down, `note` a comment on the title.
    """

    title: str
    group: str = ""
    width: float = 14
    locked: bool = False
    number_format: str = ""
    choices: Sequence[str] = ()
    note: str = ""


@dataclass(frozen=True)
class SheetLayout:
    """Layout of a sheet that the portal writes: row 1 the title, rows 2 and 3 the headings, then the data.

    `unit_note` stands at the right end of row 1. `spare_rows` open rows follow the given ones, for sheets to which
    records are added; their locked columns are open too. `locked_cells` are locked in open columns, by the index of row
    and column. The first `frozen_columns` stay in view.
    """

    name: str
    title: str
    columns: Sequence[ColumnLayout]
    rows: Iterable[Sequence[Value]] = ()
    unit_note: str = ""
    spare_rows: int = 0
    frozen_columns: int = 0
    locked_cells: Collection[tuple[int, int]] = frozenset()


class CellFinding(Protocol):
    """Interface of an error or a remark about a cell that `workbook_annotation.annotate` adds to the workbook.

    `cell` is "" for a finding about the whole sheet.
    """

    @property
    def sheet(self) -> str: ...
    @property
    def cell(self) -> str: ...
    @property
    def severity(self) -> str: ...  # blocking | explain | note
    @property
    def message(self) -> str: ...
