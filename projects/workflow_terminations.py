"""Declares how projects are terminated, and what becomes of a proposal to do so."""

from __future__ import annotations

from typing import Any

from hunan_trade.accounts.roles import Permission
from hunan_trade.workflow import Move, Workflow
from projects.choices import Status, TerminationState

_GOING_ON = frozenset({Status.ACTIVE, Status.DELAYED, Status.STALLED})


def _none_proposed(project: Any, by: Any) -> str | None:
    for termination in project.terminations.all():
        if termination.state == TerminationState.PROPOSED:
            return f"{termination.proposed_by.name}已提出终止，日期 {termination.effective_on}，待确认"
    return None


def _not_own_proposal(termination: Any, by: Any) -> str | None:
    return "自己提出的由别人确认" if termination.proposed_by_id == by.pk else None


def _project_goes_on(termination: Any, by: Any) -> str | None:
    project = termination.project
    return None if project.is_active else f"项目已{project.get_status_display()}，退回这次提出"


PROJECT_TERMINATION = Workflow(
    initial=Status.ACTIVE,
    labels={status.value: str(status.label) for status in Status},
    moves={
        "propose_termination": Move(
            "提出终止",
            _GOING_ON,
            "",
            Permission.PROPOSE_TERMINATION,
            guards=(_none_proposed,),
            verb="termination.proposed",
            needs_reason="写明为什么终止",
        ),
        "terminate": Move(
            "终止",
            _GOING_ON,
            Status.TERMINATED,
            Permission.CORRECT_PROJECT,
            guards=(_none_proposed,),
            verb="termination.entered",
            needs_reason="写明为什么终止",
        ),
    },
    refusal="项目在“{state}”，不能{move}",
)

TERMINATION = Workflow(
    initial=TerminationState.PROPOSED,
    labels={state.value: str(state.label) for state in TerminationState},
    moves={
        "confirm": Move(
            "确认终止",
            frozenset({TerminationState.PROPOSED}),
            TerminationState.CONFIRMED,
            Permission.CONFIRM_TERMINATION,
            guards=(_not_own_proposal, _project_goes_on),
            verb="termination.confirmed",
        ),
        "give_back": Move(
            "退回",
            frozenset({TerminationState.PROPOSED}),
            TerminationState.GIVEN_BACK,
            Permission.CONFIRM_TERMINATION,
            verb="termination.given_back",
            needs_reason="退回要写明原因",
        ),
        "void": Move(
            "撤销终止",
            frozenset({TerminationState.CONFIRMED}),
            TerminationState.VOID,
            Permission.CORRECT_PROJECT,
            verb="termination.voided",
            needs_reason="写明为什么撤销",
        ),
    },
    field="state",
)
