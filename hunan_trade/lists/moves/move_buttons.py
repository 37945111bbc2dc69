"""Buttons at the top of a record's page, for the moves that the record's state allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Listing, Moves


@dataclass(frozen=True)
class MoveButton:
    """A button that leads to the page of a move, or says why the user may not make the move now."""

    name: str
    label: str
    refusal: str = ""


def move_buttons(listing: Listing, record: Any, user: User) -> tuple[MoveButton, ...]:
    """Return a button for each move from the record's state for which the user has the right."""
    return tuple(button for moves in listing.moves for button in _buttons(moves, record, user))


def _buttons(moves: Moves, record: Any, user: User) -> Iterator[MoveButton]:
    (facts,) = moves.facts([record])
    for name, refusal in moves.workflow.refusals_by_move(facts, user, may=user.may).items():
        if user.may(moves.permission(name)):
            yield MoveButton(name, moves.workflow.moves[name].label, refusal or "")
