"""Django views with which readers save their views of a list and choose its columns."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.lists.models import SavedView
from hunan_trade.lists.pages import column_choices, saved_views
from hunan_trade.lists.pages.list_customization_forms import ChangeViewForm, ColumnsForm, QueryForm, SaveViewForm
from hunan_trade.lists.pages.list_views import View
from hunan_trade.web.access_decorators import get_visible
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.workflow import MoveRefused


def save_view_view(listing: Listing) -> View:
    """Return the view function that stores a list's current filters, sort order and columns as a new saved view."""

    @listing.guard
    @require_POST
    def view(request: PortalRequest) -> HttpResponse:
        values, query = _read_form_and_query(SaveViewForm(request.POST), listing, request)
        saved = saved_views.save_view(
            query,
            title=values["title"],
            shared=bool(values["shared"]),
            is_default=bool(values["is_default"]),
            by=request.user,
        )
        messages.success(request, f"视图“{saved}”已存")
        return redirect(f"{_list_url(request)}?view={saved.pk}")

    return view


def change_view_view(listing: Listing) -> View:
    """Return the view function that updates or deletes a saved view, or makes it the default of the user's group."""

    @listing.guard
    @require_POST
    def view(request: PortalRequest, pk: int) -> HttpResponse:
        saved = get_visible(SavedView.objects.of_list(listing.code), request.user, pk=pk)
        values, query = _read_form_and_query(ChangeViewForm(request.POST), listing, request)
        if values["act"] == "delete":
            saved_views.delete_view(saved, by=request.user)
            return redirect(f"{_list_url(request)}{query.all_url}")
        if values["act"] == "update":
            saved_views.update_view(saved, query, by=request.user)
        else:
            saved_views.set_group_default_view(saved, is_default=values["act"] == "default", by=request.user)
        return redirect(f"{_list_url(request)}?view={pk}")

    return view


def choose_columns_view(listing: Listing) -> View:
    """Return the view function that stores which columns of a list the user wants to see."""

    @listing.guard
    @require_POST
    def view(request: PortalRequest) -> HttpResponse:
        keys = [column.key for column in listing.visible_columns(request.user)]
        form = ColumnsForm(request.POST, keys)
        if not form.is_valid():
            raise BadRequest("columns that the list does not have")
        column_choices.store_column_choice(form.chosen_column_keys(), listing=listing.code, by=request.user)
        params = form.params()
        params.pop("columns", None)
        if form.cleaned_data["move"]:
            params["open"] = "columns"
        return redirect(f"{_list_url(request)}?{params.urlencode()}" if params else _list_url(request))

    return view


def _read_form_and_query(form: QueryForm, listing: Listing, request: PortalRequest) -> tuple[dict[str, Any], ListQuery]:
    """Return a posted form's values, and the ListQuery parsed from the form's hidden query string.

    Raises MoveRefused for what a person may mistype.
    """
    if not form.is_valid():
        raise MoveRefused("；".join(str(sentence) for each in form.errors.values() for sentence in each))
    return form.cleaned_data, ListQuery(listing, request.user, form.params())


def _list_url(request: PortalRequest) -> str:
    assert request.resolver_match is not None
    return reverse(f"{request.resolver_match.namespace}:home")
