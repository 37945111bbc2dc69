"""Collects the figures of a report as JSON entries by figure code, without database access.

The content is plain JSON; an amount is the exact decimal number as text. An entry:

    label, amount (text or null), unit (a code), how, inputs (codes), observation (id or null), note

and, added when the content is frozen, its origin (`shared_report_data.attach_origins`) and the texts it is printed as.
`figure_printer` prints the entries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any

from hunan_trade.indicators import computed_values
from hunan_trade.indicators.computed_values import Derivation, FigureKey, Unit, Value

Entry = dict[str, Any]
_number_and_origin = itemgetter("amount", "unit", "how", "inputs", "observation")
MONTHS = Unit("months", "个月")
UNITS_BY_CODE: Mapping[str, Unit] = {
    unit.code: unit
    for unit in (
        computed_values.USD,
        computed_values.CNY,
        computed_values.PROJECTS,
        computed_values.FIRMS,
        computed_values.PEOPLE,
        computed_values.PERCENT,
        computed_values.POINTS,
        computed_values.RANK,
        computed_values.CITIES,
        computed_values.DAYS,
        MONTHS,
    )
}


def unit_names() -> dict[str, str]:
    """Return a dict from unit code to Chinese name, for the units in which reports print figures."""
    return {code: unit.name for code, unit in UNITS_BY_CODE.items()}


class FigureCodeConflict(ValueError):
    """Raised when two different numbers are added to a report under the same figure code."""


class FigureLedger:
    """A collection of a report's figures and their inputs, as JSON entries by figure code.

    The code is the text of the value's key.
    """

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self._values: dict[str, Value] = {}
        self._without_origin: dict[str, FigureKey] = {}

    def add(self, value: Value) -> str:
        """Add a value and all values it was computed from; return its figure code, or raise FigureCodeConflict."""
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
            _check_entries_match(code, known, entry)
            return code
        self.entries[code] = entry
        self._values[code] = value
        self._without_origin[code] = value.key
        for part in value.inputs:
            if self._values.get(part.key.text) is not part:
                self.add(part)
        return code

    def merge(self, other: FigureLedger) -> None:
        """Add all figures of another ledger; raise FigureCodeConflict if a code has two different numbers."""
        for code in self.entries.keys() & other.entries.keys():
            _check_entries_match(code, self.entries[code], other.entries[code])
        self.entries = other.entries | self.entries
        self._values = other._values | self._values
        self._without_origin |= other._without_origin

    def take_keys_without_origin(self) -> dict[str, FigureKey]:
        """Return a dict from figure code to `FigureKey`, for the figures that were added since the last call."""
        taken, self._without_origin = self._without_origin, {}
        return taken

    def add_return_count(self, key: FigureKey, label: str, returns: Sequence[str]) -> str:
        """Add the number of monthly returns as a figure, store with it which returns these are, and return its code.

        A return is written as "431000/2013-06".
        """
        code = self.add(Value(key, label, Decimal(len(returns)), computed_values.CITIES, Derivation.STATE))
        self.entries[code]["returns"] = list(returns)
        return code


def _check_entries_match(code: str, one: Entry, other: Entry) -> None:
    if _number_and_origin(one) != _number_and_origin(other):
        raise FigureCodeConflict(code)
