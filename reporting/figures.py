"""Figures of a report: a `FigureLedger` writes them into its content, a `FigurePrinter` prints them. Pure.

The content is plain JSON; an amount is the exact decimal number as text. An entry:

    label, amount (text or null), unit (a code), how, inputs (codes), observation (id or null), note

and, added when the content is frozen, where it rests (`gathering.settle`) and the texts it is printed as.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hunan_trade import quantities
from hunan_trade.indicators import values
from hunan_trade.indicators.values import Derivation, FigureKey, Unit, Value
from reporting.document import Figure

Entry = dict[str, Any]
MONTHS = Unit("months", "个月")
UNITS: Mapping[str, Unit] = {
    unit.code: unit
    for unit in (
        values.USD,
        values.CNY,
        values.PROJECTS,
        values.FIRMS,
        values.PEOPLE,
        values.PERCENT,
        values.POINTS,
        values.RANK,
        values.CITIES,
        values.DAYS,
        MONTHS,
    )
}


class CodeTaken(ValueError):
    """Raised when two different numbers claim one code."""


class FigureLedger:
    """Collects values with everything they were made of, each once under its code, which is the text of its key."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self._values: dict[str, Value] = {}

    def add(self, value: Value) -> str:
        """Add the value and its inputs, and return its code. Raises CodeTaken."""
        code = value.key.text
        if self._values.get(code) is value:  # each rank is made of all cities' sums
            return code
        entry: Entry = {
            "label": value.label,
            "amount": None if value.amount is None else f"{value.amount:f}",
            "unit": value.unit.code,
            "how": value.how.value,
            "inputs": [part.key.text for part in value.inputs],
            "observation": value.observation,
            "note": value.note,
        }
        if (known := self.entries.get(code)) is not None:
            _agree(code, known, entry)
            return code
        self.entries[code] = entry
        self._values[code] = value
        for part in value.inputs:
            if self._values.get(part.key.text) is not part:
                self.add(part)
        return code

    def take(self, other: FigureLedger) -> None:
        """Add everything of another ledger. Raises CodeTaken."""
        for code in self.entries.keys() & other.entries.keys():
            _agree(code, self.entries[code], other.entries[code])
        self.entries = other.entries | self.entries
        self._values = other._values | self._values

    def keys_of(self, how: Derivation) -> dict[str, FigureKey]:
        """Map code → key of the figures that were computed in this way."""
        return {code: value.key for code, value in self._values.items() if value.how is how}

    def count_returns(self, key: FigureKey, label: str, returns: Sequence[str]) -> str:
        """Add the number of returns in some state, with the returns ("431000/2013-06") it counts."""
        code = self.add(Value(key, label, Decimal(len(returns)), values.CITIES, Derivation.STATE))
        self.entries[code]["returns"] = list(returns)
        return code


def _agree(code: str, one: Entry, other: Entry) -> None:
    if any(one[key] != other[key] for key in ("amount", "unit", "how", "inputs", "observation")):
        raise CodeTaken(code)


@dataclass(frozen=True)
class FigurePrinter:
    """Prints frozen figures by their code. KeyError for one that was never frozen."""

    figures: Mapping[str, Mapping[str, Any]]

    def amount(self, code: str) -> Decimal | None:
        text = self.figures[code]["amount"]
        return None if text is None else Decimal(text)

    def known(self, code: str) -> bool:
        return self.figures[code]["amount"] is not None

    def unit(self, code: str) -> Unit:
        return UNITS[self.figures[code]["unit"]]

    def note(self, code: str) -> str:
        return str(self.figures[code]["note"])

    def label(self, code: str) -> str:
        return str(self.figures[code]["label"])

    # --- In running text --------------------------------------------------------------------------------------------
    def yi(self, code: str) -> Figure:
        """Print dollars or yuan as 亿 with two decimals: 28.68."""
        return self._printed(code, quantities.in_yi(self.amount(code)), 2, quantities.plain)

    def exact(self, code: str) -> Figure:
        """Print money as 万 to the cent (47610.25), the rest whole: corrections may be smaller than a digit of 亿."""
        if self.unit(code).in_wan:
            return self._printed(code, quantities.in_wan(self.amount(code)), 2, quantities.plain)
        return self.count(code)

    def count(self, code: str) -> Figure:
        return self._printed(code, self.amount(code), 0, quantities.plain)

    def rate(self, code: str) -> Figure:
        """Print a rate with its sign of percent: 43.9%."""
        return self._printed(code, self.amount(code), 1, quantities.plain, "%")

    def size(self, code: str, sign: str = "") -> Figure:
        """Print a difference or rate without its plus or minus, which the words give: 3.4."""
        amount = self.amount(code)
        return self._printed(code, None if amount is None else abs(amount), 1, quantities.plain, sign)

    def times(self, code: str) -> Figure:
        """Print a rate of growth as a multiple: 1.2倍."""
        amount = self.amount(code)
        return self._printed(code, None if amount is None else amount / 100, 1, quantities.plain, "倍")

    def in_text(self, code: str) -> Figure:
        """Print a figure by its unit, as running text does."""
        unit = self.unit(code)
        if unit.in_wan:
            return self.yi(code)
        return self.rate(code) if unit is values.PERCENT else self.count(code)

    def unit_word(self, code: str) -> str:
        """Return the word that follows the figure in running text: 亿美元, 亿元, 个, 家."""
        unit = self.unit(code)
        return "" if unit is values.PERCENT else unit.name_in_text

    # --- In tables --------------------------------------------------------------------------------------------------
    def tabled(self, code: str) -> Figure:
        """Print a figure by its unit for a table: money as whole 万, rates with one decimal, — for none."""
        unit, amount = self.unit(code), self.amount(code)
        if unit.in_wan:
            return self._printed(code, quantities.in_wan(amount), 0, quantities.document_thousands)
        places = 1 if unit in (values.PERCENT, values.POINTS) else 0
        return self._printed(code, amount, places, quantities.document_thousands)

    def worded(self, code: str, text: str) -> Figure:
        """Print a figure as the words that stand for it (由零起步)."""
        self.figures[code]
        return Figure(text, code, None)

    def _printed(
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


def leaves(figures: Mapping[str, Mapping[str, Any]], codes: Iterable[str]) -> set[str]:
    """List the codes at the bottom of everything that `codes` are made of."""
    found, open_, seen = set(), list(codes), set()
    while open_:
        if (code := open_.pop()) in seen:
            continue
        seen.add(code)
        inputs = figures[code]["inputs"]
        open_.extend(inputs)
        if not inputs:
            found.add(code)
    return found
