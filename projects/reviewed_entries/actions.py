"""Enters steps, increases and terminations of projects, and decides on them: what the three have in common."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django import forms
from django.db import transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Moves
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.models import Act
from hunan_trade.lists.moves import record_moves
from hunan_trade.lists.record_drafts import Outcome
from hunan_trade.text_cleaning import tidy
from projects.counting.project_locks import lock_to_judge
from projects.models import Project
from projects.reviewed_entries.models import EntryQuerySet, ReviewedEntry

Entry = TypeVar("Entry", bound=ReviewedEntry)


def day_field(label: str, help_text: str) -> dict[str, forms.Field]:
    """Return the form field that asks for the day of an entry."""
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return {"effective_on": forms.DateField(label=label, help_text=help_text, widget=widget)}


def decision_values(by: User, reason: str) -> dict[str, Any]:
    """Return the values of an entry that somebody decides on now."""
    return {"decided_by": by, "decided_at": clock.now(), "decided_reason": tidy(reason)}


@dataclass(frozen=True)
class EntryKind(Generic[Entry]):
    """The entries of a list. `follow` writes to locked projects what follows from their entries: `(keys, by=, reason=)`."""

    rows: EntryQuerySet[Entry]
    listing: str
    follow: Callable[..., None]

    def create(self, project: Project, *, by: User, reason: str, **values: Any) -> Entry:
        """Create the entry of a locked project, as an act of its own."""
        with open_act(Act.Kind.CREATED, listing=self.listing, by=by, reason=reason):
            return self.rows.create(
                project=project, city_id=project.city_id, note=reason, entered_by=by, entered_at=clock.now(), **values
            )

    def lock_projects(self, entries: Collection[int]) -> list[int]:
        """Lock the projects of some entries and all that are judged along with them, before the entries themselves.

        Returns the keys of the entries' own projects.
        """
        owners = sorted(set(self.rows.filter(pk__in=list(entries)).values_list("project", flat=True)))
        lock_to_judge(owners)
        return owners

    @transaction.atomic
    def decide_many(
        self, moves: Moves, name: str, seen: Mapping[int, int], *, by: User, reason: str, values: Mapping[str, Any]
    ) -> list[Outcome]:
        """Make a move on entries of which the user saw these versions, and let their projects follow."""
        rows, given = self.rows.all().visible_to(by), {**decision_values(by, reason), **values}
        projects = self.lock_projects(seen)
        outcomes = record_moves.move(rows, moves, name, seen, listing=self.listing, by=by, reason=reason, values=given)
        self.follow(projects, by=by, reason=reason)
        return outcomes

    @transaction.atomic
    def decide(
        self, moves: Moves, name: str, pk: int, *, by: User, seen: int | None, reason: str, values: Mapping[str, Any]
    ) -> None:
        """Make a move on one entry, and let its project follow. Raises Stale and MoveRefused."""
        rows, given = self.rows.all().visible_to(by), {**decision_values(by, reason), **values}
        projects = self.lock_projects([pk])
        record_moves.move_one(
            rows, moves, name, pk, listing=self.listing, by=by, seen=seen, reason=reason, values=given
        )
        self.follow(projects, by=by, reason=reason)
