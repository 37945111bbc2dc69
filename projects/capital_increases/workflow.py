"""Declares the moves by which capital increases are proposed, confirmed, given back or voided."""

from __future__ import annotations

from typing import Any

from hunan_trade.accounts.roles import Permission
from hunan_trade.workflow import Move, Workflow
from projects.choices import PROPOSAL_STATES, EntryState, Stage, Status
from projects.duplicates.merged_project_refusals import merged_project_refusal, merged_refusal
from projects.reviewed_entries.workflow import entry_workflow


def _terminated_refusal(project: Any, by: Any) -> str | None:
    return f"项目已{project.get_status_display()}，不再增资" if project.status == Status.TERMINATED else None


def _terminated_project_refusal(increase: Any, by: Any) -> str | None:
    return _terminated_refusal(increase.project, by)


def _only_city_may_decide_refusal(increase: Any, by: Any) -> str | None:
    """Return a Chinese refusal if a provincial user decides on a capital increase that a city proposed, else None."""
    return "市州申报的增资由市州负责人确认" if by.is_province and not increase.entered_by.is_province else None


PROJECT_CAPITAL = Workflow(
    initial=Stage.INTENDED,
    labels={stage.value: str(stage.label) for stage in Stage},
    moves={
        "increase": Move(
            "申报增资",
            frozenset(set(Stage) - {Stage.INTENDED}),
            "",
            Permission.PROPOSE_INCREASE,
            guards=(merged_refusal, _terminated_refusal),
            verb="increase.proposed",
        ),
    },
    field="stage",
    refusal="项目在“{state}”，签约后才能{move}",
)

INCREASE = entry_workflow(
    "increase",
    PROPOSAL_STATES,
    (EntryState.AWAITING_LEAD,),
    Permission.CONFIRM_INCREASE,
    confirm=(_only_city_may_decide_refusal, merged_project_refusal, _terminated_project_refusal),
    give_back=(_only_city_may_decide_refusal,),
    voidable=frozenset({EntryState.AWAITING_LEAD, EntryState.VALID}),
    what_lacks="退回要写明要改什么",
)
