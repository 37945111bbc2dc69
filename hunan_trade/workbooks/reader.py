"""Reads an upload without trusting it: the zip is judged here, everything inside it in a process of its own."""

import hashlib
from typing import Any

from hunan_trade.workbooks import process, wire
from hunan_trade.workbooks.archive import Archive, Limits
from hunan_trade.workbooks.sheets import METADATA_SHEET, Oddity, RawSheet, RawWorkbook, WorkbookRefused, address

_FIRST, _SECOND = "hunan_trade.workbooks.parse_child", "hunan_trade.workbooks.fallback_child"


def read(data: bytes, limits: Limits | None = None) -> RawWorkbook:
    """Every cell of every sheet, as text with its kind. Raises WorkbookRefused with a sentence for the uploader."""
    limits = limits or Limits()
    Archive(data, limits)
    facts, sheets = _ask(_FIRST, data, limits)
    if facts.get("status") == "disagree":
        facts, sheets = _ask(_SECOND, data, limits)
    if facts.get("status") == "refused":
        raise WorkbookRefused(str(facts["code"]), str(facts["message"]))
    if facts.get("status") != "read":
        raise process.exhausted()
    found = [_sheet(head, kinds, columns) for head, kinds, columns in sheets]
    return RawWorkbook(
        sheets=[sheet for sheet in found if sheet.name != METADATA_SHEET],
        sha256=hashlib.sha256(data).hexdigest(),
        linked=bool(facts.get("linked")),
        metadata=next((_metadata(sheet) for sheet in found if sheet.name == METADATA_SHEET), {}),
    )


def _ask(module: str, data: bytes, limits: Limits) -> wire.Answer:
    try:
        return wire.receive(process.run(module, data, limits))
    except wire.Garbled as error:
        raise process.exhausted() from error


def _sheet(head: dict[str, Any], kinds: bytes, block: list[list[str]]) -> RawSheet:
    """The block that the second reader gave, put back where it stands in the sheet."""
    height, width, top, left = head["height"], head["width"], head["top"], head["left"]
    above = [""] * top
    columns = [[""] * height for _ in range(left)]
    columns += [(above + column if top else column) + [""] * (height - top - len(column)) for column in block]
    columns += [[""] * height for _ in range(width - len(columns))]
    for row, column, text in head["texts"]:
        columns[column][row] = text
    oddities = {
        address(row, column): Oddity(kind, text, formula, has_value, numeric, shown)
        for row, column, kind, text, formula, has_value, numeric, shown in head["oddities"]
    }
    return RawSheet(
        head["name"],
        head["hidden"],
        columns,
        kinds,
        oddities,
        merged=head["merged"],
        hidden_rows=head["hidden_rows"],
        hidden_columns=head["hidden_columns"],
    )


def _metadata(sheet: RawSheet) -> dict[str, str]:
    return {row[0]: row[1] for row in sheet.rows if len(row) > 1 and row[0]}
