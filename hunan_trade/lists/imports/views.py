"""Views of the pages of an import, from the upload to the result.

One address shows where the import stands, and what is sent from there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from hunan_trade.audit.actions import record
from hunan_trade.lists.declaration import Editing, Listing
from hunan_trade.lists.downloads.list_file_writer import CONTENT_TYPES
from hunan_trade.lists.imports import actions, page_contexts
from hunan_trade.lists.imports.forms import (
    TableForm,
    UndoForm,
    UploadForm,
    WriteForm,
    read_choices,
    read_mapping,
)
from hunan_trade.lists.imports.missing_fields_form import form_values_as_json, missing_fields_form
from hunan_trade.lists.imports.models import Import
from hunan_trade.lists.imports.spreadsheet import SpreadsheetRefused
from hunan_trade.web.access_decorators import get_visible, requires
from hunan_trade.web.conflict_detecting_forms import VersionForm
from hunan_trade.web.download_response import file_response, safe_file_name
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.workflow import MoveRefused

View = Callable[..., HttpResponse]
SHOWN = 10  # earlier imports on the page of the upload


def upload_view(listing: Listing, editing: Editing) -> View:
    """Return the view function of a list's upload page, which stores a file and shows the user's earlier imports."""

    @requires(editing.permission)
    def view(request: PortalRequest) -> HttpResponse:
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid() and (found := _receive(listing, request, form)):
            return redirect(_address(request, found))
        earlier = Import.objects.visible_to(request.user).of_list(listing.code)[:SHOWN]
        context = {"listing": listing, "form": form, "earlier": earlier, "list_address": _list_address(request)}
        return render(request, "lists/import/upload.html", context, status=422 if form.errors else 200)

    return view


def import_page_view(listing: Listing, editing: Editing) -> View:
    """Return the view function that shows an import's page for its state, such as mapping, checked or writing."""

    @requires(editing.permission)
    @require_safe
    def view(request: PortalRequest, pk: UUID) -> HttpResponse:
        found = _find(listing, request, pk)
        if request.htmx:
            return _progress(request, found)
        return _page(request, listing, found)

    return view


def choose_table_view(listing: Listing, editing: Editing) -> View:
    """Return the view function that stores which sheet and header rows of the uploaded file the user chose."""

    @requires(editing.permission)
    @require_POST
    def view(request: PortalRequest, pk: UUID) -> HttpResponse:
        found, form = _find(listing, request, pk), TableForm(request.POST)
        if not form.is_valid():
            raise MoveRefused("表头的行号写 1 到 1,000 的数，行数写 1 到 3")
        try:
            actions.choose_table(listing, found, form.table_location(), by=request.user, seen=form.seen)
        except LookupError as missing:
            raise MoveRefused("这张工作表没有这一行。看清行号再读") from missing
        return redirect(_address(request, found))

    return view


def check_view(listing: Listing, editing: Editing) -> View:
    """Return the view function that stores the file-to-list column mapping and, if it is complete, checks the file."""

    @requires(editing.permission)
    @require_POST
    def view(request: PortalRequest, pk: UUID) -> HttpResponse:
        found, form = _find(listing, request, pk), _version_form(request)
        opened = actions.open_import(listing, found, by=request.user)
        fills = missing_fields_form(opened, request.POST)
        if not fills.is_valid():
            return _page(request, listing, found, 422, **page_contexts.of_mapping(opened, found, fills))
        chosen = {"mapping": read_mapping(opened, found, request.POST), "fills": form_values_as_json(fills)}
        _store_mapping_and_check(listing, request, found, form, chosen)
        return redirect(_address(request, found))

    return view


def write_view(listing: Listing, editing: Editing) -> View:
    """Return the view function that stores the user's decisions on an import, and writes it or checks it again."""

    @requires(editing.permission)
    @require_POST
    def view(request: PortalRequest, pk: UUID) -> HttpResponse:
        found, form = _find(listing, request, pk), WriteForm(request.POST)
        if not form.is_valid():
            return _page(request, listing, _require_checked(found, form), 422, **page_contexts.of_check(found, form))
        return _write(listing, request, found, form) or redirect(_address(request, found))

    return view


def download_unwritten_rows_view(listing: Listing, editing: Editing) -> View:
    """Return the view function that sends a workbook of an import's unwritten rows, with the reasons as comments."""

    @requires(editing.permission)
    @require_safe
    def view(request: PortalRequest, pk: UUID) -> HttpResponse:
        found = _find(listing, request, pk)
        data = actions.unwritten_rows_workbook(listing, found, by=request.user)
        name = safe_file_name(f"{found.name.rpartition('.')[0]}-没有写入.xlsx", nameless="没有写入")
        record("file.downloaded", by=request.user, after={"name": name})
        return file_response(data, name, content_type=CONTENT_TYPES["xlsx"])

    return view


def return_to_mapping_view(listing: Listing, editing: Editing) -> View:
    """Return the view function that sends an import back to the step where its columns are mapped."""
    return _import_action_view(listing, editing, actions.return_to_mapping, "import-page")


def drop_view(listing: Listing, editing: Editing) -> View:
    """Return the view function that abandons an import."""
    return _import_action_view(listing, editing, actions.drop, "import")


