"""Views that add a record, edit a record, or revert one of its changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from hunan_trade.lists.current_list_url import current_list_url
from hunan_trade.lists.declaration import Editing, Listing
from hunan_trade.lists.editing.edit_conflicts import conflicting_fields, versions_by_number
from hunan_trade.lists.editing.record_form import RecordForm, record_form_class
from hunan_trade.lists.history import timeline
from hunan_trade.lists.merged_records import find_record, refuse_merged
from hunan_trade.lists.models import Act
from hunan_trade.lists.pages.detail_views import render_page_if_record_merged
from hunan_trade.lists.pages.record_page_content import recent_timeline
from hunan_trade.lists.record_change_preparation import WHOLE, Outcome, RecordChange
from hunan_trade.lists.record_keys import Key, key_of, keys_of, pk_of
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.conflict_detecting_forms import ReasonForm
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.workflow import MoveRefused

View = Callable[..., HttpResponse]


def new_view(listing: Listing, editing: Editing) -> View:
    """Return the view function of the form that adds a record to a list."""

    @requires(editing.permission)
    def view(request: PortalRequest) -> HttpResponse:
        form = _form(request, listing, listing.model())
        if request.method == "POST" and form.is_valid():
            outcome = _save(editing, form, RecordChange(form.record_values), request, Act.Kind.CREATED)
            if not (outcome.refused or form.doubts):
                messages.success(request, "已登记")
                return redirect(_record_page_url(request, listing, outcome))
            form.show_refusal(outcome)
        context = {"listing": listing, "form": form, "title": "登记", "back_url": current_list_url(request, "home")}
        return render(request, "lists/record_edit.html", context)

    return view


def edit_view(listing: Listing, editing: Editing) -> View:
    """Return the view function of the form that edits a record of a list.

    When somebody else has saved meanwhile, both versions are shown (409) and nothing typed is lost.
    """

    @requires(editing.permission)
    @render_page_if_record_merged(listing)
    def view(request: PortalRequest, pk: Key) -> HttpResponse:
        record = find_record(listing, request.user, pk)
        versions = versions_by_number(listing, record.pk, request.user) if "opened" in request.POST else {}
        form = _form(request, listing, record, versions.get(_opened_version(request)))
        if request.method == "POST" and form.is_valid():
            change = RecordChange(form.record_values, record.pk, form.seen)
            outcome = _save(editing, form, change, request, Act.Kind.EDITED)
            if not (outcome.refused or form.doubts):
                messages.success(request, "已保存" if outcome.result == "changed" else "没有改动，内容照旧")
                return redirect(current_list_url(request, "detail", pk))
            if outcome.problem == "stale":
                return _conflict_page(request, listing, form, outcome, pk)
            form.show_refusal(outcome)
        context = _edit_context(request, listing, record, form) | {"opened": _opened_version(request)}
        context["sides"] = conflicting_fields(form, form.conflict_choices, record, versions, _opened_version(request))
        return render(request, "lists/record_edit.html", context)

    return view


def take_back_view(listing: Listing, editing: Editing) -> View:
    """Return the view function that reverts the changes of one version of a record.

    It refuses where somebody has changed the same fields since.
    """

    @requires(editing.permission)
    @require_POST
    @render_page_if_record_merged(listing)
    def view(request: PortalRequest, pk: Key, number: int) -> HttpResponse:
        form = ReasonForm(request.POST)
        if not form.is_valid():
            raise MoveRefused("撤回要写明原因，最多 500 字")
        _take_back(listing, editing, request, pk_of(listing, pk), number, form.cleaned_data["reason"])
        messages.success(request, "已撤回")
        return redirect(current_list_url(request, "detail", pk))

    return view


def _take_back(listing: Listing, editing: Editing, request: PortalRequest, pk: int, number: int, reason: str) -> None:
    refuse_merged(listing, pk, request.user)
    versions = timeline.versions_of(listing, pk, request.user)
    entries = {entry.version: entry for entry in timeline.timeline_entries(listing, versions, request.user)}
    if (entry := entries.get(number)) is None:
        raise Http404
    if entry.refusal:
        raise MoveRefused(entry.refusal)
    (outcome,) = editing.save(
        changes=[timeline.reverting_change(versions, entry)],
        by=request.user,
        kind=Act.Kind.TAKEN_BACK,
        reason=reason,
        reference=f"version:{number}",
    )
    if outcome.refused:
        raise MoveRefused("；".join(sentence for sentences in outcome.errors.values() for sentence in sentences))


def _form(request: PortalRequest, listing: Listing, row: Any, opened: Any = None) -> RecordForm:
    form_class = record_form_class(listing, request.user, is_new=row.pk is None)
    return form_class(request.POST or None, row=row, user=request.user, opened=opened)


def _save(editing: Editing, form: RecordForm, change: RecordChange, request: PortalRequest, kind: Act.Kind) -> Outcome:
    """Save the form's values; on warnings that the user has not confirmed, save nothing and add them to the form."""
    reason = form.cleaned_data.get("reason", "")
    with transaction.atomic():
        (outcome,) = editing.save(changes=[change], by=request.user, kind=kind, reason=reason)
        form.ask_to_confirm(outcome.doubts)
        if form.doubts:
            transaction.set_rollback(True)
    return outcome


def _opened_version(request: PortalRequest) -> int:
    """Return the number of the record version that the edited page showed, posted as `opened`; 0 if it is invalid."""
    number = request.POST.get("opened", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0


def _record_page_url(request: PortalRequest, listing: Listing, written: Outcome) -> str:
    """Return the URL of the page of a record that was just written."""
    (key,) = keys_of(listing, [cast(int, written.pk)]).values()
    return current_list_url(request, "detail", key)


def _edit_context(request: PortalRequest, listing: Listing, record: Any, form: RecordForm) -> dict[str, Any]:
    return {
        "listing": listing,
        "record": record,
        "form": form,
        "title": "修改",
        "back_url": current_list_url(request, "detail", key_of(listing, record)),
        "page": recent_timeline(listing, record.pk, request.user),
    }


def _conflict_page(
    request: PortalRequest, listing: Listing, form: RecordForm, outcome: Outcome, key: Key
) -> HttpResponse:
    """Return a 409 response that shows both users' changes after two users edited the same record.

    The form has the other's changes taken over.
    """
    now = find_record(listing, request.user, key)
    versions, rebased = versions_by_number(listing, now.pk, request.user), form.rebased(now)
    context = _edit_context(request, listing, now, rebased) | {
        "conflict": outcome.errors[WHOLE][0].partition("。")[0],
        "opened": form.seen,
        "sides": conflicting_fields(rebased, form.conflicting_names(now), now, versions, form.seen),
        "taken_over": form.labels_changed_by_others(now),
    }
    return render(request, "lists/record_edit.html", context, status=409)
