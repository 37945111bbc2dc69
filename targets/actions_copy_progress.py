"""Copies the recorded progress of earlier plan versions to a new version."""

from __future__ import annotations

from targets.continued_items import ContinuedItems
from targets.models import PlanItem, Roster, RosterEntry, Target, TaskState, WorkPlan


def copy_recorded_progress(continued: ContinuedItems, plan: WorkPlan) -> None:
    """Copy task states, lead units, reached milestones and roster names from earlier plan versions to `plan`.

    Each comes from the newest earlier version that has its item, its target or its roster.
    """
    items = {continued[item.number].pk: item for item in plan.items.all() if item.number in continued}
    for old in TaskState.objects.filter(item__in=items).exclude(updated_on=None):
        TaskState.objects.filter(item=items[old.item_id], region_id=old.region_id).update(
            state=old.state, text=old.text, reason=old.reason, updated_on=old.updated_on, updated_by=old.updated_by_id
        )
    for known in PlanItem.objects.filter(pk__in=items).exclude(lead=None):
        PlanItem.objects.filter(pk=items[known.pk].pk).update(lead=known.lead_id)
    _copy_milestone_reached_dates(plan)
    _copy_roster_names(plan)


def _copy_milestone_reached_dates(plan: WorkPlan) -> None:
    milestones = Target.objects.filter(plan=plan, shape=Target.Shape.MILESTONE)
    earlier = Target.objects.filter(plan__year=plan.year, plan__version__lt=plan.version, reached_on__isnull=False)
    for target in earlier.order_by("plan__version"):
        milestones.filter(code=target.code).update(reached_on=target.reached_on)


def _copy_roster_names(plan: WorkPlan) -> None:
    """Add to each roster (list of names) of a new plan version the names that only its previous version has."""
    RosterEntry.objects.filter(roster__plan__year=plan.year).exclude(roster__plan=plan).filter(is_current=True).update(
        is_current=False
    )
    for roster in Roster.objects.filter(plan=plan):
        earlier = roster.identity.rosters.exclude(plan=plan).order_by("-plan__version").first()
        if earlier is None:
            continue
        listed = set(roster.entries.values_list("name", flat=True))
        RosterEntry.objects.bulk_create(
            RosterEntry(roster=roster, position=len(listed) + number, name=entry.name, region_id=entry.region_id)
            for number, entry in enumerate(earlier.entries.exclude(name__in=listed), start=1)
        )
