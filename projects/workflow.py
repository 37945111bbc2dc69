"""Declares the permitted moves of project stages, of stage entries and of the project status."""

from __future__ import annotations

from typing import Any

from hunan_trade import clock
from hunan_trade.accounts.roles import Permission
from hunan_trade.workflow import Guard, Move, Workflow
from projects.choices import LIVE_STATES, PENDING_STATES, EntryState, Stage, Status
from projects.duplicates.merged_projects import not_merged, project_not_merged
from projects.reviewed_entries.workflow import entry_workflow
from projects.stages import rules as rules_stages
from projects.stages import stage_facts


def _is_active(project: Any, by: Any) -> str | None:
    return None if project.is_active else f"项目已{project.get_status_display()}，不再登记阶段"


def _nothing_waits(project: Any, by: Any) -> str | None:
    for entry in project.stage_entries.all():
        if entry.state in PENDING_STATES:
            stage, state = entry.get_stage_display(), entry.get_state_display()
            return f"{entry.entered_by.name}已申报{stage}，日期 {entry.effective_on}，{state}"
    return None


def _no_later_stage(entry: Any, by: Any) -> str | None:
    return rules_stages.step_back_refusal(Stage(entry.stage), stage_facts.steps_of(entry.project))


def _project_active(entry: Any, by: Any) -> str | None:
    return _is_active(entry.project, by)


def _not_finished(entry: Any, by: Any) -> str | None:
    return "项目已完成，先撤回完成，再作废阶段" if entry.project.status == Status.FINISHED else None


def _operates(project: Any, by: Any) -> str | None:
    if project.stage == Stage.OPERATING:
        return None
    return f"项目在“{project.get_stage_display()}”，省厅确认营运后才能完成"


def _increases_voided(entry: Any, by: Any) -> str | None:
    """Return a refusal to void a signing while the project still has capital increases, else None."""
    if entry.stage != Stage.SIGNED:
        return None
    left = [increase for increase in entry.project.increases.all() if increase.state in LIVE_STATES]
    return f"还有 {len(left)} 笔增资，先作废增资，再作废“签约”" if left else None


def _step_before_accepted(entry: Any, by: Any) -> str | None:
    """Return a refusal to confirm a stage while the step before it is not accepted (未核定), else None."""
    before = rules_stages.unaccepted_before(Stage(entry.stage), stage_facts.steps_of(entry.project))
    if before is None:
        return None
    return f"{before.stage.label} {before.effective_on} 待月报核定，核定后才能确认{entry.get_stage_display()}"


def _lead_decides(entry: Any, by: Any) -> str | None:
    """Return a refusal of a step in a closed plan year, unless the user is the province's lead; else None."""
    if entry.state == EntryState.AWAITING_LEAD and not by.may(Permission.DECIDE_COUNTING):
        return f"{entry.effective_on.year}年计划已关账，这一步由省厅负责人办理"
    return None


def _demands_met(entry: Any, by: Any) -> str | None:
    return _demands_of(Stage(entry.stage))(entry.project, by)


def _demands_of(stage: Stage) -> Guard:
    """Return a guard that refuses projects that do not meet today's conditions of `stage`."""

    def guard(project: Any, by: Any) -> str | None:
        missing = stage_facts.unmet_demands(project, stage, clock.today())
        return f"还差 {len(missing)} 项：{'、'.join(item.sentence for item in missing)}" if missing else None

    return guard


def _step(label: str, source: Stage, stage: Stage, *, confirmed: bool = False) -> Move:
    """Return the move to `stage`; if `confirmed`, the project's stage changes only after confirmation."""
    return Move(
        label,
        frozenset({source}),
        "" if confirmed else stage,
        Permission.MOVE_PROJECT,
        guards=(not_merged, _is_active, _nothing_waits, _demands_of(stage)),
        verb="stage.entered",
    )


PROJECT_STAGE = Workflow(
    initial=Stage.INTENDED,
    labels={stage.value: str(stage.label) for stage in Stage},
    moves={
        "sign": _step("登记签约", Stage.INTENDED, Stage.SIGNED),
        "land": _step("申报落地", Stage.SIGNED, Stage.LANDED, confirmed=True),
        "produce": _step("登记投产", Stage.LANDED, Stage.PRODUCED),
        "operate": _step("申报营运", Stage.PRODUCED, Stage.OPERATING, confirmed=True),
    },
    field="stage",
    refusal="项目在“{state}”，不能{move}",
)

STEP = entry_workflow(
    "stage",
    list(EntryState),
    PENDING_STATES,
    Permission.CONFIRM_STAGE,
    confirm=(_lead_decides, project_not_merged, _project_active, _demands_met, _step_before_accepted),
    give_back=(_lead_decides,),
    void=(_not_finished, _no_later_stage, _increases_voided),
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
            guards=(not_merged,),
            verb="projects.delayed",
            needs_reason="写明为什么延期、预计延到什么时候",
        ),
        "stall": Move(
            "设为停滞",
            frozenset({Status.ACTIVE, Status.DELAYED}),
            Status.STALLED,
            Permission.ENTER_PROJECT,
            guards=(not_merged,),
            verb="projects.stalled",
            needs_reason="写明为什么停滞、要谁解决",
        ),
        "resume": Move(
            "恢复推进",
            frozenset({Status.DELAYED, Status.STALLED}),
            Status.ACTIVE,
            Permission.ENTER_PROJECT,
            guards=(not_merged,),
            verb="projects.resumed",
        ),
        "finish": Move(
            "设为完成",
            frozenset({Status.ACTIVE, Status.DELAYED, Status.STALLED}),
            Status.FINISHED,
            Permission.ENTER_PROJECT,
            guards=(not_merged, _operates),
            verb="projects.finished",
            needs_reason="写明完成的情况",
        ),
        "reopen": Move(
            "撤回完成",
            frozenset({Status.FINISHED}),
            Status.ACTIVE,
            Permission.CORRECT_PROJECT,
            guards=(not_merged,),
            verb="projects.reopened",
            needs_reason="写明为什么撤回完成",
        ),
    },
    refusal="项目在“{state}”，不能{move}",
)
