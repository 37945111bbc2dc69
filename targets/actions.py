"""Stores new versions of work plans, and records the progress of their items."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from hunan_trade import clock, table_versions
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import Actor, record
from hunan_trade.audit.actions_state_changes import check_state_change, lock_row
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.models import Act
from hunan_trade.periods import Month
from hunan_trade.regions.models import PROVINCE, Unit
from hunan_trade.text_cleaning import tidy_lines
from hunan_trade.workflow import MoveRefused, Stale
from targets.actions_copy_progress import copy_recorded_progress
from targets.continued_items import ContinuedItems, match_earlier_items
from targets.models import (
    ItemIdentity,
    Mention,
    PlanDate,
    PlanItem,
    PlanSection,
    Quantity,
    Roster,
    RosterEntry,
    RosterIdentity,
    Target,
    TaskState,
    Versioned,
    WorkPlan,
)
from targets.workflow_task_states import TASK, edit_conflict_message

Row = TypeVar("Row", bound=Versioned)

PLAN_2013 = Path(__file__).parent / "data" / "plan_2013.json"
SCHEMA = 1


class PlanRefused(ValueError):
    """Raised, with an English message, when a work plan cannot be stored because its data contain an error."""


@transaction.atomic
def load_plan_2013(*, by: Actor) -> WorkPlan:
    """Return the newest version of the 2013 work plan; if none is stored, store the plan shipped with the code."""
    data = json.loads(PLAN_2013.read_text(encoding="utf-8"))
    return lock_current_plan(data["year"]) or load_plan(data, by=by)


def lock_current_plan(year: int) -> WorkPlan | None:
    """Lock and return the newest version of a year's work plan, or return None if the year has no plan.

    Looks again after waiting for a lock, because another publishing may have added a version meanwhile.
    """
    held = WorkPlan.objects.select_for_update().current(year)
    return held if held == WorkPlan.objects.current(year) else lock_current_plan(year)


@transaction.atomic
def load_plan(data: Mapping[str, Any], *, by: Actor) -> WorkPlan:
    """Store a work plan's data as the next version of the year's plan; if unchanged, return the current version.

    Raises PlanRefused.
    """
    earlier = lock_current_plan(data["year"])
    continued = match_earlier_items(
        earlier.items.all() if earlier else (), {row["number"]: row["title"] for row in data["items"]}
    )
    plan = store_plan(data, earlier=earlier, continued=continued, by=by, kind=Act.Kind.LOADED)
    if plan != earlier:
        facts = {"year": plan.year, "version": plan.version, "digest": plan.digest}
        record("plan.loaded", by=by, subject=plan, after=facts)
    return plan


def store_plan(
    data: Mapping[str, Any],
    *,
    earlier: WorkPlan | None,
    continued: ContinuedItems,
    by: Actor,
    kind: Act.Kind,
) -> WorkPlan:
    """Store a work plan's data as its year's next plan version, leaving the audit event to the caller.

    `earlier` is what `lock_current_plan` returned to the caller: looking again here could find a version that the
    caller, who decided to go on, has not seen. `continued` says which items of earlier versions the new ones continue:
    these keep their identity, all others get a new one.
    Task states, leads, milestones and added roster names are copied to the new version; the earlier one stays.
    The history of roster names shows it as an act of this `kind`, with the plan version as its reason.
    Raises PlanRefused, and Stale where somebody else stores the same version at this moment.
    """
    if data.get("schema") != SCHEMA:
        raise PlanRefused(f"schema {data.get('schema')!r} is not {SCHEMA}")
    digest = hashlib.sha256(json.dumps(data, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    if earlier is not None and earlier.digest == digest and _has_same_item_identities(earlier, continued):
        return earlier
    plan = _create_plan_version(data, digest, earlier.version + 1 if earlier else 1)
    items = _create_items(plan, data["items"], _create_sections(plan, data["sections"]), continued)
    with open_act(kind, listing="rosters", by=by, reason=f"{plan.year}年工作要点第{plan.version}版"):
        rosters = _create_rosters(plan, data["rosters"], items)
        _create_targets(plan, data["targets"], items, rosters)
        if earlier is not None:
            copy_recorded_progress(continued, plan)
    return plan


def _has_same_item_identities(plan: WorkPlan, continued: ContinuedItems) -> bool:
    """Return whether `continued` gives, for each item number of the plan, an item with the same identity."""
    identities = dict(plan.items.values_list("number", "identity"))
    return identities == {number: row.identity_id for number, row in continued.items()}


def _create_plan_version(data: Mapping[str, Any], digest: str, number: int) -> WorkPlan:
    """Insert a new version of a work plan into the database, or raise Stale if another user just did so."""
    try:
        with transaction.atomic():
            return WorkPlan.objects.create(
                year=data["year"],
                version=number,
                title=data["title"],
                issuer=data["issuer"],
                number=data.get("number", ""),
                addressees=data["addressees"],
                dated_on=date.fromisoformat(data["dated"]),
                digest=digest,
            )
    except IntegrityError as refused:
        if "plan_version_once_a_year" not in str(refused):
            raise
        raise Stale(f"{data['year']}年工作要点刚由别人发布了第{number}版。看过再发布") from refused


def _create_sections(plan: WorkPlan, rows: Iterable[Mapping[str, Any]]) -> dict[str, PlanSection]:
    """Insert a work plan's sections into the database, and return a dict from section code to section."""
    made: dict[str, PlanSection] = {}
    for position, row in enumerate(rows, start=1):
        parent = made.get(row["parent"]) if row["parent"] else None
        if row["parent"] and parent is None:
            raise PlanRefused(f"section {row['code']} stands before its parent {row['parent']}")
        made[row["code"]] = PlanSection.objects.create(
            plan=plan, position=position, code=row["code"], label=row["label"], title=row["title"], parent=parent
        )
    return made


