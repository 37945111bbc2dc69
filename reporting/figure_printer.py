"""Formats a report's figures as printed numbers, for running text and for tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hunan_trade import quantities
from hunan_trade.indicators import computed_values
from hunan_trade.indicators.computed_values import Unit
from reporting.document_parts import Figure
from reporting.figure_ledger import UNITS_BY_CODE


@dataclass(frozen=True)
class FigurePrinter:
    """Formats the figures of a report, looked up by figure code, as printed numbers.

    Raises KeyError for an unknown code.
    """

    figures: Mapping[str, Mapping[str, Any]]

    def amount(self, code: str) -> Decimal | None:
        text = self.figures[code]["amount"]
        return None if text is None else Decimal(text)

    def has_amount(self, code: str) -> bool:
        return self.figures[code]["amount"] is not None

    def unit(self, code: str) -> Unit:
        return UNITS_BY_CODE[self.figures[code]["unit"]]

    def note(self, code: str) -> str:
        return str(self.figures[code]["note"])

    # --- In running text --------------------------------------------------------------------------------------------
    def in_yi(self, code: str) -> Figure:
        """Format money in 亿 (100 million) with two decimals and without unit: 2,868,000,000 as 28.68."""
        return self._build_figure(code, quantities.in_yi(self.amount(code)), 2, quantities.format_plain)

    def in_wan_with_decimals(self, code: str) -> Figure:
        """Format money in 万 (10,000) with two decimals, such as 31.50, and any other figure as a whole number.

        For corrections, which may be smaller than a digit of 亿.
        """
        if self.unit(code).in_wan:
            return self._build_figure(code, quantities.in_wan(self.amount(code)), 2, quantities.format_plain)
        return self.as_count(code)

    def as_count(self, code: str) -> Figure:
        return self._build_figure(code, self.amount(code), 0, quantities.format_plain)

    def as_percent(self, code: str) -> Figure:
        """Format a rate in % with one decimal and a percent sign, such as 43.9%."""
        return self._build_figure(code, self.amount(code), 1, quantities.format_plain, "%")

    def without_sign(self, code: str, sign: str = "") -> Figure:
        """Format a difference or rate without its plus or minus sign: -3.4 as 3.4.

        The words around the figure say whether it rose or fell.
        """
        amount = self.amount(code)
        return self._build_figure(code, None if amount is None else abs(amount), 1, quantities.format_plain, sign)

    def as_multiple(self, code: str) -> Figure:
        """Format a growth rate in % as a multiple: 120 as 1.2倍."""
        amount = self.amount(code)
        return self._build_figure(code, None if amount is None else amount / 100, 1, quantities.format_plain, "倍")

    def format_for_text(self, code: str) -> Figure:
        """Format a figure for running text: money in 亿 as 28.68, a rate as 43.9%, any other as a whole number.

        Other figures are printed as whole numbers.
        """
        unit = self.unit(code)
        if unit.in_wan:
            return self.in_yi(code)
        return self.as_percent(code) if unit is computed_values.PERCENT else self.as_count(code)

    def unit_word(self, code: str) -> str:
        """Return the unit printed after a figure in running text, such as 亿美元 or 家."""
        unit = self.unit(code)
        return "" if unit is computed_values.PERCENT else unit.name_in_text

    # --- In tables --------------------------------------------------------------------------------------------------
    def format_for_table(self, code: str) -> Figure:
        """Format a figure for a table: money in whole 万, a rate with one decimal, any other as a whole number.

        A missing amount is printed as —.
        """
        unit, amount = self.unit(code), self.amount(code)
        if unit.in_wan:
            return self._build_figure(code, quantities.in_wan(amount), 0, quantities.format_with_commas_for_print)
        places = 1 if unit in (computed_values.PERCENT, computed_values.POINTS) else 0
        return self._build_figure(code, amount, places, quantities.format_with_commas_for_print)

    def words_instead_of_number(self, code: str, text: str) -> Figure:
        """Return a `Figure` that prints the given words, such as 由零起步, instead of a number."""
        self.figures[code]
        return Figure(text, code, None)

    def _build_figure(
        self,
        code: str,
        amount: Decimal | None,
        places: int,
        spell: Callable[[Decimal | None, int], str],
        sign: str = "",
    ) -> Figure:
        if amount is None:
            return Figure(quantities.NO_DATA, code, None)
        return Figure(spell(amount, places) + sign, code, quantities.rounded(amount, places))
