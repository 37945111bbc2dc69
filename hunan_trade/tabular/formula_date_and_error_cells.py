"""Accepts or refuses cells that contain formulas, errors, dates, percentages or the like.

Accepted ones count as the text that a spreadsheet shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hunan_trade.tabular.column_declaration import Column, Kind
from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.tabular.table_types import FIRST_ROW, TableSpec
from hunan_trade.workbooks import sheet_types as books
from hunan_trade.workbooks.sheet_types import OddCell

_ERROR = re.compile(r"#[A-Z0-9/!?_]+")
_MESSAGES = {  # kind → the finding's code, and what is wrong and to be done in a column of figures, of names, of words
    books.FORMULA: (
        "cell.formula",
        "是公式，只收数值。复制后选择性粘贴为数值。",
        "是公式。复制后选择性粘贴为数值。",
        "是公式，还没有算出结果。改为文字。",
    ),
    books.ERROR: (
        "cell.error",
        "是错误值，不能作数。填入正确的数。",
        "是错误值。改回原值。",
        "是错误值。改为文字，或删去。",
    ),
    books.BOOLEAN: ("cell.boolean", "是逻辑值，不能作数。填入正确的数。", "是逻辑值。改回原值。", ""),
    books.DATE: (
        "cell.date",
        "是日期，不能作数。把单元格格式改为文本后重填。",
        "是日期。把单元格格式改为文本，再填回原值。",
        "",
    ),
    books.PERCENT: (
        "cell.percent",
        "是百分数，不能作数。把单元格格式改为常规后重填。",
        "是百分数。把单元格格式改为文本，再填回原值。",
        "",
    ),
    books.PICTURE: (
        "cell.picture",
        "格中是图片，不能作数。删去图片，填数字。",
        "格中是图片。删去图片，填回原值。",
        "格中是图片，不读入。删去图片，改为文字。",
    ),
}
_MISSHOWN_MESSAGE = "显示为{shown}，实为“{held}”：单元格格式使看到的不是格中的数。把格式改为常规，核对后重填。"


def columns_as_shown(sheet: books.RawSheet, spec: TableSpec, columns: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """Return the columns below the headings; dates and formulas that a column accepts become the text Excel shows.

    In columns of words: 7月5日, 12%, TRUE; in a column of days the day itself.
    """
    found = [column[FIRST_ROW - 1 :] for column in columns]
    changed: dict[int, list[str]] = {}
    for cell, oddity in sheet.oddities.items():
        row, at = books.parse_address(cell)
        if row + 1 >= FIRST_ROW and at < len(columns) and _accepts_odd_cell(spec.columns[at], oddity):
            changed.setdefault(at, list(found[at]))[row + 1 - FIRST_ROW] = (
                oddity.text if spec.columns[at].is_date and oddity.kind == books.DATE else oddity.shown
            )
    return [changed.get(at, column) for at, column in enumerate(found)]


def find_odd_cells(sheet: books.RawSheet, spec: TableSpec) -> Iterator[Finding]:
    """Yield a blocking `Finding` for each cell whose formula, date, error or the like its column does not accept."""
    for cell, oddity in sheet.oddities.items():
        row, at = books.parse_address(cell)
        if row + 1 < FIRST_ROW or at >= len(spec.columns) or oddity.kind == books.NUMBER:
            continue
        column = spec.columns[at]
        if not _accepts_odd_cell(column, oddity):
            code, message = _refusal_code_and_message(column, oddity)
            yield Finding(spec.sheet, cell, code, Severity.BLOCKING, message, column=column.key)


def _accepts_odd_cell(column: Column, oddity: OddCell) -> bool:
    """Return whether the column accepts a cell with this special content, such as a formula or a date.

    Accepted are 01 for a 1 in a text column, a date in a column of days, and all but errors in one of words.
    """
    if oddity.kind == books.NUMBER:
        return column.places is None
    if column.kind is Kind.ENTRY and column.is_date:
        return oddity.kind == books.DATE
    error = oddity.kind in (books.ERROR, books.PICTURE) or not oddity.has_value
    return column.holds_words and not error and not _ERROR.fullmatch(oddity.shown)


def _refusal_code_and_message(column: Column, oddity: OddCell) -> tuple[str, str]:
    """Return the finding code, such as cell.formula, and the Chinese message for a cell with refused content."""
    if oddity.kind == books.SHOWN_DIFFERENTLY:
        shown = f"“{oddity.shown[:40]}”" if oddity.shown else "空白"
        return "cell.format", _MISSHOWN_MESSAGE.format(shown=shown, held=oddity.text[:40])
    of_words = column.holds_words
    kind = books.ERROR if of_words and oddity.has_value and oddity.kind == books.FORMULA else oddity.kind
    code, of_figures, of_names, words = _MESSAGES[kind]
    what = words if of_words else of_names if column.places is None else of_figures
    seen = f"={oddity.formula[:40]}" if oddity.formula and kind == books.FORMULA else oddity.shown[:40]
    return code, what if kind == books.PICTURE else f"“{seen}”{what}"
