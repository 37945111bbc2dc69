"""What an amended plan takes over from its year's current version: lists, and targets with the figures it names now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from targets.models import Roster, Target, WorkPlan
from targets.rules import MEASURES

Row = dict[str, Any]
_NUMBERS = ("base", "growth_pct", "value", "floor", "stretch", "threshold")
_WORDS = ("code", "title", "shape", "indicator", "over", "unit", "threshold_unit", "direction")
_COUNTED = (Target.Shape.ABSOLUTE, Target.Shape.COUNT, Target.Shape.THRESHOLD_COUNT)


def rosters(earlier: WorkPlan | None, items: Mapping[int, Mapping[str, Any]]) -> list[Row]:
    """As facts, with their entries, for the items that are still there. `items`: node by number of the item."""
    found = earlier.rosters.select_related("item").order_by("pk") if earlier else ()
    return [_roster(row) for row in found if row.item.number in items]


def _roster(roster: Roster) -> Row:
    entries = [{"name": entry.name, "region": entry.region_id} for entry in roster.entries.order_by("position")]
    words = {field: getattr(roster, field) for field in ("code", "title", "unit", "required", "note")}
    return {"item": roster.item.number, **words, "entries": entries}


def targets(earlier: WorkPlan | None, items: Mapping[int, Mapping[str, Any]]) -> list[Row]:
    """As facts. A figure that the item's text now gives otherwise is the text's, where only one can be meant."""
    found = list(earlier.targets.select_related("item", "within", "roster").order_by("position")) if earlier else []
    rows = [_target(target) for target in found if target.item.number in items]
    kept = {row["code"] for row in rows}
    rows = [row for row in rows if row.get("within", row["code"]) in kept]
    for row in rows:
        beside = [other for other in rows if other["item"] == row["item"] and other is not row]
        _follow(row, beside, items[row["item"]]["quantities"])
    return rows


def _target(target: Target) -> Row:
    row = {field: getattr(target, field) for field in _WORDS}
    row |= {field: f"{number:f}" for field in _NUMBERS if (number := getattr(target, field)) is not None}
    row["item"] = target.item.number
    if target.within:
        row["within"] = target.within.code
    if target.roster:
        row["roster"] = target.roster.code
    if target.due_on:
        row["due"] = target.due_on.isoformat()
    return row


def _follow(row: Row, beside: Iterable[Row], quantities: Iterable[Mapping[str, Any]]) -> None:
    """The row's own figure made that of the one quantity of its unit that no target holds yet; else left alone."""
    ranged = row["shape"] == Target.Shape.RANGE
    if not ranged and row["shape"] not in _COUNTED:
        return
    of_unit = [
        quantity
        for quantity in quantities
        if quantity["kind"] == "target"
        and quantity["unit"] == MEASURES[row["unit"]].word
        and (quantity["op"] == "range") == ranged
    ]
    own = "floor" if ranged else "value"
    held = {Decimal(other[own]) for other in beside if own in other and other["unit"] == row["unit"]}
    figures = {Decimal(quantity["low"] if ranged else quantity["value"]): quantity for quantity in of_unit}
    if Decimal(row[own]) in figures:
        return
    free = [quantity for figure, quantity in figures.items() if figure not in held and figure > 0]
    if len(free) == 1:
        (quantity,) = free
        row |= {"floor": quantity["low"], "stretch": quantity["high"]} if ranged else {"value": quantity["value"]}
        told = {key: quantity[key] for key in ("base", "growth_pct") if quantity[key] is not None}
        row |= told if row["shape"] == Target.Shape.ABSOLUTE else {}
