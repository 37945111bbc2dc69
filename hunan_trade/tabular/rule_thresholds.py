"""Declaration of a threshold with which the rules of a table compare."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hunan_trade import quantities


@dataclass(frozen=True)
class RuleThreshold:
    """A threshold used by a table's rules, with its default and the bounds within which the province may change it."""

    code: str
    title: str
    unit: str
    default: Decimal
    least: Decimal
    most: Decimal
    whole: bool = False

    def text(self, value: Decimal) -> str:
        """Return a value of this threshold with its unit, as 2.5 倍."""
        return f"{quantities.thousands(value, 2).rstrip('0').rstrip('.')} {self.unit}"
