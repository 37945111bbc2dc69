"""Declares the permitted moves of project stages, of stage entries and of the project status."""

from __future__ import annotations

from typing import Any

from hunan_trade import clock
from hunan_trade.accounts.roles import Permission
from hunan_trade.workflow import Guard, Move, Workflow
from projects.choices import LIVE_STATES, PENDING_STATES, EntryState, Stage, Status
from projects.duplicates.merged_project_refusals import merged_project_refusal, merged_refusal
from projects.reviewed_entries.workflow import entry_workflow
from projects.stages import rules as rules_stages
from projects.stages import stage_conditions


def _inactive_refusal(project: Any, by: Any) -> str | None:
    return None if project.is_active else f"项目已{project.get_status_display()}，不再登记阶段"


def _pending_step_refusal(project: Any, by: Any) -> str | None:
    for entry in project.stage_entries.all():
        if entry.state in PENDING_STATES:
            stage, state = entry.get_stage_display(), entry.get_state_display()
            return f"{entry.entered_by.name}已申报{stage}，日期 {entry.effective_on}，{state}"
    return None


def _later_stage_refusal(entry: Any, by: Any) -> str | None:
    return rules_stages.void_step_refusal(Stage(entry.stage), stage_conditions.steps_of(entry.project))


def _inactive_project_refusal(entry: Any, by: Any) -> str | None:
    return _inactive_refusal(entry.project, by)


def _finished_project_refusal(entry: Any, by: Any) -> str | None:
    return "项目已完成，先撤回完成，再作废阶段" if entry.project.status == Status.FINISHED else None


def _not_operating_refusal(project: Any, by: Any) -> str | None:
    if project.stage == Stage.OPERATING:
        return None
    return f"项目在“{project.get_stage_display()}”，省厅确认营运后才能完成"


def _remaining_increases_refusal(entry: Any, by: Any) -> str | None:
    """Return a Chinese refusal to void a project's signing (签约) while it has capital increases, else None."""
    if entry.stage != Stage.SIGNED:
        return None
    left = [increase for increase in entry.project.increases.all() if increase.state in LIVE_STATES]
    return f"还有 {len(left)} 笔增资，先作废增资，再作废“签约”" if left else None


def _unaccepted_previous_step_refusal(entry: Any, by: Any) -> str | None:
    """Return a Chinese refusal to confirm a stage while the previous stage's return is not accepted, else None."""
    before = rules_stages.unaccepted_previous_step(Stage(entry.stage), stage_conditions.steps_of(entry.project))
    if before is None:
        return None
    return f"{before.stage.label} {before.effective_on} 待月报核定，核定后才能确认{entry.get_stage_display()}"


def _closed_year_refusal(entry: Any, by: Any) -> str | None:
    """Return a Chinese refusal if only the province's lead may decide a step, as its plan year is closed, else None."""
    if entry.state == EntryState.AWAITING_LEAD and not by.may(Permission.DECIDE_COUNTING):
        return f"{entry.effective_on.year}年计划已关账，这一步由省厅负责人办理"
    return None


def _unmet_demands_refusal(entry: Any, by: Any) -> str | None:
    return _unmet_demands_guard(Stage(entry.stage))(entry.project, by)


def _unmet_demands_guard(stage: Stage) -> Guard:
    """Return a guard function that refuses a project's move to `stage` until it meets the stage's conditions."""

    def guard(project: Any, by: Any) -> str | None:
        missing = stage_conditions.unmet_demands(project, stage, clock.today())
        return f"还差 {len(missing)} 项：{'、'.join(item.sentence for item in missing)}" if missing else None

    return guard


def _stage_move(label: str, source: Stage, stage: Stage, *, confirmed: bool = False) -> Move:
    """Return the workflow move to `stage`; if `confirmed`, the stage changes only after the province confirms it."""
    return Move(
        label,
        frozenset({source}),
        "" if confirmed else stage,
        Permission.MOVE_PROJECT,
        guards=(merged_refusal, _inactive_refusal, _pending_step_refusal, _unmet_demands_guard(stage)),
        verb="stage.entered",
    )


PROJECT_STAGE = Workflow(
    initial=Stage.INTENDED,
    labels={stage.value: str(stage.label) for stage in Stage},
    moves={
        "sign": _stage_move("登记签约", Stage.INTENDED, Stage.SIGNED),
        "land": _stage_move("申报落地", Stage.SIGNED, Stage.LANDED, confirmed=True),
        "produce": _stage_move("登记投产", Stage.LANDED, Stage.PRODUCED),
        "operate": _stage_move("申报营运", Stage.PRODUCED, Stage.OPERATING, confirmed=True),
    },
    field="stage",
    refusal="项目在“{state}”，不能{move}",
)

STEP = entry_workflow(
    "stage",
    list(EntryState),
    PENDING_STATES,
    Permission.CONFIRM_STAGE,
    confirm=(
        _closed_year_refusal,
        merged_project_refusal,
        _inactive_project_refusal,
        _unmet_demands_refusal,
        _unaccepted_previous_step_refusal,
    ),
    give_back=(_closed_year_refusal,),
    void=(_finished_project_refusal, _later_stage_refusal, _remaining_increases_refusal),
    voidable=frozenset({EntryState.UNACCEPTED, *PENDING_STATES, EntryState.VALID}),
    what_lacks="退回要写明还缺什么",
)


PROJECT_STATUS = Workflow(
    initial=Status.ACTIVE,
    labels={status.value: str(status.label) for status in Status},
    moves={
        "delay": Move(
            "设为延期",
            frozenset({Status.ACTIVE, Status.STALLED}),
            Status.DELAYED,
            Permission.ENTER_PROJECT,
            guards=(merged_refusal,),
            verb="projects.delayed",
            needs_reason="写明为什么延期、预计延到什么时候",
        ),
        "stall": Move(
            "设为停滞",
            frozenset({Status.ACTIVE, Status.DELAYED}),
            Status.STALLED,
            Permission.ENTER_PROJECT,
            guards=(merged_refusal,),
            verb="projects.stalled",
            needs_reason="写明为什么停滞、要谁解决",
        ),
        "resume": Move(
            "恢复推进",
            frozenset({Status.DELAYED, Status.STALLED}),
            Status.ACTIVE,
            Permission.ENTER_PROJECT,
            guards=(merged_refusal,),
            verb="projects.resumed",
        ),
        "finish": Move(
            "设为完成",
            frozenset({Status.ACTIVE, Status.DELAYED, Status.STALLED}),
            Status.FINISHED,
            Permission.ENTER_PROJECT,
            guards=(merged_refusal, _not_operating_refusal),
            verb="projects.finished",
            needs_reason="写明完成的情况",
        ),
        "reopen": Move(
            "撤回完成",
            frozenset({Status.FINISHED}),
            Status.ACTIVE,
            Permission.CORRECT_PROJECT,
            guards=(merged_refusal,),
            verb="projects.reopened",
            needs_reason="写明为什么撤回完成",
        ),
    },
    refusal="项目在“{state}”，不能{move}",
)
