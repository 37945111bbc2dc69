"""Declares how projects join and leave a batch of major projects in Xiangnan."""

from __future__ import annotations

from typing import Any

from hunan_trade.accounts.roles import Permission
from hunan_trade.workflow import Move, Workflow
from projects.choices import BatchState
from projects.duplicates.merged_project_refusals import merged_project_refusal


def _terminated_refusal(entrant: Any, by: Any) -> str | None:
    return "项目已终止，不再列入批次" if entrant.is_terminated else None


def _low_investment_refusal(entrant: Any, by: Any) -> str | None:
    fault: str | None = entrant.low_investment_error
    return fault


PROJECT_BATCH = Workflow(
    initial=BatchState.UNLISTED,
    labels={state.value: str(state.label) for state in BatchState},
    moves={
        "join_batch": Move(
            "列入批次",
            frozenset({BatchState.UNLISTED}),
            "",
            Permission.KEEP_BATCHES,
            guards=(merged_project_refusal, _terminated_refusal, _low_investment_refusal),
            verb="batch.joined",
        ),
        "leave_batch": Move(
            "退出批次",
            frozenset({BatchState.LISTED}),
            "",
            Permission.KEEP_BATCHES,
            verb="batch.left",
            needs_reason="写明为什么退出",
        ),
    },
    field="batch_state",
    refusal="项目{state}，不能{move}",
)
