"""Functions that preview and make the same change of workflow state for many records of a list.

The preview says which records can move and why others cannot. Those that can are moved together or not at all, but for
one that somebody has changed since: it is left, and the user is told.
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
from hunan_trade.lists.record_change_preparation import Outcome
from hunan_trade.lists.record_keys import Key, key_of, pks_of
from hunan_trade.workflow import MoveRefused

CHANGED_SINCE = ("stale", "unknown", "deleted")  # problems of records that changed or went away since the preview


class NothingMoved(MoveRefused):
    """Raised when a state change of many records is refused as a whole, with a sentence for each reason."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("；".join(sentences))
        self.sentences = tuple(sentences)


@dataclass(frozen=True)
class MoveLine:
    """A record in the preview of a bulk state change, with its state and, if it is refused, the reason."""

    key: Key
    name: str
    state: str
    why: str


@dataclass(frozen=True)
class MovePreview:
    """A preview of a bulk state change: how many records can and cannot be changed, with details of the first ones.

    `versions` are the keys and versions of the movable records, as the page sends them back.
    """

    movable: int
    refused: int
    lines: tuple[MoveLine, ...]
    versions: str

    @property
    def count(self) -> int:
        """Number of all chosen records."""
        return self.movable + self.refused

    @property
    def more(self) -> int:
        """Number of chosen records that the preview counts but does not list."""
        return self.count - len(self.lines)


def load_records(listing: Listing, rows: QuerySet[Any]) -> list[Any]:
    """Return the records chosen for a state change; raise MoveRefused if there are more than MAX_RECORDS."""
    records = list(rows.order_by("pk")[: MAX_RECORDS + 1])
    if len(records) > MAX_RECORDS:
        raise MoveRefused(f"一次最多办 {MAX_RECORDS:,} {listing.noun}。加条件筛选后分几次办")
    return records


def preview(listing: Listing, moves: Moves, name: str, records: Sequence[Any], *, by: User) -> MovePreview:
    """Return a preview of the state change `name` for these records, without changing any of them."""
    pairs = list(zip(records, moves.refusal_reasons(name, records, by), strict=True))
    movable = [record for record, why in pairs if not why]
    lines = sorted(pairs, key=lambda pair: not pair[1])[:SHOWN_LINES]
    return MovePreview(
        movable=len(movable),
        refused=len(records) - len(movable),
        lines=tuple(MoveLine(key_of(listing, each), str(each), moves.state_label(each), why) for each, why in lines),
        versions=" ".join(f"{key_of(listing, record)}:{record.version}" for record in movable),
    )


@transaction.atomic
def move_records(
    listing: Listing,
    moves: Moves,
    name: str,
    versions: Mapping[Key, int],
    *,
    by: User,
    reason: str,
    values: Mapping[str, Any],
) -> tuple[int, list[str]]:
    """Change the state of many records; return how many were changed, and why each of the others was skipped.

    Raises NothingMoved where one is refused that nobody has changed since, or none is left to move.
    """
    assert moves.make_many is not None
    pks = pks_of(listing, versions)
    found = listing.visible_rows(by).in_bulk(set(pks.values()))
    seen = {pk: versions[key] for key, pk in pks.items() if pk in found}
    outcomes = moves.make_many(seen=seen, name=name, by=by, reason=reason, **values) if seen else ()
    refused = [each for each in outcomes if each.refused and each.problem not in CHANGED_SINCE]
    left = [refusal_text(each) for each in outcomes if each.problem in CHANGED_SINCE]
    if missing := len(versions) - len(seen):
        left.append(f"{missing:,} {listing.noun}已经删除，或不在您的范围内")
    moved = sum(not each.refused for each in outcomes)
    if refused or not moved:
        raise NothingMoved([_refusal_sentence(found, each) for each in refused] or left)
    return moved, left


def _refusal_sentence(records: Mapping[int, Any], outcome: Outcome) -> str:
    return f"“{records.get(outcome.pk or 0)}”：{refusal_text(outcome)}"
