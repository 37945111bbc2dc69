"""Finds merged areas, hidden rows and hidden columns in a sheet's XML. Used by the child process."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MAX_MERGED = 10_000  # areas that are reported
_COLUMN = re.compile(rb"<(?:\w+:)?col\s[^>]*>")
_MERGE = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?\bref=["']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})["']""")
_HIDDEN_ROW = re.compile(rb'<row r="(\d{1,7})"(?=[^>]*\s(?:hidden="(?:1|true)"|ht="0"))')
_ATTRIBUTE = re.compile(rb"""(\w+)=["']([^"']*)["']""")

Span = tuple[int, int]  # first and last, from zero


@dataclass
class MergedAndHidden:
    """The merged areas of a sheet, such as A4:A5, and its spans of hidden rows and columns."""

    merged: list[str] = field(default_factory=list)
    hidden_rows: list[Span] = field(default_factory=list)
    hidden_columns: list[Span] = field(default_factory=list)

    def add_merged_area(self, area: str) -> None:
        if len(self.merged) < MAX_MERGED and _AREA.fullmatch(area):
            self.merged.append(area)

    def add_column_if_hidden(self, attributes: Mapping[str, str]) -> None:
        """Record the columns of a <col> element as hidden if its attributes say so."""
        first, last = attributes.get("min", ""), attributes.get("max", "")
        if is_hidden(attributes) and first.isdecimal() and last.isdecimal():
            self.hidden_columns.append((int(first) - 1, int(last) - 1))


_AREA = re.compile(r"[A-Z]{1,3}[1-9]\d{0,6}:[A-Z]{1,3}[1-9]\d{0,6}")


def is_hidden(attributes: Mapping[str, str]) -> bool:
    """Return whether a row or column with these XML attributes is hidden or has height or width 0."""
    return attributes.get("hidden") in ("1", "true") or attributes.get("ht", attributes.get("width")) == "0"


def scan_merged_and_hidden(xml: bytes) -> MergedAndHidden:
    """Find merged areas, hidden rows and hidden columns in the XML of a sheet.

    For XML that `fast_scan` can read.
    """
    found = MergedAndHidden()
    for element in _COLUMN.findall(xml[: xml.find(b"<sheetData")]):
        found.add_column_if_hidden({name.decode(): value.decode() for name, value in _ATTRIBUTE.findall(element)})
    for area in _MERGE.findall(xml[xml.rfind(b"sheetData") :]):
        found.add_merged_area(area.decode())
    if b' hidden="' in xml or b' ht="0"' in xml:
        found.hidden_rows = to_spans(int(number) - 1 for number in _HIDDEN_ROW.findall(xml))
    return found


def to_spans(numbers: Iterable[int]) -> list[Span]:
    """Join consecutive numbers into spans: 1, 2, 3, 7 → (1, 3), (7, 7)."""
    found: list[Span] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return found
