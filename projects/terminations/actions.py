"""Proposes, confirms, gives back and voids terminations of projects, and updates the projects' status."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import prefetch_related_objects

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit import actions_state_changes
from hunan_trade.audit.actions import record
from hunan_trade.lists.declaration import Moves
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.models import Act
from hunan_trade.text_cleaning import tidy
from projects.choices import EntryState, Status
from projects.counting.monthly_counts import counted_project
from projects.counting.project_locks import lock_with_linked_projects
from projects.counting.verdict_updates import update_linked_verdicts
from projects.counting.verdicts import VERDICT_FIELDS, set_verdicts
from projects.models import Project
from projects.reviewed_entries.actions import EntryKind, decision_values, effective_on_form_field
from projects.sql_update_of_many_projects import update_fields
from projects.stages import rules as rules_stages
from projects.stages.stage_conditions import steps_of
from projects.terminations.models import Termination
from projects.terminations.workflow import PROJECT_TERMINATION, TERMINATION


# --- What follows ---------------------------------------------------------------------------------------------------
def refresh_status(projects: Collection[int], *, by: User, reason: str) -> None:
    """Set locked projects to 终止 if a termination is valid, else back to 推进中, and redo whether they count."""
    for project in Project.objects.filter(pk__in=list(projects)).order_by("pk"):
        standing = project.terminations.valid().first()
        status = Status.TERMINATED if standing else Status.ACTIVE
        if project.status == status or (standing is None and project.status != Status.TERMINATED):
            continue
        project.status, project.status_reason = status, standing.note if standing else ""
        counted = counted_project(project)
        set_verdicts([project])
        with open_act(Act.Kind.MOVED, listing="projects", by=by, reason=tidy(reason)):
            update_fields([project], ["status", "status_reason", *VERDICT_FIELDS])
        update_linked_verdicts([project], [counted], by=by, reason=reason)


_TERMINATIONS = EntryKind(Termination.objects.all(), "project-terminations", refresh_status)


# --- Proposing ------------------------------------------------------------------------------------------------------
@transaction.atomic
def enter_termination(
    *, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any
) -> Termination:
    """Propose to terminate a project, or for the move `terminate` do so at once; return the `Termination` row.

    Raises Stale, MoveRefused, and ValidationError for a day that cannot be.
    """
    lock_with_linked_projects([pk])
    project = actions_state_changes.lock_row(Project.objects.visible_to(by), pk)
    ending = actions_state_changes.check_state_change(
        project, name, PROJECT_TERMINATION, by=by, seen=seen, reason=reason
    )
    _check_termination_date(project, effective_on := values["effective_on"])
    state = EntryState.VALID if ending.move.target else EntryState.AWAITING_LEAD
    given = {"effective_on": effective_on, "state": state} | (decision_values(by, "") if ending.move.target else {})
    made = _TERMINATIONS.create(project, by=by, reason=ending.reason, **given)
    refresh_status([project.pk], by=by, reason=ending.reason)
    after = {"effective_on": str(effective_on), "state": state}
    record(ending.move.verb, by=by, subject=project, region=project.city_id, after=after, reason=ending.reason)
    return made


def _check_termination_date(project: Project, day: date) -> None:
    """Raise ValidationError if a project's termination day is in the future or before its last stage's date."""
    last = max(step.effective_on for step in rules_stages.stages_reached(steps_of(project), unaccepted=True).values())
    if day > clock.today():
        raise ValidationError({"effective_on": [f"终止日期 {day} 还没有到，填今天（{clock.today()}）或以前的日期。"]})
    if day < last:
        raise ValidationError({"effective_on": [f"终止日期 {day} 早于已登记的最后一步 {last}，核对日期。"]})


def prefetch_terminations(projects: Sequence[Project]) -> Sequence[Project]:
    """Prefetch the terminations of projects with the users who entered them, and return the projects."""
    prefetch_related_objects(projects, "terminations__entered_by")
    return projects


_DAY = effective_on_form_field("终止日期", "不再推进的那一天，不晚于今天。")
PROJECT_TERMINATION_MOVES = Moves(
    PROJECT_TERMINATION,
    enter_termination,
    by_person=frozenset(PROJECT_TERMINATION.moves),
    fields=dict.fromkeys(PROJECT_TERMINATION.moves, _DAY),
    facts=prefetch_terminations,
)


# --- Deciding -------------------------------------------------------------------------------------------------------
def decide_termination(*, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any) -> None:
    """Confirm, give back or void a termination, and update the status of its project."""
    _TERMINATIONS.decide_entry(TERMINATION_MOVES, name, pk, by=by, seen=seen, reason=reason, values=values)


def _prefetch_projects(terminations: Sequence[Termination]) -> Sequence[Termination]:
    prefetch_related_objects(terminations, "project")
    return terminations


TERMINATION_MOVES = Moves(
    TERMINATION, decide_termination, by_person=frozenset(TERMINATION.moves), facts=_prefetch_projects
)