def undo_view(listing: Listing, editing: Editing) -> View:
    """Return the view function that undoes everything that an import wrote."""

    @requires(editing.permission)
    @require_POST
    def view(request: PortalRequest, pk: UUID) -> HttpResponse:
        found, form = _find(listing, request, pk), UndoForm(request.POST)
        if not form.is_valid():
            raise MoveRefused("撤销要写明原因，最多 500 字")
        actions.undo(listing, found, by=request.user, seen=form.seen, reason=form.cleaned_data["reason"])
        return redirect(_address(request, found))

    return view


def _import_action_view(listing: Listing, editing: Editing, action: Callable[..., Any], leads_to: str) -> View:
    @requires(editing.permission)
    @require_POST
    def view(request: PortalRequest, pk: UUID) -> HttpResponse:
        found = _find(listing, request, pk)
        action(listing, found, by=request.user, seen=_version_form(request).seen)
        return redirect(_address(request, found, leads_to))

    return view


def _find(listing: Listing, request: PortalRequest, pk: UUID) -> Import:
    return get_visible(Import.objects.of_list(listing.code).select_related("file"), request.user, pk=pk)


def _receive(listing: Listing, request: PortalRequest, form: UploadForm) -> Import | None:
    """Store the uploaded file as an import; if the file cannot be read, add an error to the form.

    It returns None then.
    """
    file = form.cleaned_data["file"]
    try:
        return actions.receive(listing, file.read(), file.name, by=request.user)
    except SpreadsheetRefused as refused:
        form.add_error("file", refused.sentence)
        return None


def _store_mapping_and_check(
    listing: Listing, request: PortalRequest, found: Import, form: VersionForm, chosen: dict[str, Any]
) -> None:
    """Store the posted column mapping; then check the imported file, unless the user only confirmed the mapping.

    The button 对 confirms without checking.
    """
    act = actions.choose_mapping if "right" in request.POST else actions.check
    remember = "remember" in request.POST
    if problems := act(listing, found, by=request.user, seen=form.seen, remember=remember, **chosen):
        messages.error(request, f"还不能检查，有 {len(problems)} 处要看")


def _require_checked(found: Import, form: WriteForm) -> Import:
    """Return the import if it has been checked and waits for confirmation; otherwise raise MoveRefused."""
    if "version" in form.errors or found.state != Import.State.CHECKED:
        raise MoveRefused("须从检查结果的页面写入，重新打开该页再办")
    return found


def _write(listing: Listing, request: PortalRequest, found: Import, form: WriteForm) -> HttpResponse | None:
    """Write an import as the user decided in the posted form, or check it again if the user asked for that.

    Returns the page of the check where something is to be seen or given first.
    """
    again = request.POST.get("do") == "again" or "others" in request.POST
    chosen = {"choices": read_choices(found, request.POST), "reason": form.cleaned_data["reason"]}
    try:
        (actions.check if again else actions.confirm)(listing, found, by=request.user, seen=form.seen, **chosen)
    except actions.ReasonMissing as missing:
        return _page(
            request, listing, found, 422, **page_contexts.of_check(found, _form_asking_for_reason(found, missing))
        )
    except actions.CheckedAnew:
        return _page(request, listing, _find(listing, request, found.pk), 409)
    return None


def _form_asking_for_reason(found: Import, missing: actions.ReasonMissing) -> WriteForm:
    """Return the form for writing a checked import, with an error message that a reason must be given."""
    form = WriteForm({"version": found.version})
    form.full_clean()
    form.add_error("reason", f"{missing}。")
    return form


def _version_form(request: PortalRequest) -> VersionForm:
    form = VersionForm(request.POST)
    if not form.is_valid():
        raise BadRequest("sent from no page of an import")
    return form


def _progress(request: PortalRequest, found: Import) -> HttpResponse:
    """Return the HTML with the progress of an import's writing job or, after its end, a header to reload the page."""
    job = page_contexts.writing_job_progress(found, request.path) if found.state == Import.State.WRITING else None
    if job is None or not job.poll_url:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "components/job.html", {"job": job})


def _page(request: PortalRequest, listing: Listing, found: Import, status: int = 200, **context: Any) -> HttpResponse:
    """Render an import's page with the template for its state; a given `context` replaces the state's own context."""
    if not context:
        match found.state:
            case Import.State.MAPPING:
                context = page_contexts.of_mapping(actions.open_import(listing, found, by=request.user), found)
            case Import.State.CHECKED:
                context = page_contexts.of_check(found)
            case Import.State.WRITING:
                context = page_contexts.writing_page_context(found, request.path)
            case _:
                context = page_contexts.of_result(listing, found, request.user)
    addresses = {"address": _address(request, found), "list_address": _list_address(request)}
    context = {"listing": listing, "found": found, **addresses, **context}
    return render(request, page_contexts.STATE_TEMPLATES[found.state], context, status=status)


def _address(request: PortalRequest, found: Import, name: str = "import-page") -> str:
    assert request.resolver_match is not None
    keys = [found.pk] if name == "import-page" else []
    return reverse(f"{request.resolver_match.namespace}:{name}", args=keys)


def _list_address(request: PortalRequest) -> str:
    assert request.resolver_match is not None
    return reverse(f"{request.resolver_match.namespace}:home")
