"""Fills in a return's workbook as a user does in Excel, in a separate process."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

import openpyxl

from scripts.load_test import generated_figures

TRADE, SUMMARY = "加工贸易企业", "市州汇总"
FIRST_ROW = 4  # row of the first record


@dataclass(frozen=True)
class FilledWorkbook:
    """A filled-in workbook of a return as bytes, with the texts entered in its two sheets by record and column."""

    content: bytes
    rows: int
    trade: dict[str, dict[str, str]]
    summary: dict[str, dict[str, str]]


def fill_workbook(form: bytes, month: str, seed: str) -> FilledWorkbook:
    """Fill in every row of a return's workbook with figures that are generated from `month` and `seed`."""
    book = openpyxl.load_workbook(io.BytesIO(form))
    trade: dict[str, dict[str, str]] = {}
    exported = imported = 0
    sheet = book[TRADE]
    for row in range(FIRST_ROW, sheet.max_row + 1):
        code, mode = sheet.cell(row, 1).value, sheet.cell(row, 3).value
        if not code:
            continue
        exports, imports = generated_figures.exports_and_imports(f"{code}/{mode}", month, seed)
        exported, imported = exported + exports, imported + imports
        texts = {
            "export": generated_figures.format_hundredths(exports),
            "import": generated_figures.format_hundredths(imports),
            "reason": generated_figures.REASON,
        }
        trade[f"{code}/{mode}"] = texts
        for column, value in ((6, float(texts["export"])), (7, float(texts["import"])), (9, generated_figures.REASON)):
            sheet.cell(row, column).value = value
    totals, sheet = generated_figures.summary_texts(exported, imported), book[SUMMARY]
    summary: dict[str, dict[str, str]] = {}
    for row in range(FIRST_ROW, sheet.max_row + 1):
        item = sheet.cell(row, 1).value
        if not item:
            continue
        text = totals.get(str(item), "0")
        summary[str(item)] = {"month": text, "reason": generated_figures.REASON}
        sheet.cell(row, 5).value, sheet.cell(row, 7).value = float(text), generated_figures.REASON
    saved = io.BytesIO()
    book.save(saved)
    return FilledWorkbook(saved.getvalue(), len(trade), trade, summary)


def is_xlsx(content: bytes) -> bool:
    """Return whether a response body is an .xlsx file rather than an HTML page."""
    return zipfile.is_zipfile(io.BytesIO(content))
