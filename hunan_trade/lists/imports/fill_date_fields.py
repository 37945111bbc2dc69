"""Fills the date fields of imported rows from cells with spans of days, such as 6月19—22日."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from hunan_trade.lists.declaration import DaySpan
from hunan_trade.lists.imports.day_span_parsing import DaySpanRead
from hunan_trade.lists.imports.row_parsing import ParsedRow
from hunan_trade.tabular.findings import Finding, Severity

CellText = Callable[[int, str], str]  # by row number and column key


@dataclass(frozen=True)
class CellLookup:
    """A sheet's title and functions that give a cell's address and text, for messages about the cell."""

    sheet: str
    address: CellText
    text: CellText


def fill_days(row: ParsedRow, spans: Iterable[DaySpan], cells: CellLookup) -> ParsedRow:
    """Return an imported row with dates in place of spans such as 6月19—22日, and a message for each unclear one."""
    filling = _Filling(row, cells, dict(row.values), set(row.cleared), list(row.findings))
    for span in spans:
        filling.fill(span)
    found = tuple(filling.findings)
    return replace(row, values=filling.values, cleared=frozenset(filling.cleared), findings=found)


@dataclass
class _Filling:
    """Working state while the date fields of one parsed row are filled from its spans of days."""

    row: ParsedRow
    cells: CellLookup
    values: dict[str, Any]
    cleared: set[str]
    findings: list[Finding]
    year: int | None = field(default=None, init=False)

    def fill(self, span: DaySpan) -> None:
        self.year = self.values.get(span.year)
        begin, end = self.values.pop(span.begin, None), self.values.pop(span.end, None)
        self._fill_from_span_column(span)
        if begin is not None and (days := self._days(span.begin, begin)) is not None:
            self._fill_from_begin(span, days)
        if end is not None and (days := self._days(span.end, end)) is not None:
            self._fill_from_end(span, end, days)

    def _fill_from_span_column(self, span: DaySpan) -> None:
        self.findings = [
            replace(each, column=span.begin) if each.column == span.shown else each for each in self.findings
        ]
        if span.shown in self.cleared:
            self.cleared = self.cleared - {span.shown} | {span.begin, span.end}
            self.values[span.months] = False
        read = self.values.pop(span.shown, None)
        if read is not None and (days := self._days(span.begin, read)) is not None:
            self.values |= dict(zip((span.begin, span.end, span.months), days, strict=True))

    def _fill_from_begin(self, span: DaySpan, days: tuple[date, date | None, bool]) -> None:
        first, last, is_months = days
        self.values[span.begin] = first
        if last is not None:
            self.values[span.end] = last
        if is_months:
            self.values.setdefault(span.months, True)

    def _fill_from_end(self, span: DaySpan, read: DaySpanRead, days: tuple[date, date | None, bool]) -> None:
        first, last, _ = days
        if (known := self.values.get(span.end)) not in (None, last or first):
            self._add_finding(span.end, f"开始那一格写到{known:%Y-%m-%d}，两处不同。改成一样，或只留一处。")
        elif not read.is_single and self.values.get(span.begin) != first:
            self._add_finding(span.end, "写的是起止两天，这一列只写结束的一天。")
        else:
            self.values[span.end] = last or first

    def _days(self, column: str, read: DaySpanRead) -> tuple[date, date | None, bool] | None:
        try:
            days = read.days(self.year)
        except ValueError as error:
            self._add_finding(column, f"“{self.cells.text(self.row.number, column)[:30]}”{error}。")
            return None
        if read.first.year is None:
            self._add_finding(column, f"没有写年份，按{self.year}年。", Severity.NOTE)
        elif self.year not in (None, read.first.year):
            self._add_finding(
                column, f"写的是{read.first.year}年，这一行的年份是{self.year}年，请核对。", Severity.NOTE
            )
        return days

    def _add_finding(self, column: str, sentence: str, severity: Severity = Severity.BLOCKING) -> None:
        place = self.cells.address(self.row.number, column)
        self.findings.append(Finding(self.cells.sheet, place, "cell.days", severity, sentence, column=column))
