"""Pagination of the rows of a list page."""

from __future__ import annotations

from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)
SIZE = 25


def paginate(request: HttpRequest, rows: QuerySet[Row], *, size: int = SIZE) -> Page[Row]:
    """Return the page of rows that the query parameter `page` names, or the nearest existing page."""
    page = Paginator(rows, size).get_page(request.GET.get("page"))
    page.object_list = list(page.object_list)
    return page
