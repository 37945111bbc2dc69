"""Proposes to terminate projects, and confirms, gives back or voids terminations; the project's status follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import prefetch_related_objects

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit import state_changes
from hunan_trade.audit.actions import record
from hunan_trade.lists.declaration import Moves
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.models import Act
from hunan_trade.lists.moves import record_moves
from hunan_trade.text_cleaning import tidy
from projects import rules_stages
from projects.actions_counts import correct_counts, counted_month
from projects.choices import Status, TerminationState
from projects.models import Project
from projects.models_terminations import Termination
from projects.stage_facts import steps_of
from projects.verdicts import VERDICT_FIELDS, set_verdicts
from projects.workflow_terminations import PROJECT_TERMINATION, TERMINATION


# --- Proposing ------------------------------------------------------------------------------------------------------
@transaction.atomic
def end_project(*, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any) -> Termination:
    """Propose that a project ends on the day `effective_on`, or as an officer end it at once, and return the row.

    Raises Stale, MoveRefused, and ValidationError for a day that cannot be.
    """
    project = state_changes.lock(Project.objects.visible_to(by), pk)
    ending = state_changes.allow(project, name, PROJECT_TERMINATION, by=by, seen=seen, reason=reason)
    _check_day(project, effective_on := values["effective_on"])
    state = TerminationState.CONFIRMED if ending.move.target else TerminationState.PROPOSED
    decided = {"decided_by": by, "decided_at": clock.now()} if ending.move.target else {}
    with open_act(Act.Kind.CREATED, listing="project-terminations", by=by, reason=ending.reason):
        made = Termination.objects.create(
            project=project,
            city_id=project.city_id,
            effective_on=effective_on,
            note=ending.reason,
            state=state,
            proposed_by=by,
            proposed_at=clock.now(),
            **decided,
        )
    _let_status_follow(project, by=by, reason=ending.reason)
    after = {"effective_on": str(effective_on), "state": state}
    record(ending.move.verb, by=by, subject=project, region=project.city_id, after=after, reason=ending.reason)
    return made


def _check_day(project: Project, day: date) -> None:
    """Raise ValidationError for a day after today or before what the project has reached."""
    last = max(step.effective_on for step in rules_stages.reached(steps_of(project), unaccepted=True).values())
    if day > clock.today():
        raise ValidationError({"effective_on": [f"终止日期 {day} 还没有到，填今天（{clock.today()}）或以前的日期。"]})
    if day < last:
        raise ValidationError({"effective_on": [f"终止日期 {day} 早于已登记的最后一步 {last}，核对日期。"]})


def with_terminations(projects: Sequence[Project]) -> Sequence[Project]:
    """Return projects with their terminations and who proposed each, which takes one query for all of them."""
    prefetch_related_objects(projects, "terminations__proposed_by")
    return projects


_DAY = {
    "effective_on": forms.DateField(
        label="终止日期",
        help_text="不再推进的那一天，不晚于今天。",
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
}
PROJECT_TERMINATION_MOVES = Moves(
    PROJECT_TERMINATION,
    end_project,
    by_person=frozenset(PROJECT_TERMINATION.moves),
    fields=dict.fromkeys(PROJECT_TERMINATION.moves, _DAY),
    facts=with_terminations,
)


# --- Deciding -------------------------------------------------------------------------------------------------------
@transaction.atomic
def decide_termination(*, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any) -> None:
    """Confirm, give back or void a termination; the status of its project follows. Raises Stale and MoveRefused."""
    rows = Termination.objects.visible_to(by)
    project = Project.objects.select_for_update().filter(terminations=pk).first()  # locked before the termination
    given = {"decided_by": by, "decided_at": clock.now(), "decided_reason": tidy(reason)} | values
    record_moves.move_one(
        rows, TERMINATION_MOVES, name, pk, listing="project-terminations", by=by, seen=seen, reason=reason, values=given
    )
    if project is not None:
        _let_status_follow(project, by=by, reason=reason)


def _with_projects(terminations: Sequence[Termination]) -> Sequence[Termination]:
    prefetch_related_objects(terminations, "project")
    return terminations


TERMINATION_MOVES = Moves(TERMINATION, decide_termination, by_person=frozenset(TERMINATION.moves), facts=_with_projects)


# --- What follows ---------------------------------------------------------------------------------------------------
def _let_status_follow(project: Project, *, by: User, reason: str) -> None:
    """Write to a locked project what follows: 终止 while a confirmed termination stands, else 推进中, and whether it counts."""
    standing = project.terminations.filter(state=TerminationState.CONFIRMED).first()
    was, status = project.status, Status.TERMINATED if standing else Status.ACTIVE
    if (standing is None and was != Status.TERMINATED) or was == status:
        return
    project.status, project.status_reason = status, standing.note if standing else ""
    counted = counted_month(project)
    set_verdicts([project])
    with open_act(Act.Kind.MOVED, listing="projects", by=by, reason=tidy(reason)):
        Project.objects.bulk_update([project], ["status", "status_reason", *VERDICT_FIELDS])
    correct_counts([counted], [counted_month(project)], by=by, reason=reason)
