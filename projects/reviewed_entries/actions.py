"""Creates steps, increases and terminations of projects and stores the decisions on them."""

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
from hunan_trade.lists.record_change_preparation import Outcome
from hunan_trade.text_cleaning import tidy
from projects.counting.project_locks import lock_with_linked_projects
from projects.models import Project
from projects.reviewed_entries.models import EntryQuerySet, ReviewedEntry

Entry = TypeVar("Entry", bound=ReviewedEntry)


def effective_on_form_field(label: str, help_text: str) -> dict[str, forms.Field]:
    """Return a dict with the form field `effective_on`: the day of a project's step, increase or termination."""
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return {"effective_on": forms.DateField(label=label, help_text=help_text, widget=widget)}


def decision_values(by: User, reason: str) -> dict[str, Any]:
    """Return the model fields of a decision: `decided_by` the user, `decided_at` now, `decided_reason` the reason."""
    return {"decided_by": by, "decided_at": clock.now(), "decided_reason": tidy(reason)}


@dataclass(frozen=True)
class EntryKind(Generic[Entry]):
    """Creates and decides one kind of record about projects, such as capital increases, and updates the projects.

    `follow` updates locked projects after their entries have changed: `(keys, by=, reason=)`.
    """

    rows: EntryQuerySet[Entry]
    listing: str
    follow: Callable[..., None]

    def create(self, project: Project, *, by: User, reason: str, **values: Any) -> Entry:
        """Create a record, such as a capital increase, for a locked project, and log user and reason in the history."""
        with open_act(Act.Kind.CREATED, listing=self.listing, by=by, reason=reason):
            return self.rows.create(
                project=project, city_id=project.city_id, note=reason, entered_by=by, entered_at=clock.now(), **values
            )

    def lock_projects(self, entries: Collection[int]) -> list[int]:
        """Lock the projects to which the entries belong, and projects linked as duplicates, before the entries.

        Returns the keys of the entries' own projects.
        """
        owners = sorted(set(self.rows.filter(pk__in=list(entries)).values_list("project", flat=True)))
        lock_with_linked_projects(owners)
        return owners

    @transaction.atomic
    def decide_entries(
        self, moves: Moves, name: str, seen: Mapping[int, int], *, by: User, reason: str, values: Mapping[str, Any]
    ) -> list[Outcome]:
        """Confirm, give back or void several entries, such as capital increases, and update their projects.

        `seen` holds the version of each entry that the user saw.
        """
        rows, given = self.rows.all().visible_to(by), {**decision_values(by, reason), **values}
        projects = self.lock_projects(seen)
        outcomes = record_moves.move_many(
            rows, moves, name, seen, listing=self.listing, by=by, reason=reason, values=given
        )
        self.follow(projects, by=by, reason=reason)
        return outcomes

    @transaction.atomic
    def decide_entry(
        self, moves: Moves, name: str, pk: int, *, by: User, seen: int | None, reason: str, values: Mapping[str, Any]
    ) -> None:
        """Confirm, give back or void one entry of a project, and update the project. Raises Stale and MoveRefused."""
        rows, given = self.rows.all().visible_to(by), {**decision_values(by, reason), **values}
        projects = self.lock_projects([pk])
        record_moves.move_one(
            rows, moves, name, pk, listing=self.listing, by=by, seen=seen, reason=reason, values=given
        )
        self.follow(projects, by=by, reason=reason)
