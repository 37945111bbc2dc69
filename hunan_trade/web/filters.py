"""Functions that filter lists by query parameters and refuse unknown or invalid parameters."""

from __future__ import annotations

from typing import Any, TypeVar

import django_filters
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest

Filters = TypeVar("Filters", bound=django_filters.FilterSet)


def reject_unknown_params(request: HttpRequest, *names: str) -> None:
    """Raise BadRequest if the query has a parameter that is not in `names`, or a parameter twice."""
    for name, values in request.GET.lists():
        if name not in names or len(values) > 1:
            raise BadRequest(f"{name!r} is not asked here")


def apply_filters(request: HttpRequest, filters: type[Filters], rows: QuerySet[Any]) -> Filters:
    """Return the rows filtered by the request's query parameters, as a filter set.

    Raises BadRequest for unknown or invalid parameters.
    """
    reject_unknown_params(request, "page", *filters.base_filters)
    found: Filters = filters(request.GET, rows)
    if not found.form.is_valid():
        raise BadRequest(f"not to be asked: {', '.join(found.form.errors)}")
    return found
