"""Parses a column of dates in the notations that people and spreadsheets use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hunan_trade.tabular.column_parsers import CellFault, ParsedColumn
from hunan_trade.tabular.date_text_parsing import read_date

_SHOWN = 30  # characters of a text that a fault quotes


@dataclass(frozen=True)
class DateParser:
    """Parser that converts a column's texts into dates with year, month and day; an empty text becomes None."""

    def __call__(self, texts: Sequence[str]) -> ParsedColumn:
        values: list[date | None] = []
        faults: list[CellFault] = []
        for at, text in enumerate(texts):
            try:
                values.append(_parse_full_date(text) if text else None)
            except ValueError as error:
                values.append(None)
                faults.append(CellFault(at, "date.unreadable", f"“{text[:_SHOWN]}”{error}"))
        return ParsedColumn(values, faults)


def _parse_full_date(text: str) -> date:
    found = read_date(text)
    if found.month is None or found.day is None:
        raise ValueError("没有写到日。写成 2013-3-5 这样")
    return date(found.year, found.month, found.day)


def date_parser() -> DateParser:
    return DateParser()
