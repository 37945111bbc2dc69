"""Declares the moves by which officers confirm, reject or merge possible duplicates, or withdraw a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hunan_trade.accounts.roles import Permission
from hunan_trade.workflow import Guard, Move, Workflow
from projects.choices import LINKED_STATES, PairState


@dataclass(frozen=True)
class PairFacts:
    """The state of a pair of projects, and the codes of those of the two that were merged into a third project."""

    state: str
    merged_codes: tuple[str, ...] = ()


def _already_merged_refusal(pair: Any, by: Any) -> str | None:
    return f"{pair.merged_codes[0]} 已并入别的项目，先撤销那一次认定" if pair.merged_codes else None


def _decision_move(label: str, sources: tuple[PairState, ...], target: PairState, verb: str, *guards: Guard) -> Move:
    return Move(
        label,
        frozenset(sources),
        target,
        Permission.MERGE_PROJECT,
        guards=guards,
        verb=f"duplicate.{verb}",
        needs_reason="写明依据，如核对了哪份合同",
    )


_MERGEABLE = (PairState.WAITING, PairState.SAME)
PAIR = Workflow(
    initial=PairState.WAITING,
    labels={state.value: str(state.label) for state in PairState},
    moves={
        "confirm_same": _decision_move("认定为同一项目", (PairState.WAITING,), PairState.SAME, "confirmed"),
        "confirm_different": _decision_move("认定为不同项目", (PairState.WAITING,), PairState.DIFFERENT, "refuted"),
        "merge_second": _decision_move(
            "将后一个并入前一个", _MERGEABLE, PairState.SECOND_MERGED, "merged", _already_merged_refusal
        ),
        "merge_first": _decision_move(
            "将前一个并入后一个", _MERGEABLE, PairState.FIRST_MERGED, "merged", _already_merged_refusal
        ),
        "withdraw": _decision_move("撤销认定", (*LINKED_STATES, PairState.DIFFERENT), PairState.WAITING, "withdrawn"),
    },
    field="state",
    refusal="“{state}”时不能{move}",
)
