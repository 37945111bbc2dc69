"""The dataclass of a finding about a cell of a table, and the grades of severity."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    BLOCKING = "blocking"
    EXPLAIN = "explain"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """A problem that a check found in a cell of a table, with a Chinese message."""

    sheet: str
    cell: str
    code: str
    severity: Severity
    message: str  # what is wrong and what to do
    record: str = ""  # the enterprise or item
    key: str = ""  # of the row
    column: str = ""
    explained: bool = False
