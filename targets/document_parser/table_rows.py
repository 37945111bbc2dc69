"""Reads the rows of a table inside a node by their columns: units, deadlines, quantities."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from targets.document_parser.periods_in_text import periods
from targets.document_parser.quantity_due_dates import HeadingHints
from targets.document_parser.numerals import half_width
from targets.document_parser.outline import NodeText
from targets.document_parser.quantities_in_text import quantities
from targets.document_parser.reading_result import Quantity
from targets.document_parser.responsible_units import unit_names

LINE_MOST = 5_000  # characters of a paragraph, or of a row, that are looked into
_RESPONSIBLE = re.compile(r"责任|牵头|配合|主责|承办|落实|负责|协助|督办")
_SERIAL = re.compile(r"[\d.、（）()\s]*|[一二三四五六七八九十]{1,3}")


@dataclass(frozen=True)
class Row:
    """A row of a table; `cells` with the words at the head of their columns."""

    cells: tuple[tuple[str, str], ...]
    head: bool

    def units(self) -> tuple[str, ...]:
        if self.head:
            return ()
        return tuple(unit for head, text in self.cells if _RESPONSIBLE.search(head) for unit in unit_names(text))

    def quantities(self, year: int | None, mood: HeadingHints) -> tuple[tuple[Quantity, ...], bool]:
        """Find the quantities of all cells; a cell that is only a figure is named by the row's first words."""
        if self.head:
            return (), True
        row = periods(half_width("\n".join(text for _, text in self.cells)), year)
        until = next((period.end for period in reversed(row) if period.kind == "deadline"), None)
        task = next((text for _, text in self.cells if not _SERIAL.fullmatch(text)), "")
        found: list[Quantity] = []
        understood = True
        for head, text in self.cells:
            if _SERIAL.fullmatch(text) or _RESPONSIBLE.search(head):
                continue
            above = _by_head(head, year, mood)
            horizon = until if until is not None and not above.past else above.horizon
            said = periods(half_width(text), year)
            made, clear = quantities(text, 0, said, replace(above, horizon=horizon))
            understood = understood and clear
            found += [replace(one, metric=_name(one.metric, text, task)) for one in made]
        return tuple(found), understood


def _name(metric: str, text: str, task: str) -> str:
    return metric if metric and not re.search(r"\d", metric) and text != task else task or metric


def _by_head(head: str, year: int | None, mood: HeadingHints) -> HeadingHints:
    said = [period for period in periods(half_width(head), year) if period.end is not None]
    if not said:
        return HeadingHints(mood.past or bool(re.search("上年|去年|基数|完成情况|实绩", head)), mood.horizon)
    return HeadingHints(said[-1].kind == "past", said[-1].end)


def table(piece: NodeText) -> list[Row]:
    """Return the rows of a node's tables in order; the first row of each table is its head."""
    rows: list[Row] = []
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
            rows.append(Row(cells, head))
        last = final
    return rows
