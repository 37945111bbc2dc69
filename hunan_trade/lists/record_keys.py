"""Functions about the keys that identify a list's records in URLs, in files and in the API.

A key is the record's primary key or, where `Listing.key` says so, its code, which never changes. Its pattern is that of
the check constraint on the code's field. The database, jobs and actions know records by their primary keys alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from django.db import models
from django.http import Http404
from django.urls import register_converter
from django.urls.converters import StringConverter, get_converters

from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.history.history_models import find_history_model

Key = int | str


def key_of(listing: Listing, record: Any) -> Key:
    """Return the key of a record, or of one of its versions, that URLs and files use: its code or its primary key."""
    key: Key = getattr(record, listing.key)
    return key


def keys_of(listing: Listing, pks: Collection[int]) -> dict[int, Key]:
    """Return a dict from each of these primary keys to the record's public key (as in URLs), deleted records too."""
    found = {pk: pk for pk in pks} if listing.key == "pk" else _map_field_values(listing, "pk", listing.key, pks)
    return {pk: found[pk] for pk in pks if pk in found}


def pks_of(listing: Listing, keys: Collection[Key]) -> dict[Key, int]:
    """Return a dict from each of these public keys (as in URLs) to the record's primary key, deleted records too."""
    return (
        {key: int(key) for key in keys} if listing.key == "pk" else _map_field_values(listing, listing.key, "pk", keys)
    )


def pk_of(listing: Listing, key: Key) -> int:
    """Return the primary key of the record with this public key, deleted or not; raise Http404 for an unknown code."""
    try:
        return pks_of(listing, [key])[key]
    except KeyError:
        raise Http404 from None


def _map_field_values(listing: Listing, given: str, wanted: str, values: Collection[Any]) -> dict[Any, Any]:
    """Return a dict from each value in field `given` to the same record's value in `wanted`, deleted records too."""
    standing = listing.model._base_manager.filter(**{f"{given}__in": values})
    found = dict(standing.values_list(given, wanted))
    if listing.has_history and (missing := set(values) - found.keys()):
        deletions = find_history_model(listing.model).objects.filter(is_deletion=True, **{f"{given}__in": missing})
        found |= dict(deletions.order_by("version").values_list(given, wanted))
    return found


# --- The pattern ----------------------------------------------------------------------------------------------------
def key_url_pattern(listing: Listing) -> str:
    """Return the part of a URL pattern that matches a record's key, such as <int:pk> or <projects_code:pk>."""
    if listing.key == "pk":
        return "<int:pk>"
    name = f"{listing.code}_{listing.key}"
    if name not in get_converters():
        register_converter(type(name, (StringConverter,), {"regex": key_pattern(listing)}), name)
    return f"<{name}:pk>"


def matches_key_pattern(listing: Listing, text: str) -> bool:
    """Return whether a text has the form of a public key of the list; the record need not exist."""
    return re.fullmatch(key_pattern(listing), text) is not None


def key_pattern(listing: Listing) -> str:
    """Return a regular expression for the public keys of the list's records, without ^ and $."""
    if listing.key == "pk":
        return "[0-9]{1,18}"
    field: Any = listing.model._meta.get_field(listing.key)
    if not (pattern := pattern_of_check_constraint(field)):
        raise ValueError(f"{listing.code}: no check constraint says how a {listing.key} is written")
    return pattern.removeprefix("^").removesuffix("$")


def pattern_of_check_constraint(field: models.Field[Any, Any]) -> str:
    """Return the regular expression that a check constraint demands of this field; "" if there is none."""
    for rule in field.model._meta.constraints:
        condition = getattr(rule, "condition", None)
        if isinstance(rule, models.CheckConstraint) and isinstance(condition, models.Q) and len(condition) == 1:
            (child,) = condition.children
            if isinstance(child, tuple) and child[0] == f"{field.name}__regex" and not condition.negated:
                return str(child[1])
    return ""
