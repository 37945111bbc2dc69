"""Finds the rosters and targets that a new plan version takes over from the earlier version."""

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


def map_item_numbers(earlier: WorkPlan | None, titles: Mapping[int, str]) -> dict[int, int]:
    """Map item numbers of an earlier plan version to the numbers of corresponding new items.

    Items correspond if they have the same title, or else the same number.
    `titles` holds the titles of the new items by number. A new item matched by its title is not matched by its number.
    """
    before = dict(earlier.items.values_list("number", "title")) if earlier else {}
    by_title = {
        title: number for number, title in titles.items() if _is_unique(title, titles) and _is_unique(title, before)
    }
    found = {number: by_title[title] for number, title in before.items() if title in by_title}
    taken = set(found.values())
    return found | {
        number: number for number in before if number not in found and number in titles and number not in taken
    }


def _is_unique(title: str, titles: Mapping[int, str]) -> bool:
    return list(titles.values()).count(title) == 1


def roster_facts(earlier: WorkPlan | None, numbers: Mapping[int, int]) -> list[Row]:
    """Return the earlier plan version's rosters, as dicts, for items that still exist.

    `numbers` is from `map_item_numbers`.
    """
    found = earlier.rosters.select_related("item").order_by("pk") if earlier else ()
    return [_roster_row(row, numbers[row.item.number]) for row in found if row.item.number in numbers]


def _roster_row(roster: Roster, number: int) -> Row:
    entries = [{"name": entry.name, "region": entry.region_id} for entry in roster.entries.order_by("position")]
    words = {field: getattr(roster, field) for field in ("code", "title", "unit", "required", "note")}
    return {"item": number, **words, "entries": entries}


def target_facts(
    earlier: WorkPlan | None, numbers: Mapping[int, int], items: Mapping[int, Mapping[str, Any]]
) -> list[Row]:
    """Return the earlier plan version's targets, as dicts, with goals updated from the new text.

    Targets of items that no longer exist are left out.
    `items`: node by new number.
    """
    found = list(earlier.targets.select_related("item", "within", "roster").order_by("position")) if earlier else []
    rows = [_target_row(target, numbers[target.item.number]) for target in found if target.item.number in numbers]
    codes = {row["code"] for row in rows}
    rows = [row for row in rows if row.get("within", row["code"]) in codes]
    for row in rows:
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
    """Update a target's goal from the only quantity in the item's text that fits.

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
