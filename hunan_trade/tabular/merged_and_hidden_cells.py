"""Finds cells that are covered by merged areas, or lie in hidden rows, columns or sheets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hunan_trade.tabular.column_declaration import Kind
from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.tabular.table_types import FIRST_ROW, TableSpec
from hunan_trade.workbooks import sheet_types as books
from hunan_trade.workbooks.sheet_types import address

Columns = Sequence[Sequence[str]]  # a text a row, from the form's first row on
_ROWS_ABOVE = FIRST_ROW - 1  # rows


def find_merged_cells(sheet: books.RawSheet, spec: TableSpec, columns: Columns) -> tuple[list[Finding], frozenset[str]]:
    """Return (a `Finding` for each merged area that covers data cells, the addresses of the covered cells).

    Words may be merged: who writes one reason beside three rows gives it to the first.
    """
    height = len(columns[0])
    left_to_look = height * len(columns)  # areas overlap in no sheet that a program wrote
    findings: list[Finding] = []
    covered: set[str] = set()
    for area in sheet.merged:
        (top, left), (bottom, right) = map(books.parse_address, area.split(":"))
        inside = [at for at, c in enumerate(spec.columns) if left <= at <= right and c.kind is not Kind.REASON]
        rows = range(max(top - _ROWS_ABOVE, 0), min(bottom - _ROWS_ABOVE + 1, height))
        left_to_look -= len(rows) * len(inside)
        if left_to_look < 0:
            break
        under = [
            address(row + _ROWS_ABOVE, at)
            for row in rows
            if _is_record(row, spec, columns, left, right, tall=len(rows) > 1)
            for at in inside
            if (row + _ROWS_ABOVE, at) != (top, left)
        ]
        if under:
            findings.append(_merged_finding(area, under, spec, columns, left))
            covered.update(under)
    return findings, frozenset(covered)


def _is_record(row: int, spec: TableSpec, columns: Columns, left: int, right: int, *, tall: bool) -> bool:
    """Return whether a row that a merged area touches is a data row rather than a remark below the table.

    A single row may be a remark or a signature below the table, for which cells are merged as one likes.
    """
    beside = any(column[row] for at, column in enumerate(columns) if not left <= at <= right)
    keys = (at for at, column in enumerate(spec.columns) if column.kind is Kind.KEY)
    return beside and (tall or any(left <= at <= right or columns[at][row] for at in keys))


def _merged_finding(area: str, under: Sequence[str], spec: TableSpec, columns: Columns, left: int) -> Finding:
    shown, _, _ = area.partition(":")
    filled = [cell for cell in under if (at := books.parse_address(cell)) and columns[at[1]][at[0] - _ROWS_ABOVE]]
    covered_note = f"，盖住了 {_join_names(filled)} 里的内容" if filled else ""
    message = f"{area} 合并为一格，只能算 {shown} 的内容{covered_note}。取消合并，每格各填各的。"
    return Finding(spec.sheet, shown, "cell.merged", Severity.BLOCKING, message, column=spec.columns[left].key)


def find_hidden_amounts(sheet: books.RawSheet, spec: TableSpec, columns: Columns) -> Iterator[Finding]:
    """Yield at most one `Finding` each for amounts in a hidden sheet, in hidden rows and in hidden columns."""
    figures = [at for at, column in enumerate(spec.columns) if column.kind in (Kind.MONTH, Kind.CHECK)]
    height = len(columns[0])
    if sheet.hidden and (at := _first_filled_cell(columns, figures, range(height))):
        yield _hidden_finding(spec, at, "这张工作表是隐藏的，里面有填报的数")
    rows = [
        row
        for first, last in sheet.hidden_rows
        for row in range(max(first - _ROWS_ABOVE, 0), min(last - _ROWS_ABOVE + 1, height))
        if any(columns[at][row] for at in figures)
    ]
    if at := _first_filled_cell(columns, figures, rows):
        yield _hidden_finding(
            spec, at, f"隐藏的行里有填报的数（第 {_join_names([str(row + FIRST_ROW) for row in rows])} 行）"
        )
    out_of_sight = [
        at for at in figures if any(one <= at <= last for one, last in sheet.hidden_columns) and any(columns[at])
    ]
    if at := _first_filled_cell(columns, out_of_sight, range(height)):
        letters = [books.column_letters(column) for column in out_of_sight]
        yield _hidden_finding(spec, at, f"隐藏的列里有填报的数（{_join_names(letters)} 列）")


def _first_filled_cell(columns: Columns, of: Sequence[int], rows: Sequence[int]) -> tuple[int, int] | None:
    return next(((row, at) for row in rows for at in of if columns[at][row]), None)


def _hidden_finding(spec: TableSpec, place: tuple[int, int], what: str) -> Finding:
    row, at = place
    message = f"{what}，照样读入。取消隐藏，核对后再报。"
    cell, column = address(row + _ROWS_ABOVE, at), spec.columns[at].key
    return Finding(spec.sheet, cell, "cell.hidden", Severity.NOTE, message, column=column)


def _join_names(names: Sequence[str]) -> str:
    return "、".join(names[:5]) + (f" 等 {len(names)} 处" if len(names) > 5 else "")
