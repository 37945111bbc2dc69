"""Views that add an attachment to a record, download one, and remove one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from hunan_trade.audit.actions import record
from hunan_trade.lists.attachments import actions
from hunan_trade.lists.attachments.file_kind_detection import CONTENT_TYPES, AttachmentRefused
from hunan_trade.lists.attachments.forms import AttachmentForm
from hunan_trade.lists.attachments.queries import find_attachment, last_visible_version
from hunan_trade.lists.current_list_url import current_list_url
from hunan_trade.lists.declaration import Editing, Listing
from hunan_trade.lists.merged_records import find_record
from hunan_trade.lists.models import Attachment
from hunan_trade.lists.pages.detail_views import render_page_if_record_merged, render_record_page
from hunan_trade.lists.record_keys import Key, pk_of
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.conflict_detecting_forms import ReasonForm
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.workflow import MoveRefused

View = Callable[..., Any]


def attach_view(listing: Listing, editing: Editing) -> View:
    """Return the view function that attaches a posted file to a record, or shows why the file is refused."""

    @requires(editing.permission)
    @require_POST
    @render_page_if_record_merged(listing)
    def view(request: PortalRequest, pk: Key) -> HttpResponse:
        parent = find_record(listing, request.user, pk)
        form = AttachmentForm(listing, request.POST, request.FILES)
        if form.is_valid() and (found := _attach_or_add_error(listing, request, parent.pk, form)):
            messages.success(request, f"已添加附件“{found.name}”")
            return redirect(current_list_url(request, "detail", pk))
        return render_record_page(listing, request, parent.pk, attachment_form=form, status=422)

    return view


def _attach_or_add_error(listing: Listing, request: PortalRequest, pk: int, form: AttachmentForm) -> Attachment | None:
    """Attach the form's file to the record; if the file is refused, add a form error and return None."""
    file, document = form.cleaned_data["file"], form.cleaned_data.get("document", "")
    try:
        return actions.attach(listing, pk, file.read(), file.name, by=request.user, document=document)
    except AttachmentRefused as refused:
        form.add_error("file", refused.sentence)
        return None


def attachment_download_view(listing: Listing) -> View:
    """Return the view function that sends an attachment's file to a user who may see its record."""

    @listing.guard
    @require_safe
    def view(request: PortalRequest, pk: Key, attachment: UUID) -> HttpResponseBase:
        return attachment_response(listing, request.user, pk_of(listing, pk), attachment)

    return view


def attachment_response(listing: Listing, user: Any, pk: int, attachment: UUID) -> HttpResponseBase:
    """Return a response that sends an attachment's file, and record the download in the audit log."""
    parent, found = last_visible_version(listing, pk, user), find_attachment(listing, pk, attachment)
    response = FileResponse(found.file.open(), as_attachment=True, filename=found.name)
    response["Content-Type"] = CONTENT_TYPES[found.kind]
    facts = {"name": found.name, "sha256": found.file_id}
    record("file.downloaded", by=user, subject=found, region=parent.region_code, after=facts)
    return response


def remove_view(listing: Listing, editing: Editing) -> View:
    """Return the view function that removes an attachment; the user must give a reason."""

    @requires(editing.permission)
    @require_POST
    @render_page_if_record_merged(listing)
    def view(request: PortalRequest, pk: Key, attachment: UUID) -> HttpResponse:
        parent = find_record(listing, request.user, pk)
        form, found = ReasonForm(request.POST), find_attachment(listing, parent.pk, attachment)
        if not form.is_valid():
            raise MoveRefused("移除要写明原因，最多 500 字")
        actions.mark_attachment_removed(listing, found, by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, f"已移除附件“{found.name}”，经过里仍可下载")
        return redirect(current_list_url(request, "detail", pk))

    return view
