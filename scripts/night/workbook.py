"""Filling the portal's own form, as a person does in an office program; runs in a process of its own."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

import openpyxl

from scripts.night import figures

TRADE, SUMMARY = "加工贸易企业", "市州汇总"
FIRST = 4  # row of the first record


@dataclass(frozen=True)
class Filled:
    """The file, and what it says: sheet → record → column → text."""

    content: bytes
    rows: int
    trade: dict[str, dict[str, str]]
    summary: dict[str, dict[str, str]]


def fill(form: bytes, month: str, seed: str) -> Filled:
    """Every enterprise and every item. `seed` makes the figures those of this file and no other."""
    book = openpyxl.load_workbook(io.BytesIO(form))
    trade: dict[str, dict[str, str]] = {}
    exported = imported = 0
    sheet = book[TRADE]
    for row in range(FIRST, sheet.max_row + 1):
        code, mode = sheet.cell(row, 1).value, sheet.cell(row, 3).value
        if not code:
            continue
        exports, imports = figures.month_of(f"{code}/{mode}", month, seed)
        exported, imported = exported + exports, imported + imports
        texts = {"export": figures.text(exports), "import": figures.text(imports), "reason": figures.REASON}
        trade[f"{code}/{mode}"] = texts
        for column, value in ((6, float(texts["export"])), (7, float(texts["import"])), (9, figures.REASON)):
            sheet.cell(row, column).value = value
    totals, sheet = figures.summary(exported, imported), book[SUMMARY]
    summary: dict[str, dict[str, str]] = {}
    for row in range(FIRST, sheet.max_row + 1):
        item = sheet.cell(row, 1).value
        if not item:
            continue
        text = totals.get(str(item), "0")
        summary[str(item)] = {"month": text, "reason": figures.REASON}
        sheet.cell(row, 5).value, sheet.cell(row, 7).value = float(text), figures.REASON
    saved = io.BytesIO()
    book.save(saved)
    return Filled(saved.getvalue(), len(trade), trade, summary)


def is_whole(content: bytes) -> bool:
    """Whether the bytes are an .xlsx at all: also a refusal comes with status 200 in some programs."""
    return zipfile.is_zipfile(io.BytesIO(content))
