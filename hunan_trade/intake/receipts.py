"""The receipt of a round: what the city was told that the province has, read from the workbook whose hash it bears."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from hunan_trade import clock
from hunan_trade.intake import grid, sheets
from hunan_trade.intake.models import Round
from hunan_trade.intake.sheets import Form
from hunan_trade.tabular.columns import Kind
from hunan_trade.tabular.tables import RawTable
from hunan_trade.ui.components import Fact
from hunan_trade.workbooks import reader

Texts = dict[tuple[str, str], dict[str, str]]  # (sheet, record) → column → text


@dataclass(frozen=True)
class Figures:
    """One sheet: how many records, and its totals or, where its records differ in kind, each of them."""

    sheet: str
    rows: int
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Receipt:
    round: Round
    on_time: bool
    sheets: tuple[Figures, ...]


def receipt(round_: Round) -> Receipt:
    found = tuple(_figures(sheet, round_) for sheet in _sheets(round_))
    return Receipt(round_, not clock.past(round_.monthly_return.due_at, round_.sent_at), found)


def texts_of(round_: Round) -> Texts:
    """Every cell of the round, as it was sent."""
    found: Texts = {}
    for sheet in _sheets(round_):
        for row in sheet.rows:
            texts = {column.key: row.texts[at] for at, column in enumerate(sheet.spec.columns)}
            found[sheet.spec.code, sheet.spec.key_of(texts)] = texts
    return found


def _sheets(round_: Round) -> list[RawTable]:
    monthly_return = round_.monthly_return
    return sheets.from_workbook(
        reader.read(round_.workbook.read()), Form(monthly_return.region, monthly_return.period, {}, {})
    )


def _figures(sheet: RawTable, round_: Round) -> Figures:
    return Figures(sheet.spec.sheet, len(sheet.rows), tuple(_facts(sheet, round_)))


def _facts(sheet: RawTable, round_: Round) -> Iterator[Fact]:
    dataset = sheet.spec
    columns = {column.key: at for at, column in enumerate(dataset.columns)}
    months = dataset.of_kind(Kind.MONTH)
    values = {c.key: c.parse([row.texts[columns[c.key]] for row in sheet.rows]).values for c in months}
    if months[0].unit:
        for column in months:
            total = sum((value for value in values[column.key] if value is not None), Decimal(0))
            group, title = sheets.heading(column, round_.monthly_return.period)
            yield Fact(f"{group}{title}", f"{grid.amount(total, column.unit)} {column.unit}")
        return
    for at, row in enumerate(sheet.rows):
        unit = row.texts[columns["unit"]] if "unit" in columns else ""
        yield Fact(row.texts[columns["name"]], f"{grid.amount(values[months[0].key][at], unit)} {unit}")
