"""Rows of the parts that have hundreds of cells, as HTML: the template engine takes ten times as long for them.

Everything that people or tables named is escaped here; what is not escaped is ours: addresses, classes, marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from django.utils.safestring import SafeString, mark_safe

from hunan_trade.ui.components import BoardCell, BoardRow


def board_rows(rows: Iterable[BoardRow]) -> SafeString:
    """One <tr> a city, each on a line of its own."""
    return mark_safe("".join([_board_row(row) for row in rows]))  # every text went through escape


def _board_row(row: BoardRow) -> str:
    name = escape(row.name)
    cells = "".join([_board_cell(cell, name, month) for month, cell in enumerate(row.cells, start=1)])
    return f'\n<tr><th class="city" scope="row">{name}</th>{cells}</tr>'


def _board_cell(cell: BoardCell, name: str, month: int) -> str:
    words = escape(cell.words)
    if not cell.url:
        return f'<td><span class="k-{cell.kind}" title="{words}">{cell.mark}</span></td>'
    return (
        f'<td><a class="k-{cell.kind}" href="{escape(cell.url)}" title="{name} {month}月：{words}"'
        f' aria-label="{name}{month}月{words}">{cell.mark}</a></td>'
    )


def table_rows(rows: Iterable[Sequence[str]]) -> SafeString:
    """Of a table of figures: the first cell of each row is its head."""
    return mark_safe("".join([_table_row(row) for row in rows]))  # every text went through escape


def _table_row(row: Sequence[str]) -> str:
    head, *figures = map(escape, row)
    cells = "".join([f'<td class="num">{figure}</td>' for figure in figures])
    return f'<tr><th scope="row">{head}</th>{cells}</tr>'
