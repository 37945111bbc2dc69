"""Findings about a table's cells: faults to correct, oddities to explain, and hints."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    BLOCKING = "blocking"
    EXPLAIN = "explain"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """A fault, an oddity or a hint in a table, with the address of its cell and a Chinese message."""

    sheet: str
    cell: str
    code: str
    severity: Severity
    message: str  # what is wrong and what to do
    record: str = ""  # the enterprise or item
    key: str = ""  # of the row
    column: str = ""
    explained: bool = False
