"""Views of a list's page and of the parts of it that htmx reloads, such as counts and tabs."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.lists.pages import list_page_contexts, saved_views
from hunan_trade.lists.pages.saved_views import OpenedList
from hunan_trade.web.request_type import PortalRequest

View = Callable[..., HttpResponse]
# What htmx may ask for alone, by the id of the element that it replaces.
PARTS = {"list-block": "lists/_block.html", "list-table": "lists/_table.html"}


def list_view(listing: Listing) -> View:
    """Return the view function of a list's page."""

    @listing.guard
    @require_safe
    def view(request: PortalRequest) -> HttpResponse:
        opened = saved_views.open_list(listing, request.user, request.GET)
        context = list_page_contexts.list_context(opened, path=request.path)
        if opened.query.is_valid:
            return render(request, _template_name(request), context)
        response = render(request, _template_name(request, "list-block"), context, status=400)
        response["HX-Retarget"] = "#list-block"  # the sentences stand beside the fields
        return response

    return view


def summary_view(listing: Listing) -> View:
    """Return the view function of a list's record count, sums and page numbers, which are loaded after the page."""

    @listing.guard
    @require_safe
    def view(request: PortalRequest) -> HttpResponse:
        query = ListQuery(listing, request.user, request.GET)
        path = request.path.removesuffix("summary/")
        context = list_page_contexts.summary_context(query, path=path)
        if _wants_part_of_page(request):
            return render(request, "lists/_summary.html", context)
        return render(
            request, "lists/list.html", list_page_contexts.list_context(OpenedList(query), path=path) | context
        )

    return view


def tabs_view(listing: Listing) -> View:
    """Return the view function of a list's tabs with their record counts, which are loaded after the page."""

    @listing.guard
    @require_safe
    def view(request: PortalRequest) -> HttpResponse:
        opened = saved_views.open_list(listing, request.user, request.GET)
        path = request.path.removesuffix("tabs/")
        return render(request, "lists/_tabs.html", list_page_contexts.tabs_context(opened, path=path))

    return view


def _template_name(request: PortalRequest, part: str = "") -> str:
    if not _wants_part_of_page(request):
        return "lists/list.html"
    return PARTS.get(part or request.htmx.target, "lists/list.html")


def _wants_part_of_page(request: PortalRequest) -> bool:
    return bool(request.htmx) and not request.htmx.history_restore_request
