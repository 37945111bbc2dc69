"""Declares the workflow that steps, increases and terminations of projects share."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from hunan_trade.accounts.roles import Permission
from hunan_trade.workflow import Guard, Move, Workflow
from projects.choices import EntryState, entry_labels


def _own_entry_refusal(entry: Any, by: Any) -> str | None:
    return "自己登记的由别人确认" if entry.entered_by_id == by.pk else None


def entry_workflow(
    kind: str,
    states: Collection[EntryState],
    waits: Collection[EntryState],
    permission: Permission,
    *,
    confirm: tuple[Guard, ...],
    give_back: tuple[Guard, ...] = (),
    void: tuple[Guard, ...] = (),
    voidable: frozenset[EntryState],
    what_lacks: str,
) -> Workflow:
    """Return the workflow of an entry that another user with `permission` confirms, or that is given back or voided.

    `waits` are the states in which they wait.
    Officers void entries in the states `voidable`. `confirm`, `give_back` and `void` are the guards of these moves
    beside that nobody confirms an own entry; `what_lacks` asks for the reason of giving back. `kind` begins the verbs of
    the events.
    """
    waiting = frozenset(waits)
    return Workflow(
        initial=next(iter(states)),
        labels=entry_labels(states),
        moves={
            "confirm": Move(
                "确认",
                waiting,
                EntryState.VALID,
                permission,
                guards=(_own_entry_refusal, *confirm),
                verb=f"{kind}.confirmed",
            ),
            "give_back": Move(
                "退回",
                waiting,
                EntryState.GIVEN_BACK,
                permission,
                guards=give_back,
                verb=f"{kind}.given_back",
                needs_reason=what_lacks,
            ),
            "void": Move(
                "作废",
                voidable,
                EntryState.VOID,
                Permission.CORRECT_PROJECT,
                guards=void,
                verb=f"{kind}.voided",
                needs_reason="作废要写明原因",
            ),
        },
        field="state",
    )
