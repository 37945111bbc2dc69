"""Functions that find who last changed the fields in which a file and the register differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.history.history_models import find_history_model
from hunan_trade.lists.history.timeline import NOBODY
from hunan_trade.lists.models import Act
from hunan_trade.ui.templatetags.portal import moment

_LABELLED = {Act.Kind.IMPORTED, Act.Kind.BULK, Act.Kind.LOADED, Act.Kind.UNDONE}  # other ways go without a word


def with_last_changes(listing: Listing, changes: Sequence[Mapping[str, Any]], user: User) -> list[dict[str, Any]]:
    """Return the changes an import would make, each with a text that says who last changed the field and when.

    `changed_by` is "" where only the file changed the field, or the list keeps no history. One query reads all.
    """
    asked = [change for change in changes if change["is_open"]] if listing.has_history else []
    last = _last_changes(listing, {change["record"] for change in asked}, {change["column"] for change in asked}, user)
    return [
        {**change, "changed_by": last.get((change["record"], change["column"]), "") if change["is_open"] else ""}
        for change in changes
    ]


def _last_changes(listing: Listing, keys: set[int], columns: set[str], user: User) -> dict[tuple[int, str], str]:
    """Return, by record id and field name, a text that says who last changed the field and when."""
    if not keys:
        return {}
    names = sorted(columns)
    attributes = [listing.model._meta.get_field(name).attname for name in names]  # type: ignore[union-attr]
    versions = find_history_model(listing.model).objects.filter(id__in=keys).visible_to(user).order_by("id", "version")
    found: dict[tuple[int, str], str] = {}
    before: tuple[int, list[Any]] = (0, [])
    for key, who, kind, at, *values in versions.values_list(
        "id", "act__by_name", "act__kind", "valid_from", *attributes
    ):
        for at_column, name in enumerate(names):
            if before[0] != key or before[1][at_column] != values[at_column]:
                found[key, name] = f"{who or NOBODY} {moment(at)}{Act.Kind(kind).label if kind in _LABELLED else ''}"
        before = key, values
    return found
