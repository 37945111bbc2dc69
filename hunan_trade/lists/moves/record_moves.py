"""Functions that change the workflow state of many records at once and write one audit event for all of them.

An app whose records have their state in a field of their own makes its two actions of them (docs/lists.md). Where more
follows from a move than the record's own fields, the action is the app's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from hunan_trade.accounts.models import User
from hunan_trade.lists import record_writing
from hunan_trade.lists.declaration import Moves
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import WHOLE, Outcome, RecordChange
from hunan_trade.text_cleaning import tidy
from hunan_trade.workflow import MoveRefused, Stale


def move_many(
    rows: QuerySet[Any],
    moves: Moves,
    name: str,
    seen: Mapping[int, int],
    *,
    listing: str,
    by: User,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
    judge: record_writing.Judge = record_writing.find_no_errors,
) -> list[Outcome]:
    """Make the state change `name` on many records; return each record's outcome in the order of primary keys.

    `values` are written to fields of the records, `judge` objects to them by field of the move. Records that the move is refused for are left as they are; whoever
    wants all or nothing rolls back. Raises MoveRefused where the reason is missing.
    """
    declared, reason = moves.workflow.moves[name], tidy(reason)
    if declared.needs_reason and not reason:
        raise MoveRefused(declared.needs_reason)
    written = {moves.workflow.field: declared.target} if declared.target else {}
    changes = [RecordChange({**written, **(values or {})}, pk, version) for pk, version in sorted(seen.items())]

    def refusal_sentences(locked: Sequence[Any]) -> list[str]:
        return [why and f"{why}。" for why in moves.refusal_reasons(name, locked, by)]

    kind, verb = Act.Kind.MOVED, declared.verb
    return record_writing.write_changes(
        rows, changes, listing=listing, by=by, kind=kind, reason=reason, guard=refusal_sentences, judge=judge, verb=verb
    )


@transaction.atomic
def move_one(
    rows: QuerySet[Any],
    moves: Moves,
    name: str,
    pk: int,
    *,
    listing: str,
    by: User,
    seen: int | None,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
) -> None:
    """Make the state change `name` on one record; raise Stale, MoveRefused or ValidationError if it is refused."""
    (outcome,) = move_many(rows, moves, name, {pk: seen or 0}, listing=listing, by=by, reason=reason, values=values)
    raise_refusal(outcome)


def raise_refusal(outcome: Outcome) -> None:
    """Raise Stale, MoveRefused or ValidationError if the requested change of a record was refused."""
    if outcome.problem in ("stale", "deleted"):
        raise Stale(refusal_text(outcome))
    if WHOLE in outcome.errors:
        raise MoveRefused(refusal_text(outcome))
    if outcome.refused:
        raise ValidationError({field: list(sentences) for field, sentences in outcome.errors.items()})


def refusal_text(outcome: Outcome) -> str:
    """Return the error messages of a refused change as one text, without the full stop at the end."""
    return "".join(sentence for each in outcome.errors.values() for sentence in each).removesuffix("。")
