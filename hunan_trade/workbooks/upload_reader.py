"""Reads uploaded workbooks safely: checks the zip archive, then parses it in a child process."""

import hashlib
from typing import Any

from hunan_trade.workbooks import child_process, child_protocol
from hunan_trade.workbooks.sheet_types import METADATA_SHEET, OddCell, RawSheet, RawWorkbook, WorkbookRefused, address
from hunan_trade.workbooks.zip_archive import Archive, Limits, check_size_and_password

_PARSER, _FALLBACK_PARSER = (
    "hunan_trade.workbooks.parser_subprocess",
    "hunan_trade.workbooks.fallback_parser_subprocess",
)
_XLS_PARSER = "hunan_trade.workbooks.xls_parser_subprocess"
_OFFICE_FILE_CHECKER = "hunan_trade.workbooks.office_file_check_subprocess"


def read(data: bytes, limits: Limits | None = None) -> RawWorkbook:
    """Read an uploaded .xlsx workbook, and return the text and kind (number, date, formula …) of every cell.

    Raises WorkbookRefused with a sentence for the uploader.
    """
    limits = limits or Limits()
    Archive(data, limits)
    facts, sheets = _run_parser(_PARSER, data, limits)
    if facts.get("status") == "disagree":
        facts, sheets = _run_parser(_FALLBACK_PARSER, data, limits)
    return _raw_workbook(data, facts, sheets)


def read_xls(data: bytes, limits: Limits | None = None) -> RawWorkbook:
    """Read an old binary workbook (.xls), and return the text and kind (number, date …) of every cell."""
    limits = limits or Limits()
    check_size_and_password(data, limits)
    return _raw_workbook(data, *_run_parser(_XLS_PARSER, data, limits))


def office_file_kind(data: bytes, limits: Limits) -> str:
    """Return "docx" or "xlsx" for a sound Word or Excel file without macros or password, else raise WorkbookRefused."""
    check_size_and_password(data, limits)
    facts, _ = _run_parser(_OFFICE_FILE_CHECKER, data, limits)
    if facts.get("status") == "refused":
        raise WorkbookRefused(str(facts["code"]), str(facts["message"]))
    if facts.get("kind") not in ("docx", "xlsx"):
        raise child_process.memory_limit_refusal()
    return str(facts["kind"])


def _raw_workbook(
    data: bytes, facts: dict[str, Any], sheets: list[tuple[dict[str, Any], bytes, list[list[str]]]]
) -> RawWorkbook:
    if facts.get("status") == "refused":
        raise WorkbookRefused(str(facts["code"]), str(facts["message"]))
    if facts.get("status") != "read":
        raise child_process.memory_limit_refusal()
    found = [_raw_sheet(head, kinds, columns) for head, kinds, columns in sheets]
    return RawWorkbook(
        sheets=[sheet for sheet in found if sheet.name != METADATA_SHEET],
        sha256=hashlib.sha256(data).hexdigest(),
        linked=bool(facts.get("linked")),
        epoch_1904=bool(facts.get("epoch_1904")),
        metadata=next((_metadata(sheet) for sheet in found if sheet.name == METADATA_SHEET), {}),
    )


def _run_parser(module: str, data: bytes, limits: Limits) -> child_protocol.Answer:
    try:
        return child_protocol.decode_answer(child_process.run_child(module, data, limits))
    except child_protocol.InvalidAnswer as error:
        raise child_process.memory_limit_refusal() from error


def _raw_sheet(head: dict[str, Any], kinds: bytes, block: list[list[str]]) -> RawSheet:
    """Build a `RawSheet` from a parser subprocess's answer: sheet data, one kind byte per cell, and the cell texts."""
    height, width, top, left = head["height"], head["width"], head["top"], head["left"]
    above = [""] * top
    columns = [[""] * height for _ in range(left)]
    columns += [(above + column if top else column) + [""] * (height - top - len(column)) for column in block]
    columns += [[""] * height for _ in range(width - len(columns))]
    for row, column, text in head["texts"]:
        columns[column][row] = text
    oddities = {
        address(row, column): OddCell(kind, text, formula, has_value, numeric, shown)
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
