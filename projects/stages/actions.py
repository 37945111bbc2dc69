"""Records the steps by which projects reach their stages, and confirms, gives back or voids these steps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
from hunan_trade.lists.record_change_preparation import Outcome
from hunan_trade.text_cleaning import tidy
from hunan_trade.workflow import MoveRefused
from projects.choices import EntryState, Stage
from projects.closed_years.queries import is_closed
from projects.counting.monthly_counts import counted_project
from projects.counting.project_locks import lock_with_linked_projects
from projects.counting.verdict_updates import update_linked_verdicts
from projects.counting.verdicts import VERDICT_FIELDS, set_verdicts
from projects.dates.rules_slippage_and_alerts import REACHED_FIELDS
from projects.models import Project
from projects.reviewed_entries.actions import EntryKind, decision_values, effective_on_form_field
from projects.sql_update_of_many_projects import update_fields
from projects.stages import rules as rules_stages
from projects.stages.bulletin_correction_hints import correction_hint
from projects.stages.models import StageEntry
from projects.stages.rules import CONFIRMED_BY_PROVINCE
from projects.stages.stage_conditions import prefetch_documents, steps_of
from projects.workflow import PROJECT_STAGE, STEP

STAGE_OF = {"sign": Stage.SIGNED, "land": Stage.LANDED, "produce": Stage.PRODUCED, "operate": Stage.OPERATING}
_FOLLOWING = ("stage", "accepted_stage", *REACHED_FIELDS.values(), *VERDICT_FIELDS)


# --- What follows ---------------------------------------------------------------------------------------------------
def refresh_stages(projects: Collection[int], *, by: User, reason: str) -> None:
    """Recompute projects' stage, stage dates and verdict (whether they count) from their steps; save what changed.

    A step that waits for the province has no effect on them yet.
    """
    locked = Project.objects.filter(pk__in=list(projects)).order_by("pk").select_for_update(no_key=True)
    rows = list(locked.prefetch_related("stage_entries"))
    before, counted = [_stage_values(project) for project in rows], [counted_project(project) for project in rows]
    for project in rows:
        for name, value in _values_from_steps(project).items():
            setattr(project, name, value)
    set_verdicts(rows)
    changed = [project for project, was in zip(rows, before, strict=True) if _stage_values(project) != was]
    if changed:
        with open_act(Act.Kind.MOVED, listing="projects", by=by, reason=tidy(reason)):
            update_fields(changed, _FOLLOWING)
    update_linked_verdicts(rows, counted, by=by, reason=reason)


def _stage_values(project: Project) -> list[object]:
    return [getattr(project, name) for name in _FOLLOWING]


def _values_from_steps(project: Project) -> dict[str, object]:
    reached = rules_stages.stages_reached(steps_of(project), unaccepted=True)
    last = rules_stages.last_stage(reached)
    accepted = rules_stages.last_stage(rules_stages.stages_reached(steps_of(project)))
    days = {
        field: reached[stage].effective_on if stage in reached and reached[stage].stage == stage else None
        for stage, field in REACHED_FIELDS.items()
    }
    return {"stage": last, "accepted_stage": accepted, **days}


_STEPS = EntryKind(StageEntry.objects.all(), "project-stages", refresh_stages)


# --- Entering -------------------------------------------------------------------------------------------------------
@transaction.atomic
def enter_step(*, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any) -> StageEntry:
    """Record that a project reached its next stage on the day `effective_on`, and return the stage entry.

    签约 and 投产 are 未核定 until the return of their month is accepted, 落地 and 营运 wait for the province, and any
    step in a closed plan year for its lead. Raises Stale, MoveRefused, and ValidationError for a day that cannot be.
    """
    stage, effective_on = STAGE_OF[name], values["effective_on"]
    lock_with_linked_projects([pk])
    project = actions_state_changes.lock_row(Project.objects.visible_to(by), pk)
    actions_state_changes.check_state_change(project, name, PROJECT_STAGE, by=by, seen=seen)
    reached = rules_stages.stages_reached(steps_of(project), unaccepted=True)
    if refusal := rules_stages.step_date_refusal(stage, effective_on, reached, clock.today()):
        raise ValidationError({"effective_on": [refusal]})
    entry = _STEPS.create(
        project,
        by=by,
        reason=tidy(reason),
        stage=stage,
        effective_on=effective_on,
        state=_initial_state(stage, effective_on),
    )
    refresh_stages([project.pk], by=by, reason=reason)
    after = {"stage": stage, "effective_on": str(effective_on), "state": entry.state}
    record("stage.entered", by=by, subject=project, region=project.city_id, after=after, reason=tidy(reason))
    return entry


def reset_stage_steps_awaiting_lead(year: int, *, by: User, reason: str) -> None:
    """For a reopened plan year, reset project steps that wait for the province's lead to the state of new steps.

    Whoever calls it has locked the projects.
    """
    waiting = StageEntry.objects.filter(effective_on__year=year, state=EntryState.AWAITING_LEAD)
    entries = list(waiting.order_by("pk").select_for_update(no_key=True))
    for entry in entries:
        entry.state = _initial_state(Stage(entry.stage), entry.effective_on)
    if entries:
        with open_act(Act.Kind.MOVED, listing="project-stages", by=by, reason=reason):
            StageEntry.objects.bulk_update(entries, ["state"])
        refresh_stages({entry.project_id for entry in entries}, by=by, reason=reason)


def _initial_state(stage: Stage, effective_on: date) -> EntryState:
    if is_closed(effective_on.year):
        return EntryState.AWAITING_LEAD
    return EntryState.AWAITING_PROVINCE if stage in CONFIRMED_BY_PROVINCE else EntryState.UNACCEPTED


def prefetch_steps(projects: Sequence[Project]) -> Sequence[Project]:
    """Prefetch the stage steps of projects with the users who entered them, and return the projects."""
    prefetch_related_objects(projects, "stage_entries__entered_by")
    return projects


PROJECT_MOVES = Moves(
    PROJECT_STAGE,
    enter_step,
    by_person=frozenset({"land", "operate"}),
    fields={
        "sign": effective_on_form_field("签约日期", "合同签订的那一天。登记后未核定，月报核定后计数。"),
        "land": effective_on_form_field("落地日期", "项目开工的那一天。申报后由省厅确认。"),
        "produce": effective_on_form_field("投产日期", "开始生产的那一天。登记后未核定，月报核定后计数。"),
        "operate": effective_on_form_field("营运日期", "正式营运的那一天。申报后由省厅确认。"),
    },
    facts=prefetch_steps,
    hint=correction_hint,
)


# --- Deciding -------------------------------------------------------------------------------------------------------
def decide_steps(*, seen: Mapping[int, int], name: str, by: User, reason: str = "", **values: Any) -> list[Outcome]:
    """Confirm, give back or void several records that a project reached a stage, and update the projects' stages."""
    return _STEPS.decide_entries(STEP_MOVES, name, seen, by=by, reason=reason, values=values)


