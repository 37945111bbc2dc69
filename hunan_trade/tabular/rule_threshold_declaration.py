"""Defines a threshold: a number that the checking rules of a table compare values with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hunan_trade import quantities


@dataclass(frozen=True)
class RuleThreshold:
    """A number with which a table's checking rules compare values; it has a default and an allowed range."""

    code: str
    title: str
    unit: str
    default: Decimal
    least: Decimal
    most: Decimal
    whole: bool = False

    def format_value(self, value: Decimal) -> str:
        """Format a value of this threshold with its unit, such as 2.5 倍."""
        return f"{quantities.format_with_commas(value, 2).rstrip('0').rstrip('.')} {self.unit}"
