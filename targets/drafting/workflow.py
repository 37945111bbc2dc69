"""Declares the states of a draft (open, published, discarded) and the moves between them."""

from __future__ import annotations

from typing import Any

from hunan_trade.accounts.roles import Permission
from hunan_trade.periods import format_chinese_datetime
from hunan_trade.workflow import Move, Workflow
from targets.drafting.models import PlanDraft

State = PlanDraft.State


def edit_conflict_message(draft: PlanDraft, by: Any) -> str:
    """Return a Chinese message that says who changed the draft meanwhile and that the input was not saved."""
    who = "您" if draft.changed_by_id == by.pk else draft.changed_by.name
    return f"{who} {format_chinese_datetime(draft.changed_at)} 改过这份校核稿，您的没有保存"


DRAFT = Workflow(
    initial=State.OPEN,
    labels={state.value: str(state.label) for state in State},
    moves={
        "edit": Move("改", frozenset({State.OPEN}), "", Permission.MAINTAIN_PLAN),
        "publish": Move(
            "发布", frozenset({State.OPEN}), State.PUBLISHED, Permission.MAINTAIN_PLAN, verb="plan.published"
        ),
        "discard": Move(
            "弃用", frozenset({State.OPEN}), State.DISCARDED, Permission.MAINTAIN_PLAN, verb="draft.discarded"
        ),
    },
    field="state",
    token=lambda draft: draft.version if draft.is_open else None,
    stale_message=edit_conflict_message,
    refusal="这份校核稿{state}，不能再改",
)