def decide_step(*, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any) -> None:
    """Confirm, give back or void one record that a project reached a stage, and update the project's stage."""
    _STEPS.decide_entry(STEP_MOVES, name, pk, by=by, seen=seen, reason=reason, values=values)


@transaction.atomic
def accept_steps(*, steps: Collection[int], by: User, reason: str) -> list[StageEntry]:
    """Make unaccepted (未核定) project stages valid, because a return that lists them is accepted; return the entries.

    Raises MoveRefused if the user entered one of them: what somebody entered is accepted by somebody else.
    """
    projects = _STEPS.lock_projects(steps)
    unaccepted = StageEntry.objects.filter(pk__in=list(steps), state=EntryState.UNACCEPTED)
    entries = list(unaccepted.order_by("pk").select_for_update(of=("self",)).select_related("project"))
    for entry in entries:
        if entry.entered_by_id == by.pk:
            stage = entry.get_stage_display()
            raise MoveRefused(f"{entry.project.code} 的{stage}是您登记的，这份月报由别的经办核定")
    with open_act(Act.Kind.MOVED, listing="project-stages", by=by, reason=reason):
        StageEntry.objects.filter(pk__in=[entry.pk for entry in entries]).update(
            state=EntryState.VALID, **decision_values(by, reason)
        )
    refresh_stages(projects, by=by, reason=reason)
    for entry in entries:
        after = {"stage": entry.stage, "effective_on": str(entry.effective_on), "state": EntryState.VALID}
        record("stage.accepted", by=by, subject=entry.project, region=entry.city_id, after=after, reason=reason)
    return entries


def _prefetch_projects(steps: Sequence[StageEntry]) -> Sequence[StageEntry]:
    prefetch_related_objects(steps, "project__stage_entries", "project__increases")
    if len(steps) > 1:  # of a single one the guard reads them, if it comes to that
        for stage in {Stage(step.stage) for step in steps}:
            prefetch_documents(stage, [step.project for step in steps if step.stage == stage])
    return steps


STEP_MOVES = Moves(
    STEP,
    decide_step,
    by_person=frozenset(STEP.moves),
    bulk=("confirm", "give_back"),
    bulk_title="确认或退回",
    make_many=decide_steps,
    facts=_prefetch_projects,
)
