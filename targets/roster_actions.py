"""Functions that write the names on the work plans' rosters, for forms, imports and the API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.state_changes import Mover
from hunan_trade.lists import records
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_drafts import Outcome, RecordChange
from hunan_trade.workflow import MoveRefused
from targets.models import Roster, RosterEntry, WorkPlan


@transaction.atomic
def save_roster_entries(
    *, changes: Sequence[RecordChange], by: Mover, kind: Act.Kind, reason: str = "", reference: str = ""
) -> list[Outcome]:
    """Save new and changed names on the rosters of each year's newest work plan.

    New ones go to the end of their roster.
    """
    if not by.may(Permission.MAINTAIN_REGISTERS):
        raise MoveRefused("没有维护名录的权限")
    list(WorkPlan.objects.select_for_update().order_by("pk"))  # publishing locks the plan before its rows, too
    outcomes = records.write(
        RosterEntry.objects.current(),
        _with_positions(changes),
        listing="rosters",
        by=by,
        kind=kind,
        reason=reason,
        reference=reference,
    )
    written = [outcome.pk for outcome in outcomes if outcome.pk and outcome.result in ("created", "changed")]
    listed_on = RosterEntry.objects.filter(pk__in=written).values("roster")
    Roster.objects.filter(pk__in=listed_on).update(version=F("version") + 1)  # whoever adds names has seen the others
    return outcomes


def _with_positions(changes: Sequence[RecordChange]) -> list[RecordChange]:
    """Return the changes with a position for each new name, after all other names of its roster."""
    fresh = [change for change in changes if change.pk is None]
    last = last_positions({_key(change.values.get("roster")) for change in fresh})
    placed = []
    for change in changes:
        if change.pk is None:
            roster = _key(change.values.get("roster"))
            last[roster] = last.get(roster, 0) + 1
            change = replace(change, values={**change.values, "position": last[roster]})
        placed.append(change)
    return placed


def _key(roster: Any) -> int | None:
    """Return the primary key of a roster, given the roster or its key; None for other values."""
    try:
        return int(getattr(roster, "pk", roster))
    except (TypeError, ValueError):
        return None


def last_positions(rosters: Iterable[Any]) -> dict[Any, int]:
    """Return the last position on each of these rosters, by key; 0 for a roster without names."""
    found = Roster.objects.filter(pk__in=[key for key in rosters if key is not None]).annotate(
        last=Max("entries__position")
    )
    return {roster.pk: roster.last or 0 for roster in found}
