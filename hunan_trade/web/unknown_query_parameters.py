"""Refuses requests with query parameters that a page does not know."""

from __future__ import annotations

from django.core.exceptions import BadRequest
from django.http import HttpRequest


def reject_unknown_params(request: HttpRequest, *names: str) -> None:
    """Raise BadRequest if a query parameter is not in `names` or is given twice."""
    for name, values in request.GET.lists():
        if name not in names or len(values) > 1:
            raise BadRequest(f"{name!r} is not asked here")
