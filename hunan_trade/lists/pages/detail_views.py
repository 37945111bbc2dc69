"""The view of the page of one record of a list, and functions that other views use to render that page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hunan_trade.accounts.models import User
from hunan_trade.lists.attachments.forms import AttachmentForm
from hunan_trade.lists.current_list_url import current_list_url
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.history.as_of_parameter import DayRefused, parse_as_of_day
from hunan_trade.lists.merged_records import RecordMerged
from hunan_trade.lists.moves.move_buttons import move_buttons
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from hunan_trade.lists.pages.linked_blocks import linked_blocks
from hunan_trade.lists.pages.record_page_content import detail_page
from hunan_trade.lists.record_keys import Key, pk_of
from hunan_trade.web.request_type import PortalRequest

View = Callable[..., HttpResponse]


def detail_view(listing: Listing) -> View:
    """Return the view function of a record's page, as of today or of the day in the parameter `as_of`."""

    @listing.guard
    @require_safe
    def view(request: PortalRequest, pk: Key) -> HttpResponse:
        if request.GET.keys() - {"as_of"} or len(request.GET.getlist("as_of")) > 1:
            raise BadRequest("only as_of is asked here")
        day, refusal = None, ""
        try:
            day = parse_as_of_day(listing, request.GET.get("as_of", ""))
        except DayRefused as refused:
            refusal = str(refused)
        return render_record_page(
            listing, request, pk_of(listing, pk), day=day, refusal=refusal, status=400 if refusal else 200
        )

    return view


def render_page_if_record_merged(listing: Listing) -> Callable[[View], View]:
    """Return a view decorator: if the record was merged into another one, answer with its page and status 410."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except RecordMerged as merged:
                return render_record_page(listing, request, merged.pk)

        return answer

    return decorate


def render_record_page(
    listing: Listing,
    request: PortalRequest,
    pk: int,
    *,
    day: date | None = None,
    refusal: str = "",
    attachment_form: AttachmentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page of a record as it is today or, if `day` is given, as it was on that day.

    `refusal` says why another day is not shown; `attachment_form` is the form that was refused. The page of a record that
    was merged into another one is answered 410.
    """
    page = detail_page(listing, pk, request.user, day)
    status = 410 if page.merged and not refusal else status
    context = {
        "listing": listing,
        "page": page,
        "record_url": current_list_url(request, "detail", page.key),
        "day": day,
        "refusal": refusal,
        "may_edit": listing.may_edit(request.user) and page.is_current,
        "attachment_form": attachment_form or AttachmentForm(listing),
    }
    if day is None:
        context |= _present_day_context(listing, pk, request.user)
    return render(request, "lists/detail.html", context, status=status)


def _present_day_context(listing: Listing, pk: int, user: User) -> dict[str, Any]:
    """Return the template context for the parts of a record's page that are shown only for today, not for past days."""
    needs_record = any((listing.record_page, listing.record_blocks, listing.moves))
    record = listing.visible_rows(user).filter(pk=pk).first() if needs_record else None  # none if merged or deleted
    contents = [(block, block.content(user, record)) for block in listing.record_blocks if record]
    blocks = [(block, content) for block, content in contents if content]
    page = listing.record_page
    top = page.content(user, record) if page and record else None
    explained = page.explains(top) if page and top else ()
    return {
        "blocks": blocks,
        "has_charts": any(block.charts for block, _ in blocks),
        "moves": move_buttons(listing, record, user, explained) if record else (),
        "top": top,
        "panels": [
            (panel, PageTable(panel.title, panel.columns).html(panel.records(pk), user=user))
            for panel in listing.record_panels
        ],
        "linked_blocks": list(linked_blocks(listing.model, pk, user)),
    }
