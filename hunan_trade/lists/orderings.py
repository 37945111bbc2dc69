"""Functions that make the ORM orderings of a list's records from field names."""

from __future__ import annotations

from django.db.models import F
from django.db.models.expressions import OrderBy


def declared_ordering(name: str) -> OrderBy:
    """Return the ORM ordering for a field name; a name with "-" before it sorts descending.

    A relation stands as its key, so that no table is joined for it.
    """
    expression = F(name.removeprefix("-"))
    return expression.desc() if name.startswith("-") else expression.asc()


def null_last_ordering(name: str, descending: bool) -> OrderBy:
    """Return the ORM ordering by a field in which empty values come last, whether ascending or descending."""
    expression = F(name.removeprefix("-"))
    if descending != name.startswith("-"):
        return expression.desc(nulls_last=True)
    return expression.asc(nulls_last=True)
