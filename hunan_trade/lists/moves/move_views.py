"""The page on which a user changes the workflow state of a record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from hunan_trade.lists.current_list_url import current_list_url
from hunan_trade.lists.declaration import Listing, Moves
from hunan_trade.lists.merged_records import find_record
from hunan_trade.lists.moves.move_form import RecordMoveForm
from hunan_trade.lists.pages.detail_views import render_page_if_record_merged
from hunan_trade.lists.pages.record_page_content import labelled_values
from hunan_trade.lists.record_change_preparation import stale_sentences
from hunan_trade.lists.record_keys import Key, key_of
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.workflow import MoveRefused, Stale

View = Callable[..., HttpResponse]


def move_view(listing: Listing, moves: Moves, name: str) -> View:
    """Return the view function of the page with the form for one state change of a record; a post makes the change.

    Where the record was changed by somebody else meanwhile, the page says by whom, shows the record as it stands now, and
    keeps what was typed (409).
    """

    @requires(moves.permission(name), by_person=name in moves.by_person)
    @render_page_if_record_merged(listing)
    def view(request: PortalRequest, pk: Key) -> HttpResponse:
        record, refusal = find_record(listing, request.user, pk), ""
        form = RecordMoveForm(listing, name, request.user, request.POST or None)
        if form.is_valid():
            refusal = _move_record(request, listing, moves, name, record, form)
        if form.is_valid() and not refusal:
            messages.success(request, f"已{moves.workflow.moves[name].label}")
            return redirect(current_list_url(request, "detail", pk))
        context = _context(request, listing, moves, name, pk) | {"form": form, "refusal": refusal}
        return render(request, "lists/record_move.html", context, status=409 if refusal else 200)

    return view


def _move_record(
    request: PortalRequest, listing: Listing, moves: Moves, name: str, record: Any, form: RecordMoveForm
) -> str:
    """Change the state of one record; return the reason of a refusal or "", and add errors about fields to the form."""
    seen = form.cleaned_data["version"]
    try:
        with transaction.atomic():
            moves.make(pk=record.pk, name=name, by=request.user, seen=seen, reason=form.reason, **form.values)
    except Stale:
        now = find_record(listing, request.user, key_of(listing, record))
        return stale_sentences(listing.model, [now])[now.pk]
    except MoveRefused as refused:
        return f"{refused}。"
    except ValidationError as wrong:
        form.add_validation_errors(wrong)
    return ""


def _context(request: PortalRequest, listing: Listing, moves: Moves, name: str, pk: Key) -> dict[str, Any]:
    """Return the template context of the page on which a user changes a record's state, with the record's values."""
    record = find_record(listing, request.user, pk)
    (why,) = moves.refusal_reasons(name, [record], request.user)
    return {
        "listing": listing,
        "record": record,
        "move": moves.workflow.moves[name],
        "why": why,
        "hint": moves.hint(),
        "facts": labelled_values(listing, record, request.user),
        "home": current_list_url(request, "home"),
        "back_url": current_list_url(request, "detail", pk),
    }
