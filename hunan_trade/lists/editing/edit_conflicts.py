"""Describes the fields of a record that two users changed at the same time, with both values to choose from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.editing.record_form import RecordForm
from hunan_trade.lists.history import timeline
from hunan_trade.lists.history.timeline import NOBODY


@dataclass(frozen=True)
class ConflictingField:
    """A field that two users have changed: its text when the form was opened, the stored text and the typed text.

    `base` is None where the opened version is not known. `who`, `at` and `reason` are of the other's last change of the
    field. `choice` is "base", "theirs" or "mine"; "" until the user has chosen.
    """

    name: str
    label: str
    unit: str
    base: str | None
    theirs: str
    mine: str
    who: str
    at: datetime | None
    reason: str
    choice: str
    field_id: str


def versions_by_number(listing: Listing, key: int, user: User) -> Mapping[int, Any]:
    """Return all versions of a record in a dict by version number; {} if the list keeps no history."""
    if not listing.has_history:
        return {}
    return {version.version: version for version in timeline.versions_of(listing, key, user)}


def conflicting_fields(
    form: RecordForm, names: Collection[str], row: Any, versions: Mapping[int, Any], opened: int
) -> tuple[ConflictingField, ...]:
    """Return, for each field in `names`, its text when the form was opened, as stored now and as the user typed it.

    `row` is the record as it stands, `opened` the number of the version that the user's page showed.
    """
    if not names:
        return ()
    base, theirs = versions.get(opened), form.row_texts(row)
    base_texts = form.row_texts(base) if base is not None else {}
    found = []
    for name in names:
        label = str(form.fields[name].label)
        act = _act_that_last_changed_field(name, [versions[number] for number in sorted(versions) if number >= opened])
        found.append(
            ConflictingField(
                name,
                label,
                getattr(form.fields[name], "unit", ""),
                base_texts.get(label),
                theirs[label],
                form.typed_texts.get(label, ""),
                act.by_name if act else NOBODY,
                act.at if act else None,
                act.reason if act else "",
                form.conflict_choices.get(name, ""),
                form[name].auto_id,
            )
        )
    return tuple(found)


def _act_that_last_changed_field(name: str, versions: Sequence[Any]) -> Any:
    """Return the `Act` (who, when, why) that last changed the field in these versions; None if none did."""
    attribute = versions[0]._meta.get_field(name).attname if versions else ""
    for before, after in reversed(list(pairwise(versions))):
        if getattr(before, attribute) != getattr(after, attribute):
            return after.act
    return None
