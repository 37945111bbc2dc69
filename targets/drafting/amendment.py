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


def moved(earlier: WorkPlan | None, titles: Mapping[int, str]) -> dict[int, int]:
    """The new number of each earlier item that is still there: of the one with its title, else with its number.

    `titles`: by number of the new items. A new item that another earlier one has by its title is nobody else's.
    """
    before = dict(earlier.items.values_list("number", "title")) if earlier else {}
    by_title = {title: number for number, title in titles.items() if _once(title, titles) and _once(title, before)}
    found = {number: by_title[title] for number, title in before.items() if title in by_title}
    taken = set(found.values())
    return found | {
        number: number for number in before if number not in found and number in titles and number not in taken
    }


def _once(title: str, titles: Mapping[int, str]) -> bool:
    return list(titles.values()).count(title) == 1


def rosters(earlier: WorkPlan | None, numbers: Mapping[int, int]) -> list[Row]:
    """As facts, with their entries, for the items that are still there. `numbers`: what `moved` answers."""
    found = earlier.rosters.select_related("item").order_by("pk") if earlier else ()
    return [_roster(row, numbers[row.item.number]) for row in found if row.item.number in numbers]


def _roster(roster: Roster, number: int) -> Row:
    entries = [{"name": entry.name, "region": entry.region_id} for entry in roster.entries.order_by("position")]
    words = {field: getattr(roster, field) for field in ("code", "title", "unit", "required", "note")}
    return {"item": number, **words, "entries": entries}


def targets(earlier: WorkPlan | None, numbers: Mapping[int, int], items: Mapping[int, Mapping[str, Any]]) -> list[Row]:
    """As facts. A figure that the item's text now gives otherwise is the text's, where only one can be meant.

    `items`: node by new number.
    """
    found = list(earlier.targets.select_related("item", "within", "roster").order_by("position")) if earlier else []
    rows = [_target(target, numbers[target.item.number]) for target in found if target.item.number in numbers]
    kept = {row["code"] for row in rows}
    rows = [row for row in rows if row.get("within", row["code"]) in kept]
    for row in rows:
        beside = [other for other in rows if other["item"] == row["item"] and other is not row]
        _follow(row, beside, items[row["item"]]["quantities"])
    return rows


def _target(target: Target, number: int) -> Row:
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
