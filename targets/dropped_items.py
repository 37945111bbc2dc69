"""Loads plan items that a newer plan version dropped, with the progress recorded for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hunan_trade.accounts.models import User
from hunan_trade.lists.pages.linked_blocks import LinkedBlock, linked_blocks
from targets.models import ItemIdentity, PlanItem, Target
from targets.plan_tree_dataclasses import ItemNode
from targets.queries import item_node, prefetch_related_rows


@dataclass(frozen=True)
class DroppedItem:
    """A plan item dropped by a newer plan version, as it was in the last version that contains it."""

    item: ItemNode
    year: int
    version: int
    targets: tuple[str, ...]  # titles

    @property
    def state_text(self) -> str:
        """The item's task states in Chinese, such as 衡阳 推进中；郴州、永州 未启动."""
        return "；".join(f"{line.where} {line.label}".strip() for line in self.item.state_lines)

    @property
    def roster_text(self) -> str:
        """The item's rosters (lists of names) and how many names each has, such as 湘南支持政策（已列 43）."""
        return "；".join(f"{roster.title}（已列 {roster.listed_count}）" for roster in self.item.rosters)


def items_dropped_so_far(year: int) -> tuple[DroppedItem, ...]:
    """Return the items of earlier versions of the year's plan that the current version no longer contains."""
    dropped = ItemIdentity.objects.filter(year=year, in_force=False)
    return load_dropped_items(row.pk for row in PlanItem.objects.filter(identity__in=dropped).newest_rows())


def load_dropped_items(keys: Iterable[int]) -> tuple[DroppedItem, ...]:
    """Load the plan items with these primary keys as `DroppedItem`s, ordered by item number."""
    rows = prefetch_related_rows(PlanItem.objects.filter(pk__in=list(keys)))
    targets: dict[int, list[str]] = {}
    for item, title in Target.objects.filter(item__in=rows).order_by("position").values_list("item", "title"):
        targets.setdefault(item, []).append(title)
    return tuple(
        DroppedItem(item_node(row), row.plan.year, row.plan.version, tuple(targets.get(row.pk, ()))) for row in rows
    )


def records_linked_to_dropped_items(year: int, user: User) -> list[tuple[ItemIdentity, list[LinkedBlock]]]:
    """Return each dropped item of a year's plan with the records of other registers that still link to it.

    Items to which nothing points that the user may see are left out.
    """
    dropped = ItemIdentity.objects.visible_to(user).filter(year=year, in_force=False)
    found = [(item, [block for block in linked_blocks(ItemIdentity, item.pk, user) if block.count]) for item in dropped]
    return [(item, blocks) for item, blocks in found if blocks]
