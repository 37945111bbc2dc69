"""Defines dataclasses for a parsed work plan and their JSON form (docs/plan-reading.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from targets.document_parser.numerals import format_number


@dataclass(frozen=True)
class Quantity:
    text: str
    metric: str
    kind: str  # target, direction, roster, past
    op: str | None = None  # = ≥ > ≤ < ≈ range
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    unit: str | None = None
    base: Decimal | None = None
    growth_pct: Decimal | None = None
    horizon: date | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "metric": self.metric,
            "kind": self.kind,
            "op": self.op,
            "value": _number_text(self.value),
            "low": _number_text(self.low),
            "high": _number_text(self.high),
            "unit": self.unit,
            "base": _number_text(self.base),
            "growth_pct": _number_text(self.growth_pct),
            "horizon": _date_text(self.horizon),
        }


@dataclass(frozen=True)
class Deadline:
    text: str
    start: date | None = None
    end: date | None = None
    recurring: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "start": _date_text(self.start),
            "end": _date_text(self.end),
            "recurring": self.recurring,
        }


@dataclass(frozen=True)
class Node:
    marker: str
    level: int
    number: str | None
    title: str
    text: str
    understood: bool = True
    quantities: tuple[Quantity, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    units: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "marker": self.marker,
            "level": self.level,
            "number": self.number,
            "title": self.title,
            "text": self.text,
            "understood": self.understood,
            "quantities": [quantity.as_json() for quantity in self.quantities],
            "deadlines": [deadline.as_json() for deadline in self.deadlines],
            "units": list(self.units),
            "names": list(self.names),
        }


@dataclass(frozen=True)
class ReadingResult:
    title: str = ""
    issuer: str = ""
    number: str = ""
    issued_on: date | None = None
    refused: str | None = None  # why, to an officer
    nodes: tuple[Node, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "issuer": self.issuer or None,
            "number": self.number or None,
            "issued_on": _date_text(self.issued_on),
            "refused": self.refused,
            "nodes": [node.as_json() for node in self.nodes],
        }


def _number_text(number: Decimal | None) -> str | None:
    return None if number is None else format_number(number)


def _date_text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
