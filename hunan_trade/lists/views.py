"""Pages of a list: the whole page, the part of it that is swapped, and its count with sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hunan_trade.lists import table_html
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.web.access import requires
from hunan_trade.web.request import PortalRequest

View = Callable[..., HttpResponse]
# What htmx may ask for alone, by the id of the element that it replaces.
PARTS = {"list-table": "lists/_table.html"}


def list_view(listing: Listing) -> View:
    """Return the view of the list's page."""

    @requires(listing.see)
    @require_safe
    def view(request: PortalRequest) -> HttpResponse:
        query = ListQuery(listing, request.user, request.GET)
        return render(request, _template(request), _page_context(query), status=200 if query.is_valid else 400)

    return view


def summary_view(listing: Listing) -> View:
    """Return the view of the count and sums of what is filtered, which the page asks for by itself."""

    @requires(listing.see)
    @require_safe
    def view(request: PortalRequest) -> HttpResponse:
        query = ListQuery(listing, request.user, request.GET)
        count = query.rows.count()
        sums = listing.summary(query.rows) if listing.summary else ""
        return render(request, "lists/_summary.html", {"query": query, "count": count, "sums": sums})

    return view


def _template(request: PortalRequest) -> str:
    htmx = request.htmx
    alone = htmx and not htmx.history_restore_request
    return PARTS.get(htmx.target, "lists/list.html") if alone else "lists/list.html"


def _page_context(query: ListQuery) -> dict[str, Any]:
    records, more = query.page_records()
    return {
        "listing": query.listing,
        "query": query,
        "actions": query.listing.visible_actions(query.user),
        "form": (form := query.filterset.form),
        "facets": [field for field in form if field.name != "q"],
        "headings": table_html.heading_cells(query),
        "body": table_html.body(query.columns, records),
        "shown": len(records),
        "previous_url": query.page_url(query.page_number - 1) if query.page_number > 1 else "",
        "next_url": query.page_url(query.page_number + 1) if more else "",
    }
