"""Declares the steps of a project from stage to stage, and what becomes of each step."""

from __future__ import annotations

from typing import Any

from hunan_trade import clock
from hunan_trade.accounts.roles import Permission
from hunan_trade.workflow import Guard, Move, Workflow
from projects import rules_stages, stage_facts
from projects.choices import EntryState, Stage


def _is_active(project: Any, by: Any) -> str | None:
    return None if project.is_active else f"项目已{project.get_status_display()}，不再登记阶段"


def _nothing_waits(project: Any, by: Any) -> str | None:
    for entry in project.stage_entries.all():
        if entry.state in (EntryState.AWAITING_PROVINCE, EntryState.AWAITING_LEAD):
            stage, state = entry.get_stage_display(), entry.get_state_display()
            return f"{entry.entered_by.name}已申报{stage}，日期 {entry.effective_on}，{state}"
    return None


def _not_own_entry(entry: Any, by: Any) -> str | None:
    return "自己登记的由别人确认" if entry.entered_by_id == by.pk else None


def _no_later_stage(entry: Any, by: Any) -> str | None:
    return rules_stages.step_back_refusal(Stage(entry.stage), stage_facts.steps_of(entry.project))


def _demands_met(entry: Any, by: Any) -> str | None:
    return _demands_of(Stage(entry.stage))(entry.project, by)


def _demands_of(stage: Stage) -> Guard:
    """Return the guard that refuses a project which lacks what the stage demands today."""

    def guard(project: Any, by: Any) -> str | None:
        missing = stage_facts.unmet_demands(project, stage, clock.today())
        return f"还差 {len(missing)} 项：{'、'.join(item.sentence for item in missing)}" if missing else None

    return guard


def _step(label: str, source: Stage, stage: Stage, *, confirmed: bool = False) -> Move:
    """Return the move by which a project steps to a stage; of one that is confirmed the project's stage stays till then."""
    return Move(
        label,
        frozenset({source}),
        "" if confirmed else stage,
        Permission.MOVE_PROJECT,
        guards=(_is_active, _nothing_waits, _demands_of(stage)),
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

STEP = Workflow(
    initial=EntryState.UNACCEPTED,
    labels={state.value: str(state.label) for state in EntryState},
    moves={
        "confirm": Move(
            "确认",
            frozenset({EntryState.AWAITING_PROVINCE}),
            EntryState.VALID,
            Permission.CONFIRM_STAGE,
            guards=(_not_own_entry, _demands_met),
            verb="stage.confirmed",
        ),
        "give_back": Move(
            "退回",
            frozenset({EntryState.AWAITING_PROVINCE}),
            EntryState.GIVEN_BACK,
            Permission.CONFIRM_STAGE,
            verb="stage.given_back",
            needs_reason="退回要写明还缺什么",
        ),
        "void": Move(
            "作废",
            frozenset({EntryState.UNACCEPTED, EntryState.AWAITING_PROVINCE, EntryState.VALID}),
            EntryState.VOID,
            Permission.CORRECT_PROJECT,
            guards=(_no_later_stage,),
            verb="stage.voided",
            needs_reason="作废要写明原因",
        ),
    },
    field="state",
)
