"""What both scanners of sheet XML share: styles, kinds of cells, and what a scan has found. For the child process."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hunan_trade.workbooks.archive import Limits
from hunan_trade.workbooks.sheets import (
    BOOLEAN,
    DATE,
    EMPTY,
    ERROR,
    FORMULA,
    NUMBER,
    PERCENT,
    TEXT,
    WorkbookRefused,
    address,
    exact_number,
)

UNCALCULATED = "F"  # a formula without a cached value: the second reader sees nothing there
UNCERTAIN = "?"  # a cell that says it holds something and holds nothing: readers differ
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
_EXCEL_DAYS = 2_958_466  # 10000-01-01, where Excel's calendar ends


class NotPlain(Exception):
    """The XML is not what the plain scan knows; nothing is wrong with it yet."""


@dataclass(frozen=True)
class Styles:
    """Which cell styles (index into cellXfs) show a number as a date or as a percentage."""

    dates: frozenset[int] = frozenset()
    percents: frozenset[int] = frozenset()
    epoch_1904: bool = False

    def iso(self, serial: str) -> str:
        """A serial day as ISO text, to the second; the serial itself where Excel knows no such day."""
        try:
            days = float(serial)
        except ValueError:
            return serial
        if not 0 <= days < _EXCEL_DAYS:
            return serial
        # Excel counts a 29 February 1900 that never was.
        epoch = datetime(1904, 1, 1) if self.epoch_1904 else datetime(1899, 12, 31 if days < 60 else 30)
        try:
            moment = epoch + timedelta(seconds=round(days * 86400))
        except OverflowError:
            return serial
        return f"{moment:%Y-%m-%d}" if days == int(days) else f"{moment:%Y-%m-%d %H:%M:%S}"


@dataclass
class Scan:
    """What a scan found. `kinds` is row-major over `height` × `width`, both counted from A1.

    `oddities` are [row, column, kind, text, formula, has value, numeric]; `texts` are [row, column, text] and override
    what the second reader says.
    """

    height: int = 0
    width: int = 0
    kinds: bytearray = field(default_factory=bytearray)
    oddities: list[tuple[int, int, str, str, str, bool, bool]] = field(default_factory=list)
    texts: list[tuple[int, int, str]] = field(default_factory=list)

    def note(self, row: int, column: int, cell_type: str, value: str | None, formula: str | None) -> None:
        """Records a cell that is more than its text: a formula, an error, a boolean, a written-out date."""
        if formula is not None:
            cached = value is not None and (value != "" or cell_type == "str")
            text = _shown(cell_type, value or "")
            numeric = cached and cell_type in ("", "n")
            self.oddities.append((row, column, FORMULA, text, formula, cached, numeric))
            self.texts.append((row, column, text))
        elif cell_type in ("e", "b", "d"):
            text = _shown(cell_type, value or "")
            self.oddities.append((row, column, _KIND_OF_TYPE[cell_type], text, "", True, False))
            self.texts.append((row, column, text))

    def mark(self, row: int, column: int, style: int, value: str, styles: Styles) -> None:
        """Records a number that is shown as a date or as a percentage."""
        dated = style in styles.dates
        kind, text = (DATE, styles.iso(value)) if dated else (PERCENT, as_excel_shows(value))
        self.kinds[row * self.width + column] = ord(kind)
        self.oddities.append((row, column, kind, text, "", True, not dated))
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
    try:
        return f"{exact_number(number):f}"
    except ValueError:
        return number


def check_extent(height: int, width: int, limits: Limits) -> None:
    """Refuses a sheet that is too tall, too wide, or both together, before anyone sets memory aside for it."""
    if height > limits.rows or width > limits.columns or height * width > limits.cells:
        corner = address(max(height, 1) - 1, max(width, 1) - 1)
        raise WorkbookRefused(
            "extent",
            f"填有内容的区域一直到 {corner} 单元格，超出 {limits.rows} 行、{limits.columns} 列的范围；"
            "请删除表格以外多余的内容后重新上传。",
        )


def _shown(cell_type: str, value: str) -> str:
    return {"1": "TRUE", "0": "FALSE"}.get(value, value) if cell_type == "b" else value
