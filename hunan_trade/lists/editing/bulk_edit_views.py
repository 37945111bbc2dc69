"""Views that prepare a bulk edit of a list, show its preview, and write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from hunan_trade.lists.current_list_url import current_list_url
from hunan_trade.lists.declaration import Editing, Listing
from hunan_trade.lists.editing import bulk_edit
from hunan_trade.lists.editing.bulk_edit_form import BulkEditForm, describe_operations
from hunan_trade.lists.models import Act, BulkEdit
from hunan_trade.lists.pages.chosen_records import chosen_records
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.request_type import PortalRequest

View = Callable[..., HttpResponse]


def prepare_bulk_edit_view(listing: Listing, editing: Editing, *, everything: bool = False) -> View:
    """Return the view function of the form in which the user says how to change the chosen records.

    They are the ticked ones or, with `everything`, all that are filtered.
    """

    @requires(editing.permission)
    def view(request: PortalRequest) -> HttpResponse:
        query, rows = chosen_records(listing, request, everything=everything)
        form = BulkEditForm(listing, request.user, request.POST or None)
        if request.method == "POST" and form.is_valid():
            operations, reason = form.operations(), form.cleaned_data["reason"]
            edit = bulk_edit.prepare(
                listing, rows, by=request.user, operations=operations, reason=reason, query=query.url()
            )
            return redirect(current_list_url(request, "bulk-edit", edit.pk))
        context = {"listing": listing, "query": query, "form": form, "count": rows.count(), "everything": everything}
        context["back_url"] = current_list_url(request, "home") + query.url()
        return render(request, "lists/bulk_choose.html", context)

    return view


def bulk_edit_view(listing: Listing, editing: Editing) -> View:
    """Return the view function that previews a bulk edit, and carries it out on POST.

    Afterwards it says what has become of it.
    """

    @requires(editing.permission)
    def view(request: PortalRequest, pk: int) -> HttpResponse:
        edit = get_object_or_404(BulkEdit, pk=pk, listing=listing.code, by=request.user)
        if request.method == "POST":
            changed = bulk_edit.write(listing, pk, by=request.user)
            messages.success(request, f"已改 {changed:,} {listing.noun}")
            return redirect(current_list_url(request, "bulk-edit", pk))
        return render(request, "lists/bulk_edit.html", _context(request, listing, edit))

    return view


def prepare_bulk_edit_again_view(listing: Listing, editing: Editing) -> View:
    """Return the view function that prepares a bulk edit again for records changed since it was first prepared."""

    @requires(editing.permission)
    @require_POST
    def view(request: PortalRequest, pk: int) -> HttpResponse:
        edit = get_object_or_404(BulkEdit, pk=pk, listing=listing.code, by=request.user)
        again = bulk_edit.prepare_for_changed_records(listing, edit, by=request.user)
        return redirect(current_list_url(request, "bulk-edit", again.pk))

    return view


def _context(request: PortalRequest, listing: Listing, edit: BulkEdit) -> dict[str, Any]:
    acts = Act.objects.filter(listing=listing.code, reference=edit.reference)
    return {
        "listing": listing,
        "edit": edit,
        "preview": bulk_edit.preview(listing, edit, by=request.user),
        "written": bulk_edit.written_count(listing, edit),
        "undone": acts.filter(kind=Act.Kind.UNDONE).first(),
        "phrases": describe_operations(listing, request.user, edit.operations),
        "list_url": current_list_url(request, "home") + edit.query,
        "undo_url": current_list_url(request, "undo", edit.reference),
    }
