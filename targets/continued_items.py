"""Finds the earlier plan items that the items of a new plan version continue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from targets.models import PlanItem

ContinuedItems = Mapping[int, PlanItem]  # by the number of the new item: the newest row of the item that it continues


def newest_rows_by_identity(year: int) -> dict[int, PlanItem]:
    """Return a dict from each plan item's identity id to its row in the year's newest plan version that has it.

    Items that the current version no longer has are among them.
    """
    rows = PlanItem.objects.filter(plan__year=year).newest_rows().select_related("plan").prefetch_related("regions")
    return {row.identity_id: row for row in rows}


def match_earlier_items(earlier: Iterable[PlanItem], titles: Mapping[int, str]) -> dict[int, PlanItem]:
    """Return a dict from a new item's number to the earlier plan item with the same title, or else the same number.

    `titles` holds the titles of the new items by number; so are the answers.
    """
    rows = {row.number: row for row in earlier}
    numbers = map_item_numbers({number: row.title for number, row in rows.items()}, titles)
    return {new: rows[old] for old, new in numbers.items()}


def map_item_numbers(before: Mapping[int, str], titles: Mapping[int, str]) -> dict[int, int]:
    """Return a dict from an earlier plan item's number to that of the new item with the same title or number.

    Items correspond if they have the same title, or else the same number. `before` and `titles` hold the titles of the
    earlier and the new items by number. A new item matched by its title is not matched by its number.
    """
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
