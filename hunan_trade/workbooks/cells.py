"""What both scanners of sheet XML share: styles, kinds of cells, and what a scan has found. For the child process."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from hunan_trade.workbooks.date_formats import day_of
from hunan_trade.workbooks.layout import Layout
from hunan_trade.workbooks.number_formats import NumberFormat
from hunan_trade.workbooks.sheets import (
    BOOLEAN,
    DATE,
    EMPTY,
    ERROR,
    FORMULA,
    MISSHOWN,
    NUMBER,
    PERCENT,
    PICTURE,
    TEXT,
    exact_number,
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


class NotPlain(Exception):
    """The XML is not what the plain scan knows; nothing is wrong with it yet."""


class BlanksFarOut(Exception):
    """The sheet is within its limits but for blanks, on which only the slow readers do not stumble."""


@dataclass(frozen=True)
class Styles:
    """The number formats of those cell styles (index into cellXfs) that show some number as something else."""

    formats: Mapping[int, NumberFormat] = field(default_factory=dict)
    epoch_1904: bool = False

    def look(self, style: int, value: str) -> tuple[str, str, str]:
        """(kind, what the cell holds, what it shows) of a number in this style."""
        number = _number(value)
        text = value if number is None else f"{number:f}"
        if (known := self.formats.get(style)) is None or number is None:
            return NUMBER, text, text
        shown = known.show(number, epoch_1904=self.epoch_1904)
        if known.is_date:
            return DATE, self._iso(number) or text, shown
        kind = PERCENT if known.is_percent(number) else MISSHOWN if known.shows_another(number) else NUMBER
        return kind, text, shown

    def _iso(self, serial: Decimal) -> str:
        """A serial day as ISO text, to the second; "" where Excel knows no such day."""
        moment = day_of(float(serial), epoch_1904=self.epoch_1904)
        if moment is None:
            return ""
        return f"{moment:%Y-%m-%d}" if serial == int(serial) else f"{moment:%Y-%m-%d %H:%M:%S}"


@dataclass(frozen=True, slots=True)
class Style:
    """How a cell that is more than its text is shown; `rich` where it names a value beside the sheet, as pictures do."""

    styles: Styles
    number: int
    rich: bool


@dataclass
class Scan:
    """What a scan found. `kinds` is row-major over `height` × `width`, both counted from A1.

    `oddities` are [row, column, kind, text, formula, has value, numeric, shown]; `texts` are [row, column, text] and
    override what the second reader says.
    """

    height: int = 0
    width: int = 0
    kinds: bytearray = field(default_factory=bytearray)
    oddities: list[tuple[int, int, str, str, str, bool, bool, str]] = field(default_factory=list)
    texts: list[tuple[int, int, str]] = field(default_factory=list)
    layout: Layout = field(default_factory=Layout)
    _looks: dict[tuple[int, str], tuple[str, str, str]] = field(default_factory=dict)

    def note(
        self, row: int, column: int, cell_type: str, value: str | None, formula: str | None, shown_by: Style
    ) -> None:
        """Records a cell that is more than its text: a formula, an error, a boolean, a written-out date, a picture."""
        if (shown_by.rich and cell_type == "e") or (formula and _PICTURE.match(formula)):
            self.oddities.append((row, column, PICTURE, "", formula or "", True, False, ""))
            self.texts.append((row, column, ""))
        elif formula is not None:
            cached = value is not None and (value != "" or cell_type == "str")
            text = _shown(cell_type, value or "")
            numeric = cached and cell_type in ("", "n")
            shown = shown_by.styles.look(shown_by.number, text)[2] if numeric else text
            self.oddities.append((row, column, FORMULA, text, formula, cached, numeric, shown))
            self.texts.append((row, column, text))
        elif cell_type in ("e", "b", "d"):
            text = _shown(cell_type, value or "")
            self.oddities.append((row, column, _KIND_OF_TYPE[cell_type], text, "", True, False, text))
            self.texts.append((row, column, text))

    def mark(self, row: int, column: int, style: int, value: str, styles: Styles) -> None:
        """Records a number that is shown as something else: a date, a percentage, another number, with zeros before."""
        if (style, value) not in self._looks:
            self._looks[style, value] = styles.look(style, value)
        kind, text, shown = self._looks[style, value]
        if kind != NUMBER or (shown != text and styles.formats[style].is_padded):
            self.kinds[row * self.width + column] = ord(kind)
            self.oddities.append((row, column, kind, text, "", True, kind != DATE, shown))
        self.texts.append((row, column, text))


def kind_of(cell_type: str, value: bool, filled: bool, formula: bool) -> str:
    """The kind of a cell by its `t`, whether it has a value element, whether that holds anything, and a formula."""
    if formula:
        return FORMULA if filled or (value and cell_type == "str") else UNCALCULATED
    if filled:
        return _KIND_OF_TYPE.get(cell_type, UNCERTAIN)
    if value and cell_type in ("str", "inlineStr"):
        return TEXT
    return UNCERTAIN if value and cell_type not in ("", "n") else EMPTY


def as_excel_shows(number: str) -> str:
    """A stored double with the 15 digits Excel keeps, without exponent; a text that is no number stays as it is."""
    exact = _number(number)
    return number if exact is None else f"{exact:f}"


def _number(text: str) -> Decimal | None:
    try:
        return exact_number(text)
    except ValueError:
        return None


def _shown(cell_type: str, value: str) -> str:
    return {"1": "TRUE", "0": "FALSE"}.get(value, value) if cell_type == "b" else value
