"""Declares the columns and filters that the lists of steps, increases and terminations of projects share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Listing, Parts, RecordPanel, RecordTop
from hunan_trade.lists.filters import ChoicesFilter, DaysFilter, ListFilterSet, RegionFilter
from hunan_trade.ui.component_data import StateKind
from projects.choices import WAITING_STATES, EntryState
from projects.models import Project
from projects.reviewed_entries.models import ReviewedEntry

_STATE_COLOURS: dict[str, StateKind] = {
    **dict.fromkeys(WAITING_STATES, "warn"),
    EntryState.VALID: "ok",
    EntryState.GIVEN_BACK: "bad",
}


class EntryFilter(ListFilterSet):
    city = RegionFilter()
    state = ChoicesFilter()
    effective_on = DaysFilter()


def entry_page_link(listing: str) -> Callable[[Any], str]:
    """Return a function that takes a record of the list `listing` and returns the URL of the record's page."""
    return lambda entry: reverse(f"{listing}:detail", args=[entry.pk])


def _select_related_records(entries: QuerySet[Any]) -> QuerySet[Any]:
    return entries.select_related("project", "city", "entered_by", "decided_by")


def entry_columns(model: type[ReviewedEntry]) -> tuple[Column, ...]:
    """Return the list columns for an entry's state, note, author, decider and, as the last one, decision reason."""
    labels = dict(model._meta.get_field("state").flatchoices)
    return (
        field(model, "state", kind=column_kinds.state(_STATE_COLOURS, labels), sort=()),
        field(model, "note", sort=()),
        Column("entered_by", "登记人", column_kinds.CODE, source="entered_by.name", sort=("entered_by__name",)),
        field(model, "entered_at"),
        Column("decided_by", "处理人", column_kinds.CODE, source="decided_by.name"),
        field(model, "decided_reason", sort=()),
    )


def entry_panel(
    model: type[ReviewedEntry], title: str, first: tuple[Column, ...], *, note: str, empty: tuple[str, str]
) -> RecordPanel:
    """Return the table of a project's `model` records for its page: the columns `first`, then state and decision."""

    def entries_of(project: int) -> Any:
        entries: QuerySet[Any] = model._default_manager.select_related("entered_by", "decided_by")
        return entries.filter(project=project).order_by("pk")

    columns = tuple(replace(column, sort=()) for column in (*first, *entry_columns(model)))
    return RecordPanel(title=title, columns=columns, records=entries_of, note=note, empty=empty)


def entry_listing(
    model: type[ReviewedEntry], subject: tuple[Column, ...], *, reason_shown: bool = False, **settings: Any
) -> Listing:
    """Return the declaration of the list of all `model` records, with the columns `subject` after the project's code.

    `settings` are what else the list declares.
    """
    *standing, reason = entry_columns(model)
    return Listing(
        see=Permission.SEE_FIGURES,
        rows=lambda: _select_related_records(model._default_manager.all()),
        columns=(
            Column(
                "project",
                "项目",
                source="project.name",
                sort=("project__name_order",),
                link=lambda entry: reverse("projects:detail", args=[entry.project.code]),
            ),
            Column("code", "编号", column_kinds.CODE, source="project.code", sort=("project__code",)),
            *subject,
            *standing,
            field(model, "decided_at", default=False),
            replace(reason, default=reason_shown),
        ),
        ordering=("-entered_at",),
        search=("project__name", "project__code"),
        reads=(model, Project, "regions_change", "accounts_change"),
        record_page=RecordTop("projects/_step.html", lambda user, entry: entry.project),
        parts=Parts(search=False),
        **settings,
    )
