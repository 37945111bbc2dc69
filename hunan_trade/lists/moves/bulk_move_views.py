"""Views in which a user chooses a state change for many records, sees its preview, and makes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from hunan_trade.lists.current_list_url import current_list_url
from hunan_trade.lists.declaration import Listing, Moves
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.lists.moves import bulk_moves
from hunan_trade.lists.moves.move_form import BulkMoveForm
from hunan_trade.lists.pages.chosen_records import chosen_records
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.workflow import MoveRefused

View = Callable[..., HttpResponse]
MAX_SENTENCES = 5  # about records that were left


def choose_move_view(listing: Listing, *, everything: bool = False) -> View:
    """Return the view function of a page that lists state changes, each with how many chosen records it would change.

    They are the ticked ones or, with `everything`, all that are filtered.
    """

    @requires(*dict.fromkeys(moves.permission(name) for moves in listing.moves for name in moves.bulk))
    @require_safe
    def view(request: PortalRequest) -> HttpResponse:
        query, rows = chosen_records(listing, request, everything=everything)
        records = bulk_moves.load_records(listing, rows)
        choices = [
            (moves.workflow.moves[name].label, name, bulk_moves.preview(listing, moves, name, records, by=request.user))
            for moves in listing.bulk_workflows(request.user)
            for name in moves.bulk_moves_for(request.user)
        ]
        context = _context(request, listing, query, everything) | {
            "title": listing.bulk_move_button_title(request.user),
            "count": len(records),
            "choices": choices,
            "address": f"?{request.GET.urlencode()}",
        }
        return render(request, "lists/bulk_moves.html", context)

    return view


def bulk_move_view(listing: Listing, moves: Moves, name: str, *, everything: bool = False) -> View:
    """Return the view function that previews a state change of many records, and makes the change when posted."""

    @requires(moves.permission(name), by_person=name in moves.by_person)
    def view(request: PortalRequest) -> HttpResponse:
        query, rows = chosen_records(listing, request, everything=everything)
        form = BulkMoveForm(listing, name, request.user, request.POST or None)
        objections = _move_chosen_records(request, listing, moves, name, form) if form.is_valid() else ()
        if form.is_valid() and not objections:
            return redirect(current_list_url(request, "home") + query.url())
        records = bulk_moves.load_records(listing, rows)
        context = _context(request, listing, query, everything) | {
            "move": moves.workflow.moves[name],
            "preview": bulk_moves.preview(listing, moves, name, records, by=request.user),
            "form": form,
            "objections": objections,
        }
        return render(request, "lists/bulk_move.html", context, status=409 if objections else 200)

    return view


def _move_chosen_records(
    request: PortalRequest, listing: Listing, moves: Moves, name: str, form: BulkMoveForm
) -> Sequence[str]:
    """Change the state of the chosen records; return the reasons of a refusal, and add field errors to the form."""
    versions, values = form.cleaned_data["versions"], form.values
    try:
        moved, left = bulk_moves.move_records(
            listing, moves, name, versions, by=request.user, reason=form.reason, values=values
        )
    except bulk_moves.NothingMoved as refused:
        return refused.sentences
    except MoveRefused as refused:
        return [str(refused)]
    except ValidationError as wrong:
        form.add_validation_errors(wrong)
        return ()
    messages.success(request, f"已{moves.workflow.moves[name].label} {moved:,} {listing.noun}")
    if left:
        more = f"……共 {len(left):,} 条" if len(left) > MAX_SENTENCES else ""
        messages.warning(request, f"没有办的：{'；'.join(left[:MAX_SENTENCES])}{more}。")
    return ()


def _context(request: PortalRequest, listing: Listing, query: ListQuery, everything: bool) -> dict[str, Any]:
    home = current_list_url(request, "home")
    return {
        "listing": listing,
        "query": query,
        "everything": everything,
        "home": home,
        "back_url": home + query.url(),
    }
