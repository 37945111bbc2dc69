"""Computes the figures that are published from an accepted city summary."""

from __future__ import annotations

from collections.abc import Iterator

from hunan_trade import quantities
from hunan_trade.audit.actions import Actor
from hunan_trade.intake.datasets import StoredFigure
from hunan_trade.intake.models import Round
from hunan_trade.tabular.table_types import ParsedTable
from projects.city_summary.items import MONEY, PUBLISHED_ITEMS


def published_figures(table: ParsedTable, *, round_: Round, by: Actor) -> Iterator[StoredFigure]:
    """Yield the figures to publish from an accepted city summary, each with the workbook cell that it comes from.

    The caller stores them.
    """
    letter = table.spec.letter("month")
    for item, measure in PUBLISHED_ITEMS.items():
        at = table.index[item.value]
        typed = table.values["month"][at]
        value = quantities.wan_to_money(typed) if item in MONEY else typed
        yield StoredFigure(measure.value, value, f"{table.spec.sheet}!{letter}{table.numbers[at]}")
