"""Builds the receipt of a return from the workbook that the city sent to the province."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from hunan_trade import clock
from hunan_trade.intake import grid_data, return_sheets
from hunan_trade.intake.models import Round
from hunan_trade.intake.return_sheets import ReturnSheets
from hunan_trade.tabular.column_declaration import Kind
from hunan_trade.tabular.table_types import RawTable
from hunan_trade.ui.component_data import Fact
from hunan_trade.workbooks import upload_reader

Texts = dict[tuple[str, str], dict[str, str]]  # (sheet, record) → column → text


@dataclass(frozen=True)
class ReceiptSheet:
    """The entry of one sheet in a monthly return's receipt: title, number of records, and totals."""

    sheet: str
    rows: int
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Receipt:
    """The receipt for a monthly return sent to the province: its sheets, and whether it was sent on time."""

    round: Round
    on_time: bool
    sheets: tuple[ReceiptSheet, ...]


def build_receipt(round_: Round) -> Receipt:
    found = tuple(_receipt_sheet(sheet, round_) for sheet in _read_sheets_of_round(round_))
    return Receipt(round_, not clock.is_past(round_.monthly_return.due_at, round_.sent_at), found)


def cell_texts_of_round(round_: Round) -> Texts:
    """Return a dict from (sheet code, record key) to cell texts by column key, from a workbook sent for review."""
    found: Texts = {}
    for sheet in _read_sheets_of_round(round_):
        for row in sheet.rows:
            texts = {column.key: row.texts[at] for at, column in enumerate(sheet.spec.columns)}
            found[sheet.spec.code, sheet.spec.key_of(texts)] = texts
    return found


def _read_sheets_of_round(round_: Round) -> list[RawTable]:
    monthly_return = round_.monthly_return
    return return_sheets.sheets_from_workbook(
        upload_reader.read(round_.workbook.read()), ReturnSheets(monthly_return.region, monthly_return.period, {}, {})
    )


def _receipt_sheet(sheet: RawTable, round_: Round) -> ReceiptSheet:
    return ReceiptSheet(sheet.spec.sheet, len(sheet.rows), tuple(_labelled_totals(sheet, round_)))


def _labelled_totals(sheet: RawTable, round_: Round) -> Iterator[Fact]:
    dataset = sheet.spec
    columns = {column.key: at for at, column in enumerate(dataset.columns)}
    months = dataset.of_kind(Kind.MONTH)
    values = {c.key: c.parse([row.texts[columns[c.key]] for row in sheet.rows]).values for c in months}
    if months[0].unit:
        for column in months:
            total = sum((value for value in values[column.key] if value is not None), Decimal(0))
            group, title = return_sheets.column_heading(column, round_.monthly_return.period)
            yield Fact(f"{group}{title}", f"{grid_data.amount_text(total, column.unit)} {column.unit}")
        return
    for at, row in enumerate(sheet.rows):
        unit = row.texts[columns["unit"]] if "unit" in columns else ""
        yield Fact(row.texts[columns["name"]], f"{grid_data.amount_text(values[months[0].key][at], unit)} {unit}")
