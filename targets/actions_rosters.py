"""Saves names on the rosters of work plans, for forms, imports and the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import F, Max, OuterRef, Subquery

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.actions import record
from hunan_trade.audit.actions_state_changes import Mover
from hunan_trade.lists import record_writing
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import WHOLE, Outcome, RecordChange
from hunan_trade.text_cleaning import tidy
from hunan_trade.workflow import MoveRefused
from targets.actions import lock_row_for_edit
from targets.models import Roster, RosterEntry, WorkPlan, in_newest_plan


@transaction.atomic
def save_roster_entries(
    *, changes: Sequence[RecordChange], by: Mover, kind: Act.Kind, reason: str = "", reference: str = ""
) -> list[Outcome]:
    """Save new and changed names on the rosters (lists of names) of each year's newest work plan.

    New ones go to the end of their roster. Those of an earlier version of a plan are refused.
    """
    if not by.may(Permission.MAINTAIN_REGISTERS):
        raise MoveRefused("没有维护名录的权限")
    list(WorkPlan.objects.select_for_update().order_by("pk"))  # publishing locks the plan before its rows, too
    keys = [change.pk for change in changes if change.pk is not None]
    listed_on = dict(RosterEntry.objects.filter(pk__in=keys).values_list("pk", "roster"))
    outcomes = record_writing.write_changes(
        RosterEntry.objects.current(),
        _with_positions(changes),
        listing="rosters",
        by=by,
        kind=kind,
        reason=reason,
        reference=reference,
    )
    written = [outcome.pk for outcome in outcomes if outcome.pk and outcome.result not in ("same", "refused")]
    touched = {listed_on[pk] for pk in written if pk in listed_on}
    touched |= set(RosterEntry.objects.filter(pk__in=written).values_list("roster", flat=True))
    Roster.objects.filter(pk__in=touched).update(version=F("version") + 1)  # whoever adds names has seen the others
    return _with_superseded_plan_errors(changes, outcomes, listed_on)


@transaction.atomic
def add_roster_names(*, roster: Roster, names: Iterable[str], seen: int, by: User) -> int:
    """Add to a roster (list of names) those names that it does not have yet, and return how many were added."""
    roster = lock_row_for_edit(roster, roster.plan_id, seen, by)
    listed = list(roster.entries.values_list("name", flat=True))
    last = _last_positions([roster.pk])[roster.pk]
    fresh = [name for name in dict.fromkeys(map(tidy, names)) if name and name not in listed]
    if not fresh:
        raise MoveRefused("没有新的名称")
    roster.save()
    with open_act(Act.Kind.CREATED, listing="rosters", by=by):
        RosterEntry.objects.bulk_create(
            RosterEntry(roster=roster, position=position, name=name)
            for position, name in enumerate(fresh, start=last + 1)
        )
    record("roster.listed", by=by, subject=roster, after={"added": fresh, "listed": len(listed) + len(fresh)})
    return len(fresh)


def _with_superseded_plan_errors(
    changes: Sequence[RecordChange], outcomes: Sequence[Outcome], listed_on: Mapping[int, int]
) -> list[Outcome]:
    """Return the outcomes of saving names, adding an error to each name refused as its plan has a newer version."""
    refused = [change for change, outcome in zip(changes, outcomes, strict=True) if outcome.refused]
    given = {_roster_key(change.values.get("roster")) for change in refused}
    superseded = _superseded_roster_messages(given | {listed_on.get(change.pk or 0) for change in refused})
    explained = []
    for change, outcome in zip(changes, outcomes, strict=True):
        if outcome.refused and (sentence := superseded.get(listed_on.get(change.pk or 0))):
            outcome = replace(outcome, errors={WHOLE: (sentence,)}, problem="invalid")
        elif outcome.refused and (sentence := superseded.get(_roster_key(change.values.get("roster")))):
            outcome = replace(outcome, errors={**outcome.errors, "roster": (sentence,)})
        explained.append(outcome)
    return explained


def _superseded_roster_messages(rosters: Iterable[int | None]) -> dict[int | None, str]:
    """Return a dict from the key of each roster whose plan has a newer version to a Chinese message saying so."""
    newest = WorkPlan.objects.filter(year=OuterRef("plan__year")).order_by("-version").values("version")[:1]
    earlier = Roster.objects.filter(pk__in=[key for key in rosters if key is not None]).exclude(in_newest_plan())
    return {
        roster.pk: f"{roster.plan.year}年工作要点已有第{roster.newest}版，第{roster.plan.version}版的名单不再更新。"
        "打开现行版的名单再改。"
        for roster in earlier.annotate(newest=Subquery(newest))
    }


def _with_positions(changes: Sequence[RecordChange]) -> list[RecordChange]:
    """Return the changes to save; each new name gets a position after all other names on its roster."""
    fresh = [change for change in changes if change.pk is None]
    last = _last_positions({_roster_key(change.values.get("roster")) for change in fresh})
    placed = []
    for change in changes:
        if change.pk is None:
            roster = _roster_key(change.values.get("roster"))
            last[roster] = last.get(roster, 0) + 1
            change = replace(change, values={**change.values, "position": last[roster]})
        placed.append(change)
    return placed


def _roster_key(roster: Any) -> int | None:
    """Return the primary key of a roster that is given as an object, a number or a text; None for other values."""
    try:
        return int(getattr(roster, "pk", roster))
    except (TypeError, ValueError):
        return None


def _last_positions(rosters: Iterable[Any]) -> dict[Any, int]:
    """Return a dict from a roster's key to the highest position of a name on the roster, or to 0 without names."""
    found = Roster.objects.filter(pk__in=[key for key in rosters if key is not None]).annotate(
        last=Max("entries__position")
    )
    return {roster.pk: roster.last or 0 for roster in found}
