"""Prepares the stages of a project for its page: those reached, and what is missing for the next one."""

from __future__ import annotations

from dataclasses import dataclass

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.ui import component_data
from projects.choices import PENDING_STATES, EntryState, Stage
from projects.dates.rules_slippage_and_alerts import EXPECTED_FIELDS
from projects.duplicates.merged_project_refusals import merged_refusal
from projects.models import Project
from projects.stages import rules as rules_stages
from projects.stages import stage_conditions
from projects.stages.bulletin_correction_hints import correction_sentences
from projects.stages.rules import CONFIRMED_BY_PROVINCE, Entry, Unmet
from projects.workflow import PROJECT_STAGE


@dataclass(frozen=True)
class StepLink:
    """A Chinese sentence on a project's step, with the step's primary key for a link to the step's page."""

    number: int
    sentence: str


@dataclass(frozen=True)
class StagePanel:
    """Data of the stage panel on a project's page: the stages, a heading for the next one, and its unmet conditions.

    `corrections` say of steps in printed months that the next bulletin tells them; `given_back` leads to the step to the
    next stage that was given back and not entered again. With `may_edit` what it lacks leads to the fields of the edit
    form. `waiting` is the key of the step that waits for
    somebody of the province. `explained_move` is the move to the next stage where heading and list say why it is refused, else "".
    """

    stages: tuple[component_data.Stage, ...]
    corrections: tuple[str, ...]
    given_back: StepLink | None
    gate: str
    waiting: int | None
    missing: tuple[Unmet, ...]
    may_edit: bool
    explained_move: str


def stage_panel(user: User, project: Project) -> StagePanel:
    """Return the data of the panel on a project's page that shows its stages and what the next one still needs."""
    steps = stage_conditions.steps_of(project)
    merged = merged_refusal(project, user)
    following = rules_stages.next_stage(steps) if project.is_active and not merged else None
    waiting = next((step for step in steps if step.state in PENDING_STATES), None)
    missing = stage_conditions.unmet_demands(project, following, clock.today()) if following else ()
    return StagePanel(
        stages=tuple(_stage_component(project, stage, steps) for stage in Stage),
        corrections=() if merged else correction_sentences(steps),
        given_back=_given_back_link(following, steps),
        gate=merged or _stage_heading(project, steps, waiting, following, missing),
        waiting=waiting.number if waiting else None,
        missing=missing,
        may_edit=user.may(Permission.ENTER_PROJECT),
        explained_move=_next_stage_move(project) if project.is_active and following and (waiting or missing) else "",
    )


def moves_explained_in_panel(panel: StagePanel) -> tuple[str, ...]:
    return (panel.explained_move,)


def _next_stage_move(project: Project) -> str:
    return next((name for name, move in PROJECT_STAGE.moves.items() if project.stage in move.sources), "")


def _stage_component(project: Project, stage: Stage, steps: list[Entry]) -> component_data.Stage:
    reached = rules_stages.stages_reached(steps, unaccepted=True)
    if proof := reached.get(stage):
        state: component_data.StageState = "here" if stage == rules_stages.last_stage(reached) else "done"
        note = f"{proof.effective_on}" + ("，未核定" if proof.state == EntryState.UNACCEPTED else "")
        return component_data.Stage(str(stage.label), note, state)
    expected = getattr(project, EXPECTED_FIELDS[stage]) if stage in EXPECTED_FIELDS else None
    return component_data.Stage(str(stage.label), f"预计 {expected}" if expected else "")


def _given_back_link(following: Stage | None, steps: list[Entry]) -> StepLink | None:
    step = rules_stages.given_back_entry(following, steps) if following else None
    if step is None:
        return None
    return StepLink(step.number, f"{step.stage.label} {step.effective_on} 已退回，看原因后重新申报")


def _stage_heading(
    project: Project, steps: list[Entry], waiting: Entry | None, following: Stage | None, missing: tuple[Unmet, ...]
) -> str:
    if not project.is_active:
        return f"项目已{project.get_status_display()}，不再登记阶段"
    if following is None:
        return "各阶段都已登记"
    if waiting is not None:
        step = f"{waiting.stage.label} {waiting.effective_on}"
        if before := rules_stages.unaccepted_previous_step(waiting.stage, steps):
            return f"{step}，{before.stage.label}月报核定后由省厅确认"
        return f"{step}，{waiting.state.label}"
    return rules_stages.next_stage_heading(following, missing, needs_province=following in CONFIRMED_BY_PROVINCE)