def _create_items(
    plan: WorkPlan,
    rows: Sequence[Mapping[str, Any]],
    sections: Mapping[str, PlanSection],
    continued: ContinuedItems,
) -> dict[int, PlanItem]:
    """Insert a plan's items, and their quantities, dates, names and task states; return a dict from number to item."""
    if [row["number"] for row in rows] != list(range(1, len(rows) + 1)):
        raise PlanRefused("items are not numbered 1, 2, 3 … without gaps")
    identities = _save_item_identities(plan.year, rows, continued)
    made: dict[int, PlanItem] = {}
    for row in rows:
        item = PlanItem.objects.create(
            plan=plan,
            identity=identities[row["number"]],
            section=sections[row["section"]],
            number=row["number"],
            kind=row["kind"],
            title=row["title"],
            summary=row["summary"],
            scope=row["scope"],
            named_units="、".join(row.get("units", ())),
            due_on=date.fromisoformat(row["due"]) if "due" in row else None,
        )
        item.regions.set(row.get("regions", ()))
        made[item.number] = item
    Quantity.objects.bulk_create(
        Quantity(
            item=made[row["number"]],
            position=position,
            what=fact["what"],
            value=_optional_decimal(fact, "value"),
            upper=_optional_decimal(fact, "upper"),
            unit=fact["unit"],
            qualifier=fact.get("qualifier", ""),
        )
        for row in rows
        for position, fact in enumerate(row.get("quantities", ()), start=1)
    )
    PlanDate.objects.bulk_create(
        PlanDate(
            item=made[row["number"]],
            position=position,
            what=fact["what"],
            starts_on=parse_first_day(fact["from"]),
            ends_on=parse_last_day(fact["to"]),
            whole_month=len(fact["from"]) == len("2013-10"),
            qualifier=fact.get("qualifier", ""),
        )
        for row in rows
        for position, fact in enumerate(row.get("dates", ()), start=1)
    )
    Mention.objects.bulk_create(
        Mention(
            item=made[row["number"]],
            position=position,
            kind=fact["kind"],
            name=fact["name"],
            region_id=fact.get("region"),
            note=fact.get("note", ""),
        )
        for row in rows
        for position, fact in enumerate(row.get("names", ()), start=1)
    )
    TaskState.objects.bulk_create(
        TaskState(item=made[row["number"]], region_id=region)
        for row in rows
        if row["kind"] == PlanItem.Kind.TASK
        for region in (row["regions"] if row["scope"] == PlanItem.Scope.XIANGNAN else (PROVINCE,))
    )
    return made


def _save_item_identities(
    year: int, rows: Iterable[Mapping[str, Any]], continued: ContinuedItems
) -> dict[int, ItemIdentity]:
    """Save an `ItemIdentity` for each item of a new plan version, and return a dict from item number to identity.

    Identities that no item has any more are marked as no longer in force.
    """
    ItemIdentity.objects.filter(year=year).update(in_force=False)
    made: dict[int, ItemIdentity] = {}
    for row in rows:
        number, old = row["number"], continued.get(row["number"])
        made[number] = ItemIdentity(
            pk=old.identity_id if old else None, year=year, number=number, title=row["title"], in_force=True
        )
        made[number].save()
    return made


def _create_rosters(
    plan: WorkPlan, rows: Iterable[Mapping[str, Any]], items: Mapping[int, PlanItem]
) -> dict[str, Roster]:
    """Insert a work plan's rosters (lists of names), and return a dict from roster code to roster."""
    made: dict[str, Roster] = {}
    for row in rows:
        roster = Roster.objects.create(
            plan=plan,
            identity=RosterIdentity.objects.get_or_create(year=plan.year, code=row["code"])[0],
            item=items[row["item"]],
            code=row["code"],
            title=row["title"],
            unit=row["unit"],
            required=row["required"],
            note=row.get("note", ""),
        )
        RosterEntry.objects.bulk_create(
            RosterEntry(roster=roster, position=position, name=entry["name"], region_id=entry.get("region"))
            for position, entry in enumerate(row["entries"], start=1)
        )
        made[roster.code] = roster
    return made


