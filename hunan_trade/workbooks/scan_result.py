"""Types for the result of scanning a sheet's XML: number formats, kinds of cells, and texts.

Shared by both scans; for the child process.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from hunan_trade.workbooks.merged_and_hidden import MergedAndHidden
from hunan_trade.workbooks.number_formats import NumberFormat
from hunan_trade.workbooks.serial_dates import serial_to_datetime
from hunan_trade.workbooks.sheet_types import (
    BOOLEAN,
    DATE,
    EMPTY,
    ERROR,
    FORMULA,
    NUMBER,
    PERCENT,
    PICTURE,
    SHOWN_DIFFERENTLY,
    TEXT,
    to_excel_number,
)

UNCALCULATED = "F"  # a formula without a cached value: the second reader sees nothing there
UNCERTAIN = "?"  # a cell that says it holds something and holds nothing: readers differ
_PICTURE = re.compile(r"\s*(?:_xlfn\.)?DISPIMG\(", re.IGNORECASE)  # how WPS puts one into a cell
_KIND_OF_TYPE = {
    "": NUMBER,
    "n": NUMBER,
    "s": TEXT,
    "str": TEXT,
    "inlineStr": TEXT,
    "b": BOOLEAN,
    "e": ERROR,
    "d": DATE,
}


class NotPlainXml(Exception):
    """Raised when the fast scan cannot read a sheet's XML, so that the slow scan must be used."""


class BlankCellsTooFarOut(Exception):
    """Raised when only blank cells exceed a sheet's size limits, so that the slow readers must be used."""


@dataclass(frozen=True)
class Styles:
    """A workbook's number formats that may show a number differently from its value, by cell style index.

    Other styles are left out; the index is that of cellXfs.
    """

    formats: Mapping[int, NumberFormat] = field(default_factory=dict)
    epoch_1904: bool = False

    def kind_value_and_shown_text(self, style: int, value: str) -> tuple[str, str, str]:
        """Return (kind, value, displayed text) of a number in a cell with this style.

        `style` is the style's index.
        """
        number = _parse_number(value)
        text = value if number is None else f"{number:f}"
        if (known := self.formats.get(style)) is None or number is None:
            return NUMBER, text, text
        shown = known.show(number, epoch_1904=self.epoch_1904)
        if known.is_date:
            return DATE, self._serial_to_iso(number) or text, shown
        kind = (
            PERCENT
            if known.is_percent(number)
            else SHOWN_DIFFERENTLY
            if known.shows_different_number(number)
            else NUMBER
        )
        return kind, text, shown

    def _serial_to_iso(self, serial: Decimal) -> str:
        """Convert Excel's serial day number to a date in ISO form, with the time if it has one.

        "" for a day that Excel does not know.
        """
        moment = serial_to_datetime(float(serial), epoch_1904=self.epoch_1904)
        if moment is None:
            return ""
        return f"{moment:%Y-%m-%d}" if serial == int(serial) else f"{moment:%Y-%m-%d %H:%M:%S}"


@dataclass(frozen=True, slots=True)
class CellStyle:
    """A cell's style: its number format, and whether the cell holds a rich value such as a picture."""

    styles: Styles
    number: int
    rich: bool


@dataclass
class Scan:
    """Result of scanning a sheet's XML: kinds of cells, cells with special content, texts, and hidden areas.

    `kinds` is row-major over `height` × `width`, both counted from A1.

    `oddities` are [row, column, kind, text, formula, has value, numeric, shown]; `texts` are [row, column, text] and
    override what the second reader says.
    """

    height: int = 0
    width: int = 0
    kinds: bytearray = field(default_factory=bytearray)
    oddities: list[tuple[int, int, str, str, str, bool, bool, str]] = field(default_factory=list)
    texts: list[tuple[int, int, str]] = field(default_factory=list)
    layout: MergedAndHidden = field(default_factory=MergedAndHidden)
    _shown_numbers: dict[tuple[int, str], tuple[str, str, str]] = field(default_factory=dict)

    def add_odd_cell(
        self, row: int, column: int, cell_type: str, value: str | None, formula: str | None, shown_by: CellStyle
    ) -> None:
        """Record a cell with a formula, error, boolean, ISO date or picture in `oddities` and `texts`."""
        if (shown_by.rich and cell_type == "e") or (formula and _PICTURE.match(formula)):
            self.oddities.append((row, column, PICTURE, "", formula or "", True, False, ""))
            self.texts.append((row, column, ""))
        elif formula is not None:
            cached = value is not None and (value != "" or cell_type == "str")
            text = _shown_text(cell_type, value or "")
            numeric = cached and cell_type in ("", "n")
            shown = shown_by.styles.kind_value_and_shown_text(shown_by.number, text)[2] if numeric else text
            self.oddities.append((row, column, FORMULA, text, formula, cached, numeric, shown))
            self.texts.append((row, column, text))
        elif cell_type in ("e", "b", "d"):
            text = _shown_text(cell_type, value or "")
            self.oddities.append((row, column, _KIND_OF_TYPE[cell_type], text, "", True, False, text))
            self.texts.append((row, column, text))

    def add_formatted_number(self, row: int, column: int, style: int, value: str, styles: Styles) -> None:
        """Record a number in `texts`, and also in `oddities` if it is shown as a date, as a percentage or like 01."""
        if (style, value) not in self._shown_numbers:
            self._shown_numbers[style, value] = styles.kind_value_and_shown_text(style, value)
        kind, text, shown = self._shown_numbers[style, value]
        if kind != NUMBER or (shown != text and styles.formats[style].shows_leading_zeros_or_fraction):
            self.kinds[row * self.width + column] = ord(kind)
            self.oddities.append((row, column, kind, text, "", True, kind != DATE, shown))
        self.texts.append((row, column, text))


def cell_kind(cell_type: str, value: bool, filled: bool, formula: bool) -> str:
    """Return the kind of a cell, derived from the cell's XML: its type `t`, its value and its formula.

    `value`: it has a value element; `filled`: that is not empty; `formula`: it has one.
    """
    if formula:
        return FORMULA if filled or (value and cell_type == "str") else UNCALCULATED
    if filled:
        return _KIND_OF_TYPE.get(cell_type, UNCERTAIN)
    if value and cell_type in ("str", "inlineStr"):
        return TEXT
    return UNCERTAIN if value and cell_type not in ("", "n") else EMPTY


def to_fifteen_digits(number: str) -> str:
    """Format a number without exponent, rounded to the 15 digits that Excel stores.

    Other texts are returned as they are.
    """
    exact = _parse_number(number)
    return number if exact is None else f"{exact:f}"


def _parse_number(text: str) -> Decimal | None:
    try:
        return to_excel_number(text)
    except ValueError:
        return None


def _shown_text(cell_type: str, value: str) -> str:
    return {"1": "TRUE", "0": "FALSE"}.get(value, value) if cell_type == "b" else value
