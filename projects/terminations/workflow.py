"""Declares how terminations of projects are proposed, confirmed, given back or voided."""

from __future__ import annotations

from typing import Any

from hunan_trade.accounts.roles import Permission
from hunan_trade.workflow import Move, Workflow
from projects.choices import PROPOSAL_STATES, EntryState, Status
from projects.duplicates.merged_project_refusals import merged_project_refusal, merged_refusal
from projects.reviewed_entries.workflow import entry_workflow

_GOING_ON = frozenset({Status.ACTIVE, Status.DELAYED, Status.STALLED})


def _already_proposed_refusal(project: Any, by: Any) -> str | None:
    for termination in project.terminations.all():
        if termination.state == EntryState.AWAITING_LEAD:
            return f"{termination.entered_by.name}已提出终止，日期 {termination.effective_on}，待确认"
    return None


def _inactive_project_refusal(termination: Any, by: Any) -> str | None:
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
            guards=(merged_refusal, _already_proposed_refusal),
            verb="termination.proposed",
            needs_reason="写明为什么终止",
        ),
        "terminate": Move(
            "终止",
            _GOING_ON,
            Status.TERMINATED,
            Permission.CORRECT_PROJECT,
            guards=(merged_refusal, _already_proposed_refusal),
            verb="termination.entered",
            needs_reason="写明为什么终止",
        ),
    },
    refusal="项目在“{state}”，不能{move}",
)

TERMINATION = entry_workflow(
    "termination",
    PROPOSAL_STATES,
    (EntryState.AWAITING_LEAD,),
    Permission.CONFIRM_TERMINATION,
    confirm=(merged_project_refusal, _inactive_project_refusal),
    voidable=frozenset({EntryState.VALID}),
    what_lacks="退回要写明原因",
)