def _create_targets(
    plan: WorkPlan, rows: Iterable[Mapping[str, Any]], items: Mapping[int, PlanItem], rosters: Mapping[str, Roster]
) -> None:
    """Insert a work plan's targets into the database, with positions in the order of `rows`."""
    made: dict[str, Target] = {}
    for position, row in enumerate(rows, start=1):
        made[row["code"]] = Target.objects.create(
            plan=plan,
            item=items[row["item"]],
            position=position,
            code=row["code"],
            title=row["title"],
            shape=row["shape"],
            indicator=row.get("indicator", ""),
            over=row.get("over", ""),
            unit=row["unit"],
            base=_optional_decimal(row, "base"),
            growth_pct=_optional_decimal(row, "growth_pct"),
            value=_optional_decimal(row, "value"),
            floor=_optional_decimal(row, "floor"),
            stretch=_optional_decimal(row, "stretch"),
            threshold=_optional_decimal(row, "threshold"),
            threshold_unit=row.get("threshold_unit", ""),
            within=made[row["within"]] if "within" in row else None,
            direction=row.get("direction", ""),
            due_on=date.fromisoformat(row["due"]) if "due" in row else None,
            roster=rosters[row["roster"]] if "roster" in row else None,
        )


def _optional_decimal(row: Mapping[str, Any], key: str) -> Decimal | None:
    """Return the value of a dict for `key` as a Decimal, or None if the dict has no such key."""
    return Decimal(row[key]) if key in row else None


def parse_first_day(text: str) -> date:
    """Return the date of a text such as 2013-10-08, or for a month such as 2013-10 the month's first day."""
    return Month.parse(text).first if len(text) == len("2013-10") else date.fromisoformat(text)


def parse_last_day(text: str) -> date:
    """Return the date of a text such as 2013-10-08, or for a month such as 2013-10 the month's last day."""
    return Month.parse(text).last if len(text) == len("2013-10") else date.fromisoformat(text)


@transaction.atomic
def record_task_state(*, task: TaskState, state: str, text: str, reason: str, seen: int, by: User) -> TaskState:
    """Save the new state of a plan item's task, such as 推进中 (under way), and a text about its progress.

    The states delayed and dropped require a reason.
    The earlier state goes to the event log.
    """
    _lock_plan_if_current(task.item.plan_id)
    move = check_state_change(lock_row(TaskState.objects.all(), task.pk), state, TASK, by=by, seen=seen, reason=reason)
    before = _state_for_audit(move.row)
    task = move.save_row_with_new_state(
        text=tidy_lines(text), reason=move.reason, updated_on=clock.today(), updated_by=by
    )
    move.record(before=before, after=_state_for_audit(task))
    return task


def _state_for_audit(task: TaskState) -> dict[str, str]:
    return {"state": task.state, "text": task.text, "reason": task.reason}


@transaction.atomic
def assign_lead(*, item: PlanItem, unit: Unit, seen: int, by: User) -> PlanItem:
    """Save which office leads the work on a plan item."""
    item = lock_row_for_edit(item, item.plan_id, seen, by)
    before = item.lead.name if item.lead else ""
    item.lead = unit
    item.save()
    record("item.assigned", by=by, subject=item, before={"lead": before}, after={"lead": unit.name})
    return item


@transaction.atomic
def record_milestone_reached(*, target: Target, on: date, seen: int, by: User) -> Target:
    """Save the day on which a milestone (a plan's target with a due day) was reached.

    A future day is refused.
    """
    target = lock_row_for_edit(target, target.plan_id, seen, by)
    if target.shape != Target.Shape.MILESTONE:
        raise MoveRefused("这个目标不是时点目标")
    if on > clock.today():
        raise MoveRefused("达成日期不能晚于今天")
    before = target.reached_on
    target.reached_on = on
    target.save()
    record(
        "milestone.reached",
        by=by,
        subject=target,
        before={"reached_on": before.isoformat() if before else None},
        after={"reached_on": on.isoformat()},
    )
    return target


def lock_row_for_edit(row: Row, plan_id: int, seen: int, by: User) -> Row:
    """Lock an item, target or roster of a work plan for editing; raise Stale if its version is not `seen`.

    The returned row's version is raised by one, but not saved.
    """
    _lock_plan_if_current(plan_id)
    held = lock_row(type(row)._default_manager.all(), row.pk)
    if held.version != seen:
        raise Stale(edit_conflict_message(held, by))
    held.version += 1
    return held


def _lock_plan_if_current(plan_id: int) -> None:
    """Lock a work plan's row in the database; raise Stale if the year has a newer version of the plan.

    Publishing locks in the same order: the plan before its rows.
    """
    plan = WorkPlan.objects.select_for_update().get(pk=plan_id)
    newest = WorkPlan.objects.current(plan.year)
    if newest is not None and newest != plan:
        raise Stale(f"{plan.year}年工作要点已有第{newest.version}版，第{plan.version}版的不再更新")


def compact_version_tables() -> int:
    """Merge all rows of the change-counting table of work plans into one row; return how many were removed."""
    return table_versions.compact_version_table("targets_change")
