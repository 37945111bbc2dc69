"""Changes the state of a row as its workflow allows, and records the change as an audit event.

    move(MonthlyReturn.objects, pk, "hand_back", RETURN, by=user, seen=4, reason="再核对", note="再核对")

Where work lies between the guards and the saving, an action takes the steps one by one:

    report = lock(Report.objects, pk)
    issuing = allow(report, "issue", REPORT, by=user, seen=seen)
    issuing.save(number=next_number(report))
    issuing.record(after={"number": report.number})

All of it belongs into the action's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from django.db import models

from hunan_trade.audit.actions import Actor, record
from hunan_trade.text_cleaning import tidy
from hunan_trade.workflow import Move, MoveRefused, Workflow

Row = TypeVar("Row", bound=models.Model)


class Mover(Actor, Protocol):
    """Interface of a user or other actor whose permissions can be checked."""

    def may(self, permission: str, /) -> bool: ...


@dataclass(frozen=True)
class AllowedMove(Generic[Row]):
    """A state change that has been checked and is still to be saved, with the row that it changes."""

    row: Row
    name: str
    workflow: Workflow
    by: Mover
    reason: str

    @property
    def move(self) -> Move:
        """The workflow's `Move` object that declares this state change."""
        return self.workflow.moves[self.name]

    def check_not_stale(self, seen: object) -> None:
        """Raise Stale if the row has changed since the user's page showed the row.

        `seen` is the row's token as the page showed it.

        For actions that know it only under the lock.
        """
        self.workflow.check_not_stale(self.name, self.row, seen, self.by)

    def save_row_with_new_state(self, **set_: Any) -> Row:
        """Save the row in its new state, together with the new field values in `set_`.

        Increments the row's `version` if the row has one.
        """
        for field, value in set_.items():
            setattr(self.row, field, value)
        if self.move.target:
            setattr(self.row, self.workflow.field, self.move.target)
        if hasattr(self.row, "version"):
            self.row.version += 1
        self.row.save()
        return self.row

    def record(
        self,
        verb: str = "",
        *,
        about: models.Model | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Record the audit event of the state change.

        The event is about the row `about` if given, else about the changed row.
        """
        subject = about or self.row
        record(
            verb or self.move.verb,
            by=self.by,
            subject=subject,
            region=getattr(subject, "region_id", ""),
            before=before,
            after=after,
            reason=self.reason,
        )


def lock_row(rows: models.QuerySet[Row], pk: object) -> Row:
    """Read the row with the primary key `pk`, lock it until the transaction ends, and return it.

    An action goes on with this one, not with what the page had. Whoever refers to the row by a foreign key does not wait:
    keys never change.
    """
    return rows.select_for_update(of=("self",), no_key=True).get(pk=pk)


def check_state_change(
    row: Row, name: str, workflow: Workflow, *, by: Mover, seen: object, reason: str = "", facts: object = None
) -> AllowedMove[Row]:
    """Check whether a row's state may be changed, and return the change as an AllowedMove that is still to be saved.

    `name` is the name of the workflow's move.

    Raises Stale, and MoveRefused with a sentence for the user.

    `seen`: the row's token as the page showed it, None where nothing of the row was shown. `facts`: what the guards
    look at; the row itself where it is left out.
    """
    workflow.check_not_stale(name, row, seen, by)
    move = workflow.check(name, row if facts is None else facts, by, may=by.may)
    reason = tidy(reason)
    if move.needs_reason and not reason:
        raise MoveRefused(move.needs_reason)
    return AllowedMove(row, name, workflow, by, reason)


def change_state(
    rows: models.QuerySet[Row],
    pk: object,
    name: str,
    workflow: Workflow,
    *,
    by: Mover,
    seen: object,
    reason: str = "",
    facts: Callable[[Row], object] | None = None,
    after: Callable[[Row], Mapping[str, Any]] | None = None,
    **set_: Any,
) -> Row:
    """Change a row's state by the workflow transition `name`, and record the change as an audit event.

    Locks and checks the row, and saves it with `set_` as values of further fields.

    `facts` computes what the guards look at from the locked row, `after` what the event says of the saved one.
    """
    row = lock_row(rows, pk)
    allowed = check_state_change(
        row, name, workflow, by=by, seen=seen, reason=reason, facts=facts(row) if facts else None
    )
    allowed.save_row_with_new_state(**set_)
    allowed.record(after=after(row) if after else None)
    return row
