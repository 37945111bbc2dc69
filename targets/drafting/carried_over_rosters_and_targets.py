"""Finds the rosters and targets of earlier plan versions that a new version keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q

from targets.continued_items import ContinuedItems
from targets.models import Roster, Target
from targets.rules_target_status import MEASURES

Row = dict[str, Any]
_NUMBERS = ("base", "growth_pct", "value", "floor", "stretch", "threshold")
_WORDS = ("code", "title", "shape", "indicator", "over", "unit", "threshold_unit", "direction")
_COUNTED = (Target.Shape.ABSOLUTE, Target.Shape.COUNT, Target.Shape.THRESHOLD_COUNT)


def carried_over_rosters(continued: ContinuedItems) -> list[Row]:
    """Return the rosters (lists of names) of earlier plan items as dicts with the numbers of the new items.

    A roster of an item that nothing continues comes to the item whose target is measured by it.
    """
    numbers = _new_item_numbers(continued)
    measured = Target.objects.filter(item__in=numbers).exclude(roster=None).values_list("roster", "item")
    needed = {roster: numbers[item] for roster, item in measured}
    found = Roster.objects.filter(Q(item__in=numbers) | Q(pk__in=needed)).order_by("pk")
    return [_roster_row(row, numbers.get(row.item_id) or needed[row.pk]) for row in found]


def _new_item_numbers(continued: ContinuedItems) -> dict[int, int]:
    """Return a dict from the key of each earlier plan item to the number of the new item that continues it."""
    return {row.pk: number for number, row in continued.items()}


def _roster_row(roster: Roster, number: int) -> Row:
    entries = [{"name": entry.name, "region": entry.region_id} for entry in roster.entries.order_by("position")]
    words = {field: getattr(roster, field) for field in ("code", "title", "unit", "required", "note")}
    return {"item": number, **words, "entries": entries}


def carried_over_targets(continued: ContinuedItems, items: Mapping[int, Mapping[str, Any]]) -> list[Row]:
    """Return the targets of earlier plan items as dicts for the new plan, with goals updated from its new texts.

    One that was a part of another target stands alone where nothing continues the other's item. `items`: node by new
    number.
    """
    numbers = _new_item_numbers(continued)
    found = Target.objects.filter(item__in=numbers).select_related("within", "roster").order_by("position", "pk")
    rows = [_target_row(target, numbers[target.item_id]) for target in found]
    codes = {row["code"] for row in rows}
    for row in rows:
        if row.get("within", row["code"]) not in codes:
            del row["within"]
        beside = [other for other in rows if other["item"] == row["item"] and other is not row]
        _update_goal_from_text(row, beside, items[row["item"]]["quantities"])
    return rows


def _target_row(target: Target, number: int) -> Row:
    row = {field: getattr(target, field) for field in _WORDS}
    row |= {field: f"{figure:f}" for field in _NUMBERS if (figure := getattr(target, field)) is not None}
    row["item"] = number
    if target.within:
        row["within"] = target.within.code
    if target.roster:
        row["roster"] = target.roster.code
    if target.due_on:
        row["due"] = target.due_on.isoformat()
    return row


def _update_goal_from_text(row: Row, beside: Iterable[Row], quantities: Iterable[Mapping[str, Any]]) -> None:
    """Set a target's goal to the quantity in its item's new text, if exactly one quantity there fits the target.

    A quantity fits if it has the target's unit and no other target has its figure.
    """
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
    other_figures = {Decimal(other[own]) for other in beside if own in other and other["unit"] == row["unit"]}
    figures = {Decimal(quantity["low"] if ranged else quantity["value"]): quantity for quantity in of_unit}
    if Decimal(row[own]) in figures:
        return
    free = [quantity for figure, quantity in figures.items() if figure not in other_figures and figure > 0]
    if len(free) == 1:
        (quantity,) = free
        row |= {"floor": quantity["low"], "stretch": quantity["high"]} if ranged else {"value": quantity["value"]}
        base_and_growth = {key: quantity[key] for key in ("base", "growth_pct") if quantity[key] is not None}
        row |= base_and_growth if row["shape"] == Target.Shape.ABSOLUTE else {}
