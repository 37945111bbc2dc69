"""Declares the moves by which capital increases are proposed, confirmed, given back or voided."""

from __future__ import annotations

from typing import Any

from hunan_trade.accounts.roles import Permission
from hunan_trade.workflow import Move, Workflow
from projects.choices import PROPOSAL_STATES, EntryState, Stage, Status
from projects.duplicates.merged_projects import not_merged, project_not_merged
from projects.reviewed_entries.workflow import entry_workflow


def _not_terminated(project: Any, by: Any) -> str | None:
    return f"项目已{project.get_status_display()}，不再增资" if project.status == Status.TERMINATED else None


def _project_not_terminated(increase: Any, by: Any) -> str | None:
    return _not_terminated(increase.project, by)


def _by_its_city(increase: Any, by: Any) -> str | None:
    """Return a refusal if a province user decides on an increase that a city proposed, else None."""
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
            guards=(not_merged, _not_terminated),
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
    confirm=(_by_its_city, project_not_merged, _project_not_terminated),
    give_back=(_by_its_city,),
    voidable=frozenset({EntryState.AWAITING_LEAD, EntryState.VALID}),
    what_lacks="退回要写明要改什么",
)
