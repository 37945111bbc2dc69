"""Functions that render the headings and rows of a list's table as HTML.

This is the one place where records become rows of HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.lists.pages.row_buttons import RowEnd, row_end_html
from hunan_trade.ui.component_data import ListColumn

ROW_END = ListColumn("办理")


def sortable_headings(query: ListQuery) -> list[ListColumn]:
    """Return the headings of the visible columns, each with the link that sorts by the column."""
    ends = query.listing.row_end is not None
    return [
        replace(
            heading,
            key=column.key,
            sort_url=query.sort_url(column) if column.sort else "",
            sort=_sort_direction(query, column),
        )
        for heading, column in zip(headings(query.columns), query.columns, strict=True)
    ] + ([ROW_END] if ends else [])


def headings(columns: Sequence[Column], *, ends: bool = False) -> list[ListColumn]:
    """Return a table heading for each column; with `ends`, also one for the column of buttons at the right."""
    return [
        ListColumn(
            title=column.title,
            unit=column.kind.unit,
            numeric=column.kind.css == "num",
            opt=not column.narrow,
            hint=column.help,
        )
        for column in columns
    ] + ([ROW_END] if ends else [])


def _sort_direction(query: ListQuery, column: Column) -> Any:
    if query.sort is None or query.sort[0] != column:
        return ""
    return "descending" if query.sort[1] else "ascending"


def table_rows_html(
    columns: Sequence[Column],
    records: Iterable[Any],
    *,
    pick: str = "",
    row_end: Callable[[Any], RowEnd] | None = None,
) -> SafeString:
    """Return the HTML of the table's rows, with every value escaped.

    With `pick`, each row has a box to tick, which sends the record's attribute of that name; with `row_end`, a last
    cell with buttons.
    """
    records = list(records)
    cells = [_checkbox_cells(columns[0], records, pick)] if pick else []
    cells += [_column_cells(column, records, row_head=at == 0) for at, column in enumerate(columns)]
    if row_end is not None:
        cells.append([f"<td>{row_end_html(row_end(record))}</td>" for record in records])
    return mark_safe("".join(f"<tr>{''.join(row)}</tr>\n" for row in zip(*cells, strict=True)))


def _checkbox_cells(column: Column, records: list[Any], pick: str) -> list[str]:
    """Return, for each record, a table cell with a checkbox that is labelled with the record's text in this column."""
    names = [conditional_escape(column.kind.text(value)) for value in column.values(records)]
    box = '<td class="pick"><input type="checkbox" name="pick" value="{}" aria-label="选 {}"></td>'
    keys = [conditional_escape(getattr(record, pick)) for record in records]
    return [box.format(key, name) for key, name in zip(keys, names, strict=True)]


def _column_cells(column: Column, records: list[Any], *, row_head: bool) -> list[str]:
    if row_head:  # a time alone says nothing on a phone, where the heading is hidden; a name says what it is
        label = (
            f' data-label="{conditional_escape(column.title)}"' if column.kind.code == column_kinds.MOMENT.code else ""
        )
        css = (
            "nowrap" if column.kind.css == "nowrap" else "wrap"
        )  # a name may take several lines, a code or a day stays on one
        return [f'<th scope="row" class="{css}"{label}>{text}</th>' for text in column.cells_html(records)]
    css = " ".join(filter(None, (column.kind.css, "" if column.narrow else "opt")))
    opening = f'<td{f" class={chr(34)}{css}{chr(34)}" if css else ""} data-label="{conditional_escape(column.title)}">'
    return [f"{opening}{text}</td>" for text in column.cells_html(records)]
