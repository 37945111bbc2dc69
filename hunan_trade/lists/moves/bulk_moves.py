"""Functions that preview and make a move of many records of a list, as one act.

The preview says which records can move and why others cannot. Those shown as movable are moved together or not at all;
one that somebody has changed since is told and left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Listing, Moves
from hunan_trade.lists.editing.bulk_edit import MAX_RECORDS, SHOWN_LINES
from hunan_trade.lists.moves.record_moves import refusal_text
from hunan_trade.lists.record_drafts import Outcome
from hunan_trade.lists.record_keys import Key, key_of
from hunan_trade.workflow import MoveRefused

LEFT = ("stale", "unknown", "deleted")  # problems of records that changed or went away since the preview


class NothingMoved(Exception):
    """Raised with a sentence for each record that stands against a move of many."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("；".join(sentences))
        self.sentences = tuple(sentences)


@dataclass(frozen=True)
class MoveLine:
    """A record in the preview of a move of many, with its state and why it cannot move; "" if it can."""

    key: Key
    name: str
    state: str
    why: str


@dataclass(frozen=True)
class MovePreview:
    """What a move of many would do, as numbers of records, and a line for each of the first, those refused foremost.

    `shown` are the keys and versions of the movable ones, as the page sends them back.
    """

    movable: int
    refused: int
    lines: tuple[MoveLine, ...]
    shown: str

    @property
    def count(self) -> int:
        """Number of all chosen records."""
        return self.movable + self.refused

    @property
    def more(self) -> int:
        """Number of records that have no line in the preview."""
        return self.count - len(self.lines)


def preview(listing: Listing, name: str, rows: QuerySet[Any], *, by: User) -> MovePreview:
    """Return what the move would do to these records. Raises MoveRefused for more than MAX_RECORDS."""
    moves = _moves_of(listing)
    records = list(rows.order_by("pk")[: MAX_RECORDS + 1])
    if len(records) > MAX_RECORDS:
        raise MoveRefused(f"一次最多办 {MAX_RECORDS:,} {listing.noun}。加条件筛选后分几次办")
    refusals = moves.refusals(name, records, by)
    pairs = list(zip(records, refusals, strict=True))
    movable = [record for record, why in pairs if not why]
    shown = sorted(pairs, key=lambda pair: not pair[1])[:SHOWN_LINES]
    states, field = moves.workflow.labels, moves.workflow.field
    return MovePreview(
        movable=len(movable),
        refused=len(records) - len(movable),
        lines=tuple(MoveLine(key_of(listing, r), str(r), states[getattr(r, field)], why) for r, why in shown),
        shown=" ".join(f"{key_of(listing, record)}:{record.version}" for record in movable),
    )


@transaction.atomic
def move_shown(
    listing: Listing, name: str, shown: Mapping[str, int], *, by: User, reason: str, values: Mapping[str, Any]
) -> tuple[int, tuple[str, ...]]:
    """Move the records that a preview showed as movable; return how many, and a sentence for each that was left.

    Raises NothingMoved where one is refused that nobody has changed since, or none is left to move.
    """
    make_many = _moves_of(listing).make_many
    assert make_many is not None
    rows = listing.visible_rows(by).filter(**{f"{listing.key}__in": shown})
    found = {record.pk: record for record in rows}
    seen = {pk: shown[str(key_of(listing, record))] for pk, record in found.items()}
    outcomes = make_many(seen=seen, name=name, by=by, reason=reason, **values) if seen else ()
    refused = [each for each in outcomes if each.refused and each.problem not in LEFT]
    left = (*(refusal_text(each) for each in outcomes if each.problem in LEFT), *_missing(listing, shown, found))
    moved = sum(not each.refused for each in outcomes)
    if refused or not moved:
        raise NothingMoved([_sentence(found, each) for each in refused] or left)
    return moved, left


def _moves_of(listing: Listing) -> Moves:
    assert listing.moves is not None, f"{listing.code} has no moves"
    return listing.moves


def _sentence(records: Mapping[int, Any], outcome: Outcome) -> str:
    return f"“{records.get(outcome.pk or 0)}”：{refusal_text(outcome)}"


def _missing(listing: Listing, shown: Mapping[str, int], found: Mapping[int, Any]) -> list[str]:
    """Return a sentence if some of the shown records are not in the user's sight any more."""
    count = len(shown) - len(found)
    return [f"{count:,} {listing.noun}已经删除，或不在您的范围内"] if count else []
