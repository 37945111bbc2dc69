"""Findings: what is wrong or odd in a table, each with the address of its cell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    BLOCKING = "blocking"
    EXPLAIN = "explain"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One thing that somebody must correct, explain or know, with its cell's address."""

    sheet: str
    cell: str
    code: str
    severity: Severity
    message: str  # what is wrong and what to do
    record: str = ""  # the enterprise or item
    key: str = ""  # of the row
    column: str = ""
    explained: bool = False
