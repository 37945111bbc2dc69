"""Views that move many records of a list to another state: choosing the move, preview and reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from hunan_trade.lists.declaration import Listing, Moves
from hunan_trade.lists.editing.bulk_views import chosen_records
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.lists.moves import bulk_moves
from hunan_trade.lists.moves.move_form import BulkMoveForm
from hunan_trade.lists.page_address import page_address
from hunan_trade.web.access import requires
from hunan_trade.web.request import PortalRequest

View = Callable[..., HttpResponse]
TOLD = 5  # sentences about records that were left


def choose_move_view(listing: Listing, moves: Moves, *, everything: bool = False) -> View:
    """Return the view function that offers the moves of chosen records, each with how many of them can be moved.

    They are the ticked ones or, with `everything`, all that are filtered.
    """

    @requires(*dict.fromkeys(moves.permission(name) for name in moves.bulk))
    @require_safe
    def view(request: PortalRequest) -> HttpResponse:
        query, rows = chosen_records(listing, request, everything=everything)
        names = listing.bulk_moves(request.user)
        previews = [(name, bulk_moves.preview(listing, name, rows, by=request.user)) for name in names]
        choices = [(moves.workflow.moves[name].label, f"{name}/", found) for name, found in previews]
        context = _context(request, listing, query, everything) | {"choices": choices, "count": rows.count()}
        return render(request, "lists/bulk_moves.html", context)

    return view


def bulk_move_view(listing: Listing, moves: Moves, name: str, *, everything: bool = False) -> View:
    """Return the view function that previews a move of chosen records, and makes the move when posted."""

    @requires(moves.permission(name), by_person=name in moves.by_person)
    def view(request: PortalRequest) -> HttpResponse:
        query, rows = chosen_records(listing, request, everything=everything)
        form = BulkMoveForm(listing, name, request.user, request.POST if request.method == "POST" else None)
        against = _make(request, listing, name, form) if form.is_valid() else ()
        if form.is_valid() and not against:
            return redirect(page_address(request, "home") + query.url())
        context = _context(request, listing, query, everything) | {
            "move": moves.workflow.moves[name],
            "preview": bulk_moves.preview(listing, name, rows, by=request.user),
            "form": form,
            "against": against,
        }
        return render(request, "lists/bulk_move.html", context, status=409 if against else 200)

    return view


def _make(request: PortalRequest, listing: Listing, name: str, form: BulkMoveForm) -> tuple[str, ...]:
    """Make the move and tell what was left; return the sentences that stand against the move."""
    shown: Mapping[str, int] = form.cleaned_data["shown"]
    try:
        moved, left = bulk_moves.move_shown(
            listing, name, shown, by=request.user, reason=form.reason, values=form.values
        )
    except bulk_moves.NothingMoved as refused:
        return refused.sentences
    except ValidationError as wrong:
        form.refuse(wrong)
        return ()
    assert listing.moves is not None
    messages.success(request, f"已{listing.moves.workflow.moves[name].label} {moved:,} {listing.noun}")
    if left:
        more = f"……共 {len(left):,} 条" if len(left) > TOLD else ""
        messages.warning(request, f"没有办的：{'；'.join(left[:TOLD])}{more}。")
    return ()


def _context(request: PortalRequest, listing: Listing, query: ListQuery, everything: bool) -> dict[str, Any]:
    assert listing.moves is not None
    return {
        "listing": listing,
        "title": listing.moves.bulk_title,
        "query": query,
        "everything": everything,
        "address": f"?{request.GET.urlencode()}",
        "home": page_address(request, "home"),
        "back_url": page_address(request, "home") + query.url(),
    }
