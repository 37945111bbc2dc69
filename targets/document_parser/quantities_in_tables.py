"""Finds units, deadlines and quantities in the table rows of a plan document."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from targets.document_parser.dates_and_periods_in_text import find_dates_and_periods
from targets.document_parser.numerals import to_half_width
from targets.document_parser.outline_from_paragraphs import NodeText
from targets.document_parser.parsed_plan_dataclasses import Quantity
from targets.document_parser.quantities_in_text import find_quantities
from targets.document_parser.quantity_due_dates import HeadingHints
from targets.document_parser.responsible_units import split_unit_names

LINE_MOST = 5_000  # characters of a paragraph, or of a row, that are looked into
_RESPONSIBLE = re.compile(r"责任|牵头|配合|主责|承办|落实|负责|协助|督办")
_SERIAL = re.compile(r"[\d.、（）()\s]*|[一二三四五六七八九十]{1,3}")


@dataclass(frozen=True)
class TableRow:
    """A row of a table in a work plan, as (column heading, cell text) pairs.

    `head` marks the heading row.
    """

    cells: tuple[tuple[str, str], ...]
    head: bool

    def find_units(self) -> tuple[str, ...]:
        """Return the offices named in the row's columns for responsible units, such as 责任单位."""
        if self.head:
            return ()
        return tuple(unit for head, text in self.cells if _RESPONSIBLE.search(head) for unit in split_unit_names(text))

    def find_quantities(self, year: int | None, hints: HeadingHints) -> tuple[tuple[Quantity, ...], bool]:
        """Return the quantities that the row's cells state, and whether every digit was recognised.

        A cell that is only a figure is named by the row's first words.
        """
        if self.head:
            return (), True
        row = find_dates_and_periods(to_half_width("\n".join(text for _, text in self.cells)), year)
        until = next((period.end for period in reversed(row) if period.kind == "deadline"), None)
        task = next((text for _, text in self.cells if not _SERIAL.fullmatch(text)), "")
        found: list[Quantity] = []
        understood = True
        for head, text in self.cells:
            if _SERIAL.fullmatch(text) or _RESPONSIBLE.search(head):
                continue
            above = _column_hints(head, year, hints)
            horizon = until if until is not None and not above.past else above.horizon
            periods = find_dates_and_periods(to_half_width(text), year)
            made, all_covered = find_quantities(text, 0, periods, replace(above, horizon=horizon))
            understood = understood and all_covered
            found += [replace(one, metric=_metric_or_row_task(one.metric, text, task)) for one in made]
        return tuple(found), understood


def _metric_or_row_task(metric: str, text: str, task: str) -> str:
    """Return what a number in a plan's table measures: the metric in its cell, or else the work task named in its row."""
    return metric if metric and not re.search(r"\d", metric) and text != task else task or metric


def _column_hints(head: str, year: int | None, hints: HeadingHints) -> HeadingHints:
    """Return what a table's column heading such as 2025年 implies for quantities below it, such as a due date."""
    periods = [period for period in find_dates_and_periods(to_half_width(head), year) if period.end is not None]
    if not periods:
        return HeadingHints(hints.past or bool(re.search("上年|去年|基数|完成情况|实绩", head)), hints.horizon)
    return HeadingHints(periods[-1].kind == "past", periods[-1].end)


def table_rows(piece: NodeText) -> list[TableRow]:
    """Return the rows of all tables in a section or item of a work plan, including heading rows."""
    rows: list[TableRow] = []
    heads: dict[int, str] = {}
    by_row: dict[int, list[tuple[int, int]]] = {}
    for row, column, place in piece.cells:
        by_row.setdefault(row, []).append((column, place))
    last = None
    for places in by_row.values():
        first, final = places[0][1], places[-1][1]
        texts: dict[int, list[str]] = {}
        for column, place in places:
            texts.setdefault(column, []).append(piece.lines[place])
        head = last is None or first != last + 1
        if head:
            heads = {column: "".join(lines) for column, lines in texts.items()}
        cells = tuple((heads.get(column, ""), "\n".join(lines)) for column, lines in texts.items())
        if sum(len(text) for _, text in cells) <= LINE_MOST:
            rows.append(TableRow(cells, head))
        last = final
    return rows
