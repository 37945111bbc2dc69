"""Buttons on a record's page for the state changes that the record's present state allows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Listing, Moves


@dataclass(frozen=True)
class MoveButton:
    """A button that opens the page for changing a record's state, or the reason why the user cannot do so now.

    With `is_explained` the page says the reason elsewhere.
    """

    name: str
    label: str
    refusal: str = ""
    is_explained: bool = False


def move_buttons(listing: Listing, record: Any, user: User, explained: Collection[str] = ()) -> tuple[MoveButton, ...]:
    """Return a button for each state change that the record's state allows and that the user has the permission for.

    `explained` are the names of the moves of which the page says elsewhere why they are refused.
    """
    return tuple(button for moves in listing.moves for button in _buttons(moves, record, user, explained))


def _buttons(moves: Moves, record: Any, user: User, explained: Collection[str]) -> Iterator[MoveButton]:
    (facts,) = moves.facts([record])
    for name, refusal in moves.workflow.refusals_by_move(facts, user, may=user.may).items():
        if user.may(moves.permission(name)):
            yield MoveButton(name, moves.workflow.moves[name].label, refusal or "", name in explained)
