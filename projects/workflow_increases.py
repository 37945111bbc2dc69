"""Declares how an increase of a project's capital is proposed, and what becomes of it."""

from __future__ import annotations

from typing import Any

from hunan_trade.accounts.roles import Permission
from hunan_trade.workflow import Move, Workflow
from projects.choices import INCREASE_STATES, EntryState, Stage, Status


def _not_terminated(project: Any, by: Any) -> str | None:
    return f"项目已{project.get_status_display()}，不再增资" if project.status == Status.TERMINATED else None


def _project_not_terminated(increase: Any, by: Any) -> str | None:
    return _not_terminated(increase.project, by)


def _not_own_increase(increase: Any, by: Any) -> str | None:
    return "自己申报的由别人确认" if increase.entered_by_id == by.pk else None


def _by_its_city(increase: Any, by: Any) -> str | None:
    """Refuse the province's decision on what a city proposed, which the city's lead decides."""
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
            guards=(_not_terminated,),
            verb="increase.proposed",
        ),
    },
    field="stage",
    refusal="项目在“{state}”，签约后才能{move}",
)

INCREASE = Workflow(
    initial=EntryState.AWAITING_LEAD,
    labels={state.value: str(state.label) for state in INCREASE_STATES},
    moves={
        "confirm": Move(
            "确认",
            frozenset({EntryState.AWAITING_LEAD}),
            EntryState.VALID,
            Permission.CONFIRM_INCREASE,
            guards=(_not_own_increase, _by_its_city, _project_not_terminated),
            verb="increase.confirmed",
        ),
        "give_back": Move(
            "退回",
            frozenset({EntryState.AWAITING_LEAD}),
            EntryState.GIVEN_BACK,
            Permission.CONFIRM_INCREASE,
            guards=(_by_its_city,),
            verb="increase.given_back",
            needs_reason="退回要写明要改什么",
        ),
        "void": Move(
            "作废",
            frozenset({EntryState.AWAITING_LEAD, EntryState.VALID}),
            EntryState.VOID,
            Permission.CORRECT_PROJECT,
            verb="increase.voided",
            needs_reason="作废要写明原因",
        ),
    },
    field="state",
)
