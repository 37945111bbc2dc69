"""Filters of the lists of batches and of the projects in them."""

from __future__ import annotations

from hunan_trade.lists.filters import ChoicesFilter, DaysFilter, FilledFilter, ListFilterSet, RegionFilter
from projects.batches.models import Batch
from targets.models import ItemIdentity


def batch_choices() -> list[tuple[str, str]]:
    """Return (key, name) of each batch of projects, as the choices of a list filter."""
    return [(str(key), name) for key, name in Batch.objects.values_list("pk", "name")]


def _plan_item_choices() -> list[tuple[str, str]]:
    """Return (key, name) of each work plan item to which a batch of projects belongs, also if dropped from the plan."""
    linked = ItemIdentity.objects.filter(pk__in=Batch.objects.exclude(item=None).values("item"))
    return [(str(item.pk), str(item)) for item in linked]


class BatchFilter(ListFilterSet):
    opened_on = DaysFilter()
    item = ChoicesFilter(choices=_plan_item_choices, may_be_blank=True)


class BatchMembershipFilter(ListFilterSet):
    batch = ChoicesFilter(choices=batch_choices)
    city = RegionFilter()
    joined_on = DaysFilter()
    left_on = FilledFilter(label="已退出")


class BatchThresholdFilter(ListFilterSet):
    holds_from = DaysFilter()
    decided_at = DaysFilter()
