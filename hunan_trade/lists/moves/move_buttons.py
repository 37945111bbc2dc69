"""Buttons at the top of a record's page, for the moves that the record's state allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Listing


@dataclass(frozen=True)
class MoveButton:
    """A button that leads to the page of a move, or says why the user may not make the move now."""

    name: str
    label: str
    refusal: str = ""


def move_buttons(listing: Listing, record: Any, user: User) -> tuple[MoveButton, ...]:
    """Return a button for each move from the record's state for which the user has the right."""
    if (moves := listing.moves) is None:
        return ()
    (facts,) = moves.facts([record])
    refusals = moves.workflow.refusals_by_move(facts, user, may=user.may)
    return tuple(
        MoveButton(name, moves.workflow.moves[name].label, refusal or "")
        for name, refusal in refusals.items()
        if user.may(moves.permission(name))
    )
